"""Backups of the model as props: what all of them have, and snapshots of the volumes."""

from typing import Any

from quantacirc_cdk.kinds.registry import hook
from quantacirc_cdk.kubernetes.backup import BackupTarget, VeleroScheduleProps
from quantacirc_cdk.kubernetes.system.cloud import cloud_identity
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.model.component import DumpedSettings

SNAPSHOTS = "30 3 * * *"
"""When volumes are snapshot: after the dumps of the night."""


def backup_props(context: Context, job: str, store: str) -> dict[str, Any]:
    """Return what every backup has.

    A bucket of a cloud is encrypted with the environment's key; a store in the cluster encrypts nothing, so dumps are
    encrypted on their way there.
    """
    component = context.system.components[job]
    identity = cloud_identity(context, job)
    return {
        "identity": context.component_identity(job),
        "store_image": context.component_image(job),
        "target": _target(context, job, f"backups/{store}"),
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
    """Return the Secret with the password of a job's backups, where the store encrypts nothing itself."""
    return None if context.provider(_store(context, job)) == "managed" else f"{job}-key"


def velero_schedule_props(context: Context) -> VeleroScheduleProps | None:
    """Return the snapshots of the environment's volumes, where the cluster has Velero.

    They are kept as long as the longest kept backup of a store.
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
    """Return the object store that the backups of a job are written to."""
    parts = context.system.components
    return next(name for name in parts[job].reaches if name in parts and parts[name].keeps_objects)


def _target(context: Context, job: str, prefix: str) -> BackupTarget:
    store = _store(context, job)
    target = hook(context.system.components[store], "backup.target")
    if target is None:
        raise TypeError(f'the kind of "{store}" takes no backups, but says that it does')
    found: BackupTarget = target(context, store, prefix)
    return found
