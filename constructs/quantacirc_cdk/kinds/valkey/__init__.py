"""Kind `valkey`: Valkey in the cluster, or managed by the cloud."""
