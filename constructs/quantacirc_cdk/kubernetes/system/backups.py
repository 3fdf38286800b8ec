"""Props of backups: common props, and volume snapshots."""

from typing import Any

from quantacirc_cdk.contract.names import backup_prefix
from quantacirc_cdk.kinds.registry import hook
from quantacirc_cdk.kubernetes.backup import BackupTarget, VeleroScheduleProps
from quantacirc_cdk.kubernetes.system.cloud import cloud_identity
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.model.component import DumpedSettings
from quantacirc_cdk.model.facts import backup_store, encryption_key

SNAPSHOTS = "30 3 * * *"
"""Schedule of volume snapshots: after the nightly dumps."""


def backup_props(context: Context, job: str, store: str) -> dict[str, Any]:
    """Return the common props of all backups.

    A cloud bucket is encrypted with the environment's key. A store in the cluster is not encrypted, so dumps are
    encrypted before the upload.
    """
    component = context.system.components[job]
    identity = cloud_identity(context, job)
    return {
        "identity": context.component_identity(job),
        "store_image": context.component_image(job),
        "target": _target(context, job, backup_prefix(store)),
        "schedule": str(getattr(component, "schedule", None)),
        "keep_days": context.settings_as(store, DumpedSettings).backup_retention_days,
        "encryption_secret": encryption_secret(context, job),
        "storage_class": context.storage_class,
        "resources": context.resources(job),
        "user_id": context.system.container.user_id,
        "priority_class": context.tier(job),
        "service_account_annotations": identity.annotations if identity else {},
        "pod_labels": identity.pod_labels if identity else {},
    }


def encryption_secret(context: Context, job: str) -> str | None:
    """Return the Secret with the encryption password of a job's backups, if the store does not encrypt."""
    return None if context.provider(_store(context, job)) == "managed" else encryption_key(job)


def velero_schedule_props(context: Context) -> VeleroScheduleProps | None:
    """Return the volume snapshots of the environment, if the cluster has Velero.

    Their retention is the longest retention of the store backups.
    """
    if not context.environment.cluster.addons.velero:
        return None
    settings = context.environment.components.values()
    days = [one.backup_retention_days for one in settings if isinstance(one, DumpedSettings)]
    return VeleroScheduleProps(
        identity=context.identity(context.namespace, "backup"),
        namespace=context.namespace,
        schedule=SNAPSHOTS,
        keep_days=max(days, default=DumpedSettings().backup_retention_days),
    )


def _store(context: Context, job: str) -> str:
    """Return the object store for the backups of a job."""
    store = backup_store(context.system, job)
    if store is None:
        raise TypeError(f'"{job}" reaches no store for its backups')
    return store


def _target(context: Context, job: str, prefix: str) -> BackupTarget:
    store = _store(context, job)
    target = hook(context.system.components[store], "backup.target")
    if target is None:
        raise TypeError(f'the kind of "{store}" declares that it accepts backups, but has no hook for them')
    found: BackupTarget = target(context, store, prefix)
    return found
