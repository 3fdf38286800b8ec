"""Dumps of a PostgreSQL database by the clock, and the job that brings one back."""

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
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.job import JobProps
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import ObjectName, Schedule


@dataclass(frozen=True, kw_only=True)
class DatabaseBackupProps(BackupProps):
    """Backups of one PostgreSQL database."""

    database_image: Image
    """The image with ``pg_dump`` and ``psql``, of the server's own major release."""
    secret: ObjectName
    """Name of the Secret with ``database``, ``host``, ``port``, ``username``, ``password``, perhaps ``ca.crt``."""
    ssl_mode: Literal["prefer", "require"] = "require"
    """How to connect where the Secret has no ``ca.crt``; with it the server's name is verified."""
    rehearsal_schedule: Schedule | None = None
    """Five cron fields, in UTC: when the newest backup is loaded into a scratch database, read, and dropped again. The
    server then needs room for a second database. None for never."""


def backup_job(props: DatabaseBackupProps) -> JobProps:
    """Return the job that dumps first and, when the dump is whole, stores it."""
    return steps_job(props, [_database(props, "dump", "backup-dump.sh"), keeping_step(props)], scripts(), retries=2)


def restore_job(props: DatabaseBackupProps, *, rehearse: bool = False) -> JobProps:
    """Return the job that fetches a backup first and, when it fits its checksum, loads it.

    With ``rehearse`` it drops what it has loaded, and leaves the database as it is.
    """
    load = _database(props, "load", "restore-load.sh", REHEARSE="yes" if rehearse else "no")
    return steps_job(props, [fetching_step(props), load], scripts(), retries=0 if rehearse else 2)


class DatabaseBackup(Recovery):
    """Backups of a PostgreSQL database: a CronJob that makes them and a suspended one that restores one.

    A run dumps in ``pg_dump``'s custom format, reads the dump back, uploads it with its SHA-256, reads that back, and
    deletes what is too old only then. ``kubectl create job --from=cronjob/<name>-restore <run>`` restores the newest
    backup into a new database that takes the old one's name when it is complete; the old one stays beside it.

    With a ``rehearsal_schedule``, the CronJob ``<name>-rehearsal`` restores the newest backup into a database that it
    drops again, so that a backup that does not load fails a job and not a recovery.

    Creates the CronJobs, their ServiceAccount and the ConfigMap with the scripts. Raises ``PropsError`` for a store
    that encrypts nothing without an ``encryption_secret``, and for limits that would keep nothing.
    """

    def __init__(self, scope: Construct, id: str, props: DatabaseBackupProps) -> None:
        super().__init__(scope, id, props, backup=backup_job(props), restore=restore_job(props), files=scripts())
        if props.rehearsal_schedule:
            rehearsal = restore_job(props, rehearse=True)
            self.template("rehearsal", rehearsal, schedule=props.rehearsal_schedule)


def scripts() -> dict[str, str]:
    """Return the scripts of both jobs by file name."""
    return store_scripts("backup-dump.sh", "restore-load.sh")


def _database(props: DatabaseBackupProps, name: str, file: str, **variables: str) -> Step:
    return Step(
        name=name,
        image=props.database_image,
        command=["/bin/sh", f"{SCRIPTS}/{file}"],
        secrets=[SecretUse(name=props.secret)],
        variables={"DATABASE_DIR": f"{SECRETS}/{props.secret}", "PGSSLMODE": props.ssl_mode, **variables},
    )
