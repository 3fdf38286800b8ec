"""Common parts of all backups: a job that dumps and uploads, and a job that downloads and restores."""

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
from quantacirc_cdk.limits.check import Checked, Refusal, too_long
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
"""Seconds to keep a finished run for its logs; the volumes of its pods are kept as long."""
KEPT_RUNS = 1
"""Number of successful and of failed runs to keep; each keeps a volume for every pod that it started."""
STORE_FILES = ("backup-remote.sh", "backup-store.sh", "restore-fetch.sh")


@dataclass(frozen=True, kw_only=True)
class BackupProps:
    """Common props of backups."""

    identity: Identity
    """Identity of the jobs: the backup CronJob has its name, the restore CronJob is ``<name>-restore``."""
    store_image: Image
    """Image with ``rclone``."""
    target: BackupTarget
    schedule: Schedule
    """Five cron fields, in UTC."""
    keep_days: Positive = 14
    """Days after which a backup is deleted."""
    keep_last: Positive = 3
    """Number of newest backups to keep regardless of age, so that some remain if backups fail for a long time."""
    encryption_secret: ObjectName | None = None
    """Name of a Secret with ``password``, which encrypts dumps before they leave the pod. Required if the store does
    not encrypt. Without the password, the backups are lost.
    """
    work_size: Bytes = "20Gi"
    """Size of the volume that holds the dump before the upload; the volume is deleted with the pod."""
    storage_class: ObjectName | None = None
    """StorageClass of that volume; the cluster's default when absent."""
    deadline_seconds: PositiveSeconds = 4 * 3600
    """Seconds after which a backup or a restore fails."""
    resources: Resources = SMALL
    user_id: NonRootId = 10001
    priority_class: ObjectName | None = None
    service_account_annotations: Annotations = field(default_factory=dict)
    """Annotations of the ServiceAccount that bind it to a cloud identity."""
    pod_labels: Labels = field(default_factory=dict)

    def refusals(self) -> Iterator[Refusal]:
        """Yield a store without encryption, and a name that is too long for that of the restore CronJob."""
        if self.target.provider == "s3" and not self.encryption_secret:
            yield Refusal("", "backups in a store that does not encrypt them", "an encryption_secret")
        longest = LONGEST_NAME["CronJob"] - len("-restore")
        if len(self.identity.name) > longest:
            yield too_long("identity.name", self.identity.name, longest)


@dataclass(frozen=True, kw_only=True)
class SecretUse:
    """Keys of a Secret, mounted in one container as files in ``/etc/secrets/<name>``."""

    name: str
    keys: tuple[str, ...] = ()
    """Keys; all by default."""

    @property
    def volume(self) -> str:
        """Name of the volume. Each selection of keys is a separate volume, so that a container sees only its own
        keys.
        """
        return volume_name(self.name, *self.keys)

    @property
    def path(self) -> str:
        """Directory of the files."""
        return f"{SECRETS}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One container of a backup or restore job."""

    name: str
    image: str
    command: Sequence[str]
    secrets: Sequence[SecretUse] = ()
    """The only Secrets that the container can read."""
    variables: Mapping[str, Value] = field(default_factory=dict)


def store_step(props: BackupProps, name: str, file: str, **variables: str) -> Step:
    """Return the container that runs a script with ``rclone``; it can read only the secrets of the store."""
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
    """Return the container that uploads a dump and deletes expired ones."""
    keep = {"KEEP_DAYS": str(props.keep_days), "KEEP_LAST": str(props.keep_last)}
    return store_step(props, "store", "backup-store.sh", **keep, **variables)


def fetching_step(props: BackupProps, **variables: str) -> Step:
    """Return the container that downloads a backup: the newest, or the one that ``BACKUP`` names."""
    return store_step(props, "fetch", "restore-fetch.sh", BACKUP="latest", **variables)


def steps_job(
    props: BackupProps, steps: Sequence[Step], files: Mapping[str, str], *, retries: int, grace_seconds: int = 30
) -> JobProps:
    """Return the job that runs these steps in order; each starts when the previous one has succeeded.

    A pod that receives SIGTERM has ``grace_seconds`` to end its step.
    """
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
        termination_grace_seconds=grace_seconds,
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
    """A backup CronJob and a suspended restore CronJob, with their ServiceAccount and scripts.

    Pods of both have the same labels, and therefore the same permissions and connections. Raises ``PropsError`` for an
    unencrypted store without ``encryption_secret``, and for retention limits that would keep no backup.
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
    """Return the scripts of every backup, and those named in ``more``, by file name."""
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
    """Return a volume that is created and deleted with the pod, because a dump could fill the node's disk."""
    spec: Data = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": props.work_size}},
        "volumeMode": "Filesystem",
    }
    if props.storage_class:
        spec["storageClassName"] = props.storage_class
    template = {"metadata": {"labels": props.identity.selector}, "spec": spec}
    return Volume(name="work", source={"ephemeral": {"volumeClaimTemplate": template}})
