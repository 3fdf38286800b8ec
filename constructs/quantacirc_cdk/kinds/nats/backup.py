"""Backups of the streams of a bus."""

from constructs import Construct

from quantacirc_cdk.kinds.nats import tls
from quantacirc_cdk.kubernetes.backup import StreamBackup, StreamBackupProps
from quantacirc_cdk.kubernetes.nats.config import ADMIN_USER, server_url
from quantacirc_cdk.kubernetes.nats.message_bus import credentials_secret
from quantacirc_cdk.kubernetes.system.backups import backup_props
from quantacirc_cdk.kubernetes.system.context import Context


def props(context: Context, job: str, name: str) -> StreamBackupProps:
    """Return the props of a job that backs up the streams of a bus."""
    certificate = tls.secret(context, name)
    return StreamBackupProps(
        **backup_props(context, job, name),
        client_image=context.image(str(context.system.stream_tool)),
        url=server_url(name, tls=bool(certificate)),
        credentials_secret=credentials_secret(name),
        user=job,
        admin=ADMIN_USER,
        tls_secret=certificate,
        work_size=context.storage(name),
        rehearsal_schedule=context.system.components[job].rehearsal_schedule(context.system),
    )


def build(scope: Construct, context: Context, job: str, name: str) -> None:
    """Create the CronJobs that back up the streams of the bus ``name`` and rehearse a restore, and the template that
    restores a backup.
    """
    StreamBackup(scope, job, props(context, job, name))
