"""Resource names in Terraform."""


def terraform_name(*parts: str) -> str:
    """Join construct ids and keys into a valid Terraform name: ``files_access_logs``."""
    return "_".join(part.replace("-", "_").replace("/", "_").replace(".", "_") for part in parts if part)
