"""Kind `postgresql`: PostgreSQL in the cluster, or managed by the cloud."""
