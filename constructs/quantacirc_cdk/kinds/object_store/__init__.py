"""Kind `object-store`: an S3-compatible server in the cluster, or a bucket in a cloud."""
