"""Destination of backups in an object store."""

from quantacirc_cdk.kinds.object_store.spec import ObjectStoreSettings
from quantacirc_cdk.kubernetes.backup import BackupTarget
from quantacirc_cdk.kubernetes.object_store import PORT
from quantacirc_cdk.kubernetes.system.context import Context


def target(context: Context, name: str, prefix: str) -> BackupTarget:
    """Return the destination of backups: a cloud bucket, or a store with credentials in a Secret."""
    managed = context.contract.managed.get(name) if context.contract else None
    if managed is None:
        existing = context.settings_as(name, ObjectStoreSettings).existing
        bucket, endpoint = (existing.bucket, existing.endpoint) if existing else (name, f"http://{name}:{PORT}")
        return BackupTarget(provider="s3", bucket=bucket, prefix=prefix, endpoint=endpoint, secret=context.secret(name))
    files = managed.files
    provider = files["provider"]
    return BackupTarget(
        provider=provider,  # type: ignore[arg-type]
        bucket=files.get("container", files["bucket"]),
        prefix=prefix,
        region=files["region"] if provider == "aws" else None,
        account=files["bucket"] if "container" in files else None,
    )
