"""Kind `operator`: an operator that the manifests need, installed beside the system from its own Helm chart."""
