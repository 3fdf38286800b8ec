"""What every kind of backup has in common: a job that dumps and stores, and one that fetches and brings back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

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
from quantacirc_cdk.kubernetes.volume import Mount, Volume, config_volume, secret_volume, volume_name
from quantacirc_cdk.limits.check import Checked, Refusal, describe
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import (
    LONGEST_NAME,
    Annotations,
    Bytes,
    Labels,
    NonRootId,
    ObjectName,
    Positive,
    PositiveSeconds,
    Schedule,
)

SCRIPTS = "/etc/backup"
SECRETS = "/etc/secrets"
WORK = "/work"
KEEP_SECONDS = 86400
"""Seconds a run that has ended stays for its logs, and the volumes of its pods with it."""
KEPT_RUNS = 1
"""Runs of each ending that stay: each holds a volume for every pod that it started."""
STORE_FILES = ("backup-remote.sh", "backup-store.sh", "restore-fetch.sh")


@dataclass(frozen=True, kw_only=True)
class BackupProps:
    """Backups of one thing, whatever it is."""

    identity: Identity
    """Of the jobs: the CronJob has its name, the one that restores has ``<name>-restore``."""
    store_image: Image
    """An image with ``rclone``."""
    target: BackupTarget
    schedule: Schedule
    """Five cron fields, in UTC."""
    keep_days: Positive = 14
    """Days after which a backup is deleted."""
    keep_last: Positive = 3
    """The newest backups, which stay however old they are: after a month without a backup these are all there is."""
    encryption_secret: ObjectName | None = None
    """Name of a Secret with ``password``: dumps are encrypted with it before they leave the pod. Needed where the store
    does not encrypt; whoever loses it loses the backups."""
    work_size: Bytes = "20Gi"
    """Size of the volume that holds the dump on its way; it lives as long as the pod."""
    storage_class: ObjectName | None = None
    """The cluster's default when absent."""
    deadline_seconds: PositiveSeconds = 4 * 3600
    """Seconds after which a backup or a restore has failed."""
    resources: Resources = SMALL
    user_id: NonRootId = 10001
    priority_class: ObjectName | None = None
    service_account_annotations: Annotations = field(default_factory=dict)
    """What ties its ServiceAccount to a cloud identity."""
    pod_labels: Labels = field(default_factory=dict)

    def refusals(self) -> Iterator[Refusal]:
        """Yield a store that encrypts nothing, and a name that leaves no room for those of restore and rehearsal."""
        if self.target.provider == "s3" and not self.encryption_secret:
            yield Refusal("", "backups in a store that does not encrypt them", "an encryption_secret")
        longest = LONGEST_NAME["CronJob"] - len("-rehearsal")
        if len(self.identity.name) > longest:
            yield Refusal("identity.name", describe(self.identity.name), f"at most {longest} characters")


@dataclass(frozen=True, kw_only=True)
class SecretUse:
    """Keys of a Secret that one container sees as files in ``/etc/secrets/<name>``."""

    name: str
    keys: tuple[str, ...] = ()
    """All of them by default."""

    @property
    def volume(self) -> str:
        """Name of the volume: one for each choice of keys, so that no container sees those of another."""
        return volume_name(self.name, *self.keys)

    @property
    def path(self) -> str:
        """Directory of the files."""
        return f"{SECRETS}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A container of a backup or a restore."""

    name: str
    image: str
    command: Sequence[str]
    secrets: Sequence[SecretUse] = ()
    """All that it sees, and no other container."""
    variables: Mapping[str, Value] = field(default_factory=dict)


def store_step(props: BackupProps, name: str, file: str, **variables: str) -> Step:
    """Return the container that runs a script with ``rclone``, and sees the secrets of the store only."""
    found: dict[str, Value] = {**target_variables(props.target), "HOME": "/tmp", "RCLONE_LOG_LEVEL": "ERROR"}  # noqa: S108
    secrets = []
    if props.target.secret:
        secrets.append(SecretUse(name=props.target.secret))
        found["STORE_DIR"] = f"{SECRETS}/{props.target.secret}"
    if props.encryption_secret:
        secrets.append(SecretUse(name=props.encryption_secret))
        found["ENCRYPTION_FILE"] = f"{SECRETS}/{props.encryption_secret}/password"
    command = ["/bin/sh", f"{SCRIPTS}/{file}"]
    return Step(name=name, image=props.store_image, command=command, secrets=secrets, variables={**found, **variables})


