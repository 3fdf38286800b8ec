"""Destination of backups: a folder in an object store, as rclone options
(https://rclone.org/docs/#environment-variables).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.limits.check import Refusal, describe
from quantacirc_cdk.limits.kubernetes import ObjectName

PREFIX = "RCLONE_CONFIG_STORE_"


@dataclass(frozen=True, kw_only=True)
class BackupTarget:
    """A folder in an object store.

    In a cloud, the pod authenticates with its own identity, and the bucket must be encrypted and versioned. For any
    other store, the Secret contains the keys.
    """

    provider: Literal["aws", "gcp", "azure", "s3"]
    """S3, Google Cloud Storage, Azure Blob Storage, or another S3-compatible server."""
    bucket: str
    """Bucket, or container on Azure."""
    prefix: str
    """Folder in the bucket for the backups of one database."""
    region: str | None = None
    """Region of the bucket (``aws``)."""
    endpoint: str | None = None
    """Base URL of the server (``s3``)."""
    account: str | None = None
    """Storage account (``azure``)."""
    secret: ObjectName | None = None
    """Name of the Secret with ``access-key-id`` and ``secret-access-key`` (``s3``)."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield what this store needs and is absent, and what another one needs."""
        for key, provider in _NEEDED.items():
            given = getattr(self, key)
            if given is None and provider == self.provider:
                yield Refusal(key, "None", f"text, for {describe(provider)}")
            elif given is not None and provider != self.provider:
                yield Refusal(key, describe(given), f"None: only {describe(provider)} has it")


_NEEDED = {"region": "aws", "endpoint": "s3", "secret": "s3", "account": "azure"}
"""Fields of one provider, which it needs."""


def target_variables(target: BackupTarget) -> dict[str, str]:
    """Return the environment variables that configure the rclone remote ``store:``."""
    options: dict[str, str | None]
    match target.provider:
        case "aws":
            # Terraform creates the bucket. Checking that it exists needs a permission that a writer does not have.
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
