"""Kind `chart`: a third-party Helm chart, installed beside the system."""
