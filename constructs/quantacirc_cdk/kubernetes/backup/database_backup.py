"""Dumps of a PostgreSQL database by the clock, and the job that brings one back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kubernetes.backup.target import BackupTarget, target_variables
from quantacirc_cdk.kubernetes.config_map import CONFIG_HASH, ConfigMap, content_hash
from quantacirc_cdk.kubernetes.container import Container, Value
from quantacirc_cdk.kubernetes.cron_job import CronJob, CronJobProps, cron_job_spec
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.job import JobProps
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.pod import Pod
from quantacirc_cdk.kubernetes.resources import SMALL, Resources
from quantacirc_cdk.kubernetes.scripts import script
from quantacirc_cdk.kubernetes.service_account import ServiceAccount
from quantacirc_cdk.kubernetes.volume import Mount, Volume, config_volume, secret_volume

SCRIPTS = "/etc/backup"
WORK = "/work"
_SECRETS = "/etc/secrets"
_FILES = ("backup-dump.sh", "backup-remote.sh", "backup-store.sh", "restore-fetch.sh", "restore-load.sh")


@dataclass(frozen=True, kw_only=True)
class DatabaseBackupProps:
    """Backups of one PostgreSQL database."""

    identity: Identity
    """Of the jobs: the CronJob has its name, the one that restores has ``<name>-restore``."""
    database_image: str
    """The image with ``pg_dump`` and ``psql``, not older than the server."""
    store_image: str
    """An image with ``rclone``."""
    secret: str
    """Name of the Secret with ``database``, ``host``, ``port``, ``username``, ``password``, perhaps ``ca.crt``."""
    target: BackupTarget
    schedule: str
    """Five cron fields, in UTC."""
    keep_days: int = 14
    """Days after which a backup is deleted."""
    keep_last: int = 3
    """The newest backups, which stay however old they are: after a month without a backup these are all there is."""
    encryption_secret: str | None = None
    """Name of a Secret with ``password``: dumps are encrypted with it before they leave the pod. Needed where the store
    does not encrypt; whoever loses it loses the backups."""
    work_size: str = "20Gi"
    """Size of the volume that holds the dump on its way; it lives as long as the pod."""
    storage_class: str | None = None
    """The cluster's default when absent."""
    ssl_mode: Literal["prefer", "require"] = "require"
    """How to connect where the Secret has no ``ca.crt``; with it the server's name is verified."""
    deadline_seconds: int = 4 * 3600
    """Seconds after which a backup or a restore has failed."""
    resources: Resources = SMALL
    user_id: int = 10001
    priority_class: str | None = None
    service_account_annotations: Mapping[str, str] = field(default_factory=dict)
    """What ties its ServiceAccount to a cloud identity."""
    pod_labels: Mapping[str, str] = field(default_factory=dict)


def backup_job(props: DatabaseBackupProps) -> JobProps:
    """Return the job that dumps first and, when the dump is whole, stores it."""
    dump = _container(props, "dump", "backup-dump.sh", _database(props))
    store = {**_remote(props), "KEEP_DAYS": str(props.keep_days), "KEEP_LAST": str(props.keep_last)}
    return _job(props, [dump, _container(props, "store", "backup-store.sh", store)])


def restore_job(props: DatabaseBackupProps) -> JobProps:
    """Return the job that fetches a backup first and, when it fits its checksum, loads it."""
    fetch = _container(props, "fetch", "restore-fetch.sh", {**_remote(props), "BACKUP": "latest"})
    return _job(props, [fetch, _container(props, "load", "restore-load.sh", _database(props))])


class DatabaseBackup(Construct):
    """Backups of a PostgreSQL database: a CronJob that makes them and a suspended one that brings one back.

    A run dumps in ``pg_dump``'s custom format, reads the dump back, uploads it with its SHA-256, reads that back, and
    deletes what is too old only then. ``kubectl create job --from=cronjob/<name>-restore <run>`` restores the newest
    backup into a new database that takes the old one's name when it is complete; the old one stays beside it.

    Creates both CronJobs, their ServiceAccount and the ConfigMap with the scripts. Raises ``PropsError`` for a store
    that encrypts nothing without an ``encryption_secret``, and for limits that would keep nothing.
    """

    def __init__(self, scope: Construct, id: str, props: DatabaseBackupProps) -> None:
        super().__init__(scope, id)
        found = [Problem(key=self.node.path, what=what, expected=expected) for what, expected in _problems(props)]
        if found:
            raise PropsError(found)
        identity = props.identity
        self.name, self.restore_name = identity.name, f"{identity.name}-restore"
        self.service_account = ServiceAccount(
            self,
            "service-account",
            name=identity.name,
            labels=identity.labels,
            annotations=props.service_account_annotations,
        )
        ConfigMap(self, "scripts", name=identity.name, data=_scripts(), labels=identity.labels)
        backup = CronJobProps(job=backup_job(props), schedule=props.schedule)
        restore = CronJobProps(job=restore_job(props), schedule="@yearly", suspended=True)
        CronJob(self, "cron-job", backup)
        # Pods of both have the same labels, and so the same rights and connections: only the object's name differs.
        Manifest(
            self,
            "restore",
            api_version="batch/v1",
            kind="CronJob",
            name=self.restore_name,
            labels=identity.labels,
            spec=cron_job_spec(restore),
        )


