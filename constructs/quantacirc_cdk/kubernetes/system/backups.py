"""Backups of the model as props: dumps of the database and the streams, snapshots of the volumes."""

from typing import Any

from quantacirc_cdk.kubernetes.backup import BackupTarget, DatabaseBackupProps, StreamBackupProps, VeleroScheduleProps
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.nats.config import ADMIN_USER, server_url
from quantacirc_cdk.kubernetes.nats.message_bus import credentials_secret
from quantacirc_cdk.kubernetes.object_store import PORT as S3_PORT
from quantacirc_cdk.kubernetes.system.cloud import cloud_identity
from quantacirc_cdk.kubernetes.system.connections import bus_tls_secret
from quantacirc_cdk.kubernetes.system.context import Context

SNAPSHOTS = "30 3 * * *"
"""When volumes are snapshot: after the dumps of the night."""


def database_backup_props(context: Context, name: str) -> DatabaseBackupProps:
    """Return a job with ``backs_up`` as backups of that database."""
    database = str(context.system.components[name].backs_up)
    embedded = context.embedded(database)
    return DatabaseBackupProps(
        **_common(context, name),
        database_image=context.image(context.system.components[database].image),
        secret=database,
        work_size=context.storage(database) if embedded else context.environment.ledger.storage,
        ssl_mode="prefer" if embedded else "require",
    )


def stream_backup_props(context: Context, name: str) -> StreamBackupProps:
    """Return a job with ``backs_up`` as backups of the streams of that bus."""
    system, certificate = context.system, bus_tls_secret(context)
    bus = str(system.components[name].backs_up)
    return StreamBackupProps(
        **_common(context, name),
        client_image=context.image(str(system.stream_tool)),
        url=server_url(bus, tls=bool(certificate)),
        credentials_secret=credentials_secret(bus),
        user=name,
        admin=ADMIN_USER,
        tls_secret=certificate,
        work_size=context.storage(bus),
    )


def _common(context: Context, name: str) -> dict[str, Any]:
    """Return what every backup has.

    They are kept as long as the environment keeps the database's own. A bucket of a cloud is encrypted with the
    environment's key; a store in the cluster encrypts nothing, so dumps are encrypted on their way there.
    """
    environment, component = context.environment, context.system.components[name]
    identity = cloud_identity(context, name)
    return {
        "identity": context.component_identity(name),
        "store_image": context.image(component.image),
        "target": _target(context, str(component.backs_up)),
        "schedule": str(component.schedule),
        "keep_days": environment.ledger.backup_retention_days,
        "encryption_secret": encryption_secret(context, name),
        "storage_class": environment.cluster.storage_class,
        "resources": context.resources(name),
        "user_id": context.system.container.user_id,
        "priority_class": context.priority("tasks"),
        "service_account_annotations": identity.annotations if identity else {},
        "pod_labels": identity.pod_labels if identity else {},
    }


def encryption_secret(context: Context, name: str) -> str | None:
    """Return the Secret with the password of a job's backups, where the store encrypts nothing itself."""
    store = context.system.only("object-store")
    return f"{name}-key" if store and context.embedded(store) else None


def backup_secrets(context: Context) -> list[GeneratedSecret]:
    """Return the passwords of backups that are to be made in the cluster."""
    jobs = [name for name, component in context.present("job").items() if component.backs_up]
    names = [encryption_secret(context, name) for name in jobs]
    return [GeneratedSecret(name=name, random=["password"], fixed={}) for name in names if name]


def velero_schedule_props(context: Context) -> VeleroScheduleProps | None:
    """Return the snapshots of the environment's volumes, where the cluster has Velero."""
    if not context.environment.cluster.addons.velero:
        return None
    return VeleroScheduleProps(
        identity=context.identity(context.namespace, "backup"),
        namespace=context.namespace,
        schedule=SNAPSHOTS,
        keep_days=context.environment.ledger.backup_retention_days,
    )


def _target(context: Context, database: str) -> BackupTarget:
    prefix = f"backups/{database}"
    managed = context.contract.object_store if context.contract else None
    if managed is None:
        store = str(context.system.only("object-store"))
        address = f"http://{store}:{S3_PORT}"
        return BackupTarget(provider="s3", bucket=store, prefix=prefix, endpoint=address, secret=store)
    return BackupTarget(
        provider=managed.provider,
        bucket=managed.container or managed.bucket,
        prefix=prefix,
        region=managed.region,
        account=managed.bucket if managed.container else None,
    )