def keeping_step(props: BackupProps, **variables: str) -> Step:
    """Return the container that stores a dump and lets go of old ones."""
    keep = {"KEEP_DAYS": str(props.keep_days), "KEEP_LAST": str(props.keep_last)}
    return store_step(props, "store", "backup-store.sh", **keep, **variables)


def fetching_step(props: BackupProps, **variables: str) -> Step:
    """Return the container that fetches a backup: the newest, unless whoever starts the job sets ``BACKUP``."""
    return store_step(props, "fetch", "restore-fetch.sh", BACKUP="latest", **variables)


def steps_job(props: BackupProps, steps: Sequence[Step], files: Mapping[str, str], *, retries: int) -> JobProps:
    """Return the job that runs these steps, each when the one before has succeeded."""
    used = {use.volume: use for step in steps for use in step.secrets}
    containers = [_container(props, step) for step in steps]
    pod = Pod(
        init_containers=containers[:-1],
        containers=containers[-1:],
        volumes=[
            *(secret_volume(volume, used[volume].name, used[volume].keys) for volume in sorted(used)),
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
        annotations={CONFIG_HASH: content_hash(files)},
    )
    return JobProps(
        identity=props.identity,
        pod=pod,
        retries=retries,
        deadline_seconds=props.deadline_seconds,
        keep_seconds=KEEP_SECONDS,
    )


class Recovery(Checked, Construct):
    """A CronJob that backs up and a suspended one that brings back, with their ServiceAccount and scripts.

    Pods of both have the same labels, and so the same rights and connections: only the object's name differs.
    Raises ``PropsError`` for a store that encrypts nothing without an ``encryption_secret``, and for limits that would
    keep nothing.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        props: BackupProps,
        *,
        backup: JobProps,
        restore: JobProps,
        files: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id)
        identity = props.identity
        self.name, self.restore_name = identity.name, f"{identity.name}-restore"
        self.service_account = ServiceAccount(
            self,
            "service-account",
            name=identity.name,
            labels=identity.labels,
            annotations=props.service_account_annotations,
        )
        ConfigMap(self, "scripts", name=identity.name, data=files, labels=identity.labels)
        CronJob(self, "cron-job", _kept(backup, props.schedule))
        self.template("restore", restore, schedule="@yearly", suspended=True)

    def template(self, suffix: str, job: JobProps, *, schedule: Schedule, suspended: bool = False) -> None:
        """Create another CronJob of this backup, ``<name>-<suffix>``."""
        identity = job.identity
        Manifest(
            self,
            suffix,
            api_version="batch/v1",
            kind="CronJob",
            name=f"{identity.name}-{suffix}",
            labels=identity.labels,
            spec=cron_job_spec(_kept(job, schedule, suspended=suspended)),
        )


def _kept(job: JobProps, schedule: str, *, suspended: bool = False) -> CronJobProps:
    return CronJobProps(
        job=job, schedule=schedule, suspended=suspended, successful_runs=KEPT_RUNS, failed_runs=KEPT_RUNS
    )


def store_scripts(*more: str) -> dict[str, str]:
    """Return the scripts that every backup has, and ``more``, by file name."""
    return {name: script(name) for name in (*STORE_FILES, *more)}


def _container(props: BackupProps, step: Step) -> Container:
    return Container(
        name=step.name,
        image=step.image,
        command=step.command,
        environment={**step.variables, "TMPDIR": "/tmp", "WORK_DIR": WORK},  # noqa: S108 (an emptyDir of the pod's own)
        resources=props.resources,
        mounts=[
            *(Mount(volume=use.volume, path=use.path, read_only=True) for use in step.secrets),
            Mount(volume="scripts", path=SCRIPTS, read_only=True),
            Mount(volume="work", path=WORK),
        ],
    )


def _work_volume(props: BackupProps) -> Volume:
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
