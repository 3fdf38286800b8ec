"""Where backups go: a place in an object store, as rclone is told of it (https://rclone.org/docs/#environment-variables)."""

from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.limits.kubernetes import ObjectName

PREFIX = "RCLONE_CONFIG_STORE_"


@dataclass(frozen=True, kw_only=True)
class BackupTarget:
    """A place in an object store.

    In a cloud the pod's own identity opens it, and the bucket must be encrypted and versioned; of any other store
    the Secret holds the keys.
    """

    provider: Literal["aws", "gcp", "azure", "s3"]
    """S3, Google Cloud Storage, Azure Blob Storage, or another server that speaks S3."""
    bucket: str
    """Bucket; on Azure the container."""
    prefix: str
    """Folder in it, for the backups of one database."""
    region: str | None = None
    """Region of the bucket (aws)."""
    endpoint: str | None = None
    """Base address of the server (s3)."""
    account: str | None = None
    """Storage account (azure)."""
    secret: ObjectName | None = None
    """Name of the Secret with ``access-key-id`` and ``secret-access-key`` (s3)."""


def target_variables(target: BackupTarget) -> dict[str, str]:
    """Return the environment variables by which rclone finds the place, as the remote ``store:``."""
    options: dict[str, str | None]
    match target.provider:
        case "aws":
            # The bucket is Terraform's: asking whether it exists needs a right that a writer lacks.
            options = {"TYPE": "s3", "PROVIDER": "AWS", "ENV_AUTH": "true", "NO_CHECK_BUCKET": "true"}
            options["REGION"] = target.region
        case "gcp":
            options = {"TYPE": "google cloud storage", "ENV_AUTH": "true", "BUCKET_POLICY_ONLY": "true"}
        case "azure":
            options = {"TYPE": "azureblob", "ENV_AUTH": "true", "ACCOUNT": target.account}
        case "s3":
            options = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": target.endpoint}
    variables = {f"{PREFIX}{key}": value for key, value in options.items() if value}
    return variables | {"TARGET": f"store:{target.bucket}/{target.prefix}"}
