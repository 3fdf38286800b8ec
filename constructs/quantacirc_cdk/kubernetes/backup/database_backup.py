"""Scheduled dumps of a PostgreSQL database, and the job that restores one."""

from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.kubernetes.backup.recovery import (
    SCRIPTS,
    SECRETS,
    BackupProps,
    Recovery,
    SecretUse,
    Step,
    fetching_step,
    keeping_step,
    steps_job,
    store_scripts,
)
from quantacirc_cdk.kubernetes.database_roles import PRIVILEGES, RoleUsers
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.job import JobProps
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import ObjectName, Schedule


@dataclass(frozen=True, kw_only=True)
class DatabaseBackupProps(BackupProps):
    """Backups of one PostgreSQL database."""

    database_image: Image
    """Image with ``pg_dump`` and ``psql`` of the server's major version."""
    secret: ObjectName
    """Name of the Secret with ``database``, ``host``, ``port``, ``username``, ``password``, perhaps ``ca.crt``."""
    ssl_mode: Literal["prefer", "require"] = "require"
    """TLS mode if the Secret has no ``ca.crt``. With ``ca.crt``, the server's name is always verified."""
    roles: RoleUsers | None = None
    """Roles of the database, which a restore gives it again; when absent, everything belongs to the administrator."""
    rehearsal_schedule: Schedule | None = None
    """Five cron fields, in UTC: when the newest backup is loaded into a scratch database, read, and dropped again. The
    server then needs room for a second database. None for never."""


def backup_job(props: DatabaseBackupProps) -> JobProps:
    """Return the job that dumps the database, verifies the dump, and uploads it."""
    dump = _database(props, "dump", "backup-dump.sh")
    return steps_job(props, [dump, keeping_step(props)], scripts(props), retries=2)


def restore_job(props: DatabaseBackupProps, *, rehearse: bool = False) -> JobProps:
    """Return the job that downloads a backup, verifies its checksum, and loads it.

    With ``rehearse``, it drops the loaded database again and leaves the current one unchanged. It is not retried,
    because each attempt would keep a work volume, and the quota must hold them all.
    """
    roles, users = props.roles, {}
    if roles:
        users = {"ROLE_OWNER": roles.owner, "ROLE_READER": roles.reader, "ROLE_WRITER": roles.writer}
    load = _database(props, "load", "restore-load.sh", REHEARSE="yes" if rehearse else "no", **users)
    return steps_job(props, [fetching_step(props), load], scripts(props), retries=0)


class DatabaseBackup(Recovery):
    """Backups of a PostgreSQL database: a CronJob that creates them, and a suspended CronJob that restores one.

    A run dumps in ``pg_dump``'s custom format, reads the dump back, uploads it with its SHA-256, reads the upload back,
    and only then deletes expired backups. ``kubectl create job --from=cronjob/<name>-restore <run>`` restores the
    newest backup into a new database. When the new database is complete, it takes the name of the old one, which is
    kept under another name.

    With a ``rehearsal_schedule``, the CronJob ``<name>-drill`` restores the newest backup into a database and drops
    it again, so that a backup that cannot be loaded is detected before a recovery.

    Creates the CronJobs, their ServiceAccount and the ConfigMap with the scripts. Raises ``PropsError`` for an
    unencrypted store without ``encryption_secret``, and for retention limits that would keep no backup.
    """

    def __init__(self, scope: Construct, id: str, props: DatabaseBackupProps) -> None:
        super().__init__(scope, id, props, backup=backup_job(props), restore=restore_job(props), files=scripts(props))
        if props.rehearsal_schedule:
            rehearsal = restore_job(props, rehearse=True)
            self.template("drill", rehearsal, schedule=props.rehearsal_schedule)


def scripts(props: DatabaseBackupProps) -> dict[str, str]:
    """Return the scripts of both jobs, by file name."""
    return store_scripts("backup-dump.sh", "restore-load.sh", *([PRIVILEGES] if props.roles else []))


def _database(props: DatabaseBackupProps, name: str, file: str, **variables: str) -> Step:
    return Step(
        name=name,
        image=props.database_image,
        command=["/bin/sh", f"{SCRIPTS}/{file}"],
        secrets=[SecretUse(name=props.secret)],
        variables={"DATABASE_DIR": f"{SECRETS}/{props.secret}", "PGSSLMODE": props.ssl_mode, **variables},
    )
