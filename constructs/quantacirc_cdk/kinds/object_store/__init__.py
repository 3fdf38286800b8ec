"""Object storage: an S3-compatible server in the cluster, or the bucket of a cloud."""
