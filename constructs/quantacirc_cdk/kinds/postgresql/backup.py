"""Dumps of a PostgreSQL database."""

from constructs import Construct

from quantacirc_cdk.kubernetes.backup import DatabaseBackup, DatabaseBackupProps
from quantacirc_cdk.kubernetes.system.backups import backup_props
from quantacirc_cdk.kubernetes.system.context import Context


def props(context: Context, job: str, name: str) -> DatabaseBackupProps:
    """Return a job as backups of a database."""
    return DatabaseBackupProps(
        **backup_props(context, job, name),
        database_image=context.component_image(name),
        secret=context.secret(name),
        work_size=context.storage(name),
        ssl_mode="prefer" if context.embedded(name) else "require",
    )


def build(scope: Construct, context: Context, job: str, name: str) -> None:
    """Create the CronJob that dumps the database ``name``, and the template that brings a dump back."""
    DatabaseBackup(scope, job, props(context, job, name))
