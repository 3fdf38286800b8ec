"""Read, validate and judge Kubernetes objects."""
