"""Kind `nats`: NATS JetStream, a message bus in the cluster."""
