"""A small Kubernetes API for tests: stateful, good enough for the real kubectl and helm, and able to fail on demand."""