def _problems(props: DatabaseBackupProps) -> list[tuple[str, str]]:
    found = []
    if props.target.provider == "s3" and not props.encryption_secret:
        found.append(("backups in a store that does not encrypt them", "an encryption_secret"))
    if props.keep_last < 1:
        found.append((f"keep_last {props.keep_last}", "at least 1"))
    if props.keep_days < 1:
        found.append((f"keep_days {props.keep_days}", "at least 1"))
    return found


def _scripts() -> dict[str, str]:
    return {name: script(name) for name in _FILES}


def _database(props: DatabaseBackupProps) -> dict[str, Value]:
    return {"DATABASE_DIR": f"{_SECRETS}/{props.secret}", "PGSSLMODE": props.ssl_mode}


def _remote(props: DatabaseBackupProps) -> dict[str, Value]:
    variables: dict[str, Value] = {**target_variables(props.target), "HOME": "/tmp", "RCLONE_LOG_LEVEL": "ERROR"}  # noqa: S108
    if props.target.secret:
        variables["STORE_DIR"] = f"{_SECRETS}/{props.target.secret}"
    if props.encryption_secret:
        variables["ENCRYPTION_FILE"] = f"{_SECRETS}/{props.encryption_secret}/password"
    return variables


def _container(props: DatabaseBackupProps, name: str, file: str, variables: Mapping[str, Value]) -> Container:
    """Return a container that runs one of the scripts and sees only the Secrets that this one needs."""
    of_database = "DATABASE_DIR" in variables
    secrets = [props.secret] if of_database else [props.target.secret, props.encryption_secret]
    return Container(
        name=name,
        image=props.database_image if of_database else props.store_image,
        command=["/bin/sh", f"{SCRIPTS}/{file}"],
        environment={**variables, "TMPDIR": "/tmp", "WORK_DIR": WORK},  # noqa: S108 (an emptyDir of the pod's own)
        resources=props.resources,
        mounts=[
            *(Mount(volume=secret, path=f"{_SECRETS}/{secret}", read_only=True) for secret in secrets if secret),
            Mount(volume="scripts", path=SCRIPTS, read_only=True),
            Mount(volume="work", path=WORK),
        ],
    )


def _job(props: DatabaseBackupProps, steps: list[Container]) -> JobProps:
    secrets = sorted({secret for secret in (props.secret, props.target.secret, props.encryption_secret) if secret})
    pod = Pod(
        init_containers=steps[:-1],
        containers=steps[-1:],
        volumes=[
            *(secret_volume(secret, secret) for secret in secrets),
            config_volume("scripts", props.identity.name),
            _work_volume(props),
        ],
        service_account=props.identity.name,
        user_id=props.user_id,
        priority_class=props.priority_class,
        restart_policy="Never",
        spread=False,
        termination_grace_seconds=30,
        labels=props.pod_labels,
        annotations={CONFIG_HASH: content_hash(_scripts())},
    )
    return JobProps(
        identity=props.identity,
        pod=pod,
        retries=2,
        deadline_seconds=props.deadline_seconds,
        keep_seconds=3 * 86400,
    )


def _work_volume(props: DatabaseBackupProps) -> Volume:
    """Return a volume that is made for the pod and goes with it: a dump would fill a node's own disk."""
    spec: Data = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": props.work_size}},
        "volumeMode": "Filesystem",
    }
    if props.storage_class:
        spec["storageClassName"] = props.storage_class
    template = {"metadata": {"labels": props.identity.selector}, "spec": spec}
    return Volume(name="work", source={"ephemeral": {"volumeClaimTemplate": template}})
