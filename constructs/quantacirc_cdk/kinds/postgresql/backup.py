"""Backups of a PostgreSQL database."""

import math

from constructs import Construct

from quantacirc_cdk.kinds.postgresql.offers import roles_of
from quantacirc_cdk.kinds.postgresql.roles import ROLES, role_user
from quantacirc_cdk.kinds.postgresql.spec import PostgresqlSettings
from quantacirc_cdk.kubernetes.backup import DatabaseBackup, DatabaseBackupProps
from quantacirc_cdk.kubernetes.database_roles import RoleUsers
from quantacirc_cdk.kubernetes.system.backups import backup_props
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.limits.quantity import GIBIBYTE, parse_quantity


def work_size(context: Context, name: str) -> str:
    """Return the size of the volume for a dump before its upload, large enough for the largest one.

    A managed database grows to ``max_storage``. Its dump takes at most half of that, because it is compressed and
    contains neither indexes nor the write-ahead log. A database in the cluster cannot grow.
    """
    storage = context.storage(name)
    if context.provider(name) != "managed":
        return storage
    half = parse_quantity(context.settings_as(name, PostgresqlSettings).max_storage) / 2
    return storage if parse_quantity(storage) >= half else f"{math.ceil(half / GIBIBYTE)}Gi"


def props(context: Context, job: str, name: str) -> DatabaseBackupProps:
    """Return the props of a job that backs up a database."""
    return DatabaseBackupProps(
        **backup_props(context, job, name),
        database_image=context.component_image(name),
        secret=context.secret(name),
        work_size=work_size(context, name),
        ssl_mode="prefer" if context.embedded(name) else "require",
        roles=RoleUsers(**{role: role_user(name, role) for role in ROLES}) if roles_of(context, name) else None,
        rehearsal_schedule=context.system.components[job].rehearsal_schedule(context.system),
    )


def build(scope: Construct, context: Context, job: str, name: str) -> None:
    """Create the CronJobs that back up the database ``name`` and rehearse a restore, and the template that restores a
    backup.
    """
    DatabaseBackup(scope, job, props(context, job, name))
