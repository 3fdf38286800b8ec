"""Names of resources in Terraform's own language."""


def terraform_name(*parts: str) -> str:
    """Join construct ids and keys into a name that Terraform takes: ``files_access_logs``."""
    return "_".join(part.replace("-", "_").replace("/", "_").replace(".", "_") for part in parts if part)
