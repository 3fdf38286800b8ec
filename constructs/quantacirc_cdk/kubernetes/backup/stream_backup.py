"""Scheduled snapshots of the streams of a NATS bus, and the job that restores them."""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.backup.recovery import (
    SCRIPTS,
    BackupProps,
    Recovery,
    SecretUse,
    Step,
    fetching_step,
    keeping_step,
    steps_job,
    store_scripts,
)
from quantacirc_cdk.kubernetes.container import Value
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.job import JobProps
from quantacirc_cdk.kubernetes.nats.config import TRIAL_USER
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import DataKey, ObjectName, Schedule

SUFFIX = "tar"


@dataclass(frozen=True, kw_only=True)
class StreamBackupProps(BackupProps):
    """Backups of the streams and consumers of a bus."""

    client_image: Image
    """Image with Python 3.11 or newer as ``python``, and the package ``nats-py``."""
    url: str
    """Address of the bus, ``nats://`` or ``tls://``."""
    credentials_secret: ObjectName
    """Name of the Secret that contains a password for each user of the bus; the keys are the user names."""
    user: DataKey
    """User that reads the streams; see ``Client.snapshots``."""
    admin: DataKey
    """User that creates streams, for the restore only."""
    trial: DataKey = TRIAL_USER
    """User of another account, with the password of ``admin``: the restore first loads there what it would replace."""
    tls_secret: ObjectName | None = None
    """Name of the Secret with the ``ca.crt`` of the bus, if it uses TLS."""
    rehearsal_schedule: Schedule | None = None
    """Five cron fields, in UTC: when each stream of the newest backup is loaded as ``trial`` and deleted again. A
    server then needs room for its largest stream twice. None for never."""


GRACE_SECONDS = 600
"""Seconds for a restore to finish the stream that it replaces, when a node is drained, for example."""


def backup_job(props: StreamBackupProps) -> JobProps:
    """Return the job that snapshots all streams into one file, verifies the file, and uploads it."""
    steps = [_streams(props, "snapshot", props.user), keeping_step(props, SUFFIX=SUFFIX)]
    return steps_job(props, steps, scripts(), retries=2)


def restore_job(props: StreamBackupProps, *, rehearse: bool = False) -> JobProps:
    """Return the job that downloads a backup and creates its streams; it is not retried.

    With ``rehearse``, it creates them in another account of the servers, deletes them there, and changes no stream.
    """
    variables = {"TRIAL_USER": props.trial} if rehearse else {"REPLACE": "no", "TRIAL_USER": props.trial}
    steps = [
        fetching_step(props, SUFFIX=SUFFIX),
        _streams(props, "rehearse" if rehearse else "restore", props.admin, **variables),
    ]
    return steps_job(props, steps, scripts(), retries=0, grace_seconds=GRACE_SECONDS)


class StreamBackup(Recovery):
    """Backups of the streams of a NATS bus: a CronJob that creates them, and a suspended CronJob that restores one.

    In a run, the servers verify and send every stream with its consumers. The job writes them to one file, reads it
    back, uploads it with its SHA-256, and only then deletes expired backups. Its user can read streams but change
    nothing. ``kubectl create job --from=cronjob/<name>-restore <run>`` restores the newest backup as the bus's admin
    user. The restore creates streams that are missing or empty. If one of them contains messages, it changes nothing,
    unless ``REPLACE=yes`` is set; then it first loads the backup in another account of the servers.

    With a ``rehearsal_schedule``, the CronJob ``<name>-drill`` loads the newest backup in that account and deletes it
    again, so that a backup that cannot be loaded is detected before a recovery.

    Creates the CronJobs, their ServiceAccount and the ConfigMap with the scripts. Raises ``PropsError`` for an
    unencrypted store without ``encryption_secret``, and for retention limits that would keep no backup.
    """

    def __init__(self, scope: Construct, id: str, props: StreamBackupProps) -> None:
        super().__init__(scope, id, props, backup=backup_job(props), restore=restore_job(props), files=scripts())
        if props.rehearsal_schedule:
            self.template("drill", restore_job(props, rehearse=True), schedule=props.rehearsal_schedule)


def scripts() -> dict[str, str]:
    """Return the scripts of both jobs, by file name."""
    return store_scripts("stream_backup.py")


def _streams(props: StreamBackupProps, name: str, user: str, **more: str) -> Step:
    credentials = SecretUse(name=props.credentials_secret, keys=(user,))
    secrets = [credentials]
    variables: dict[str, Value] = {
        "HOME": "/tmp",  # noqa: S108 (an emptyDir of the pod's own)
        "NATS_URL": props.url,
        "NATS_USER": user,
        "PASSWORD_FILE": f"{credentials.path}/{user}",
        **more,
    }
    if props.tls_secret:
        certificate = SecretUse(name=props.tls_secret, keys=("ca.crt",))
        secrets.append(certificate)
        variables["NATS_CA"] = f"{certificate.path}/ca.crt"
    command = ["python", f"{SCRIPTS}/stream_backup.py", name]
    return Step(name=name, image=props.client_image, command=command, secrets=secrets, variables=variables)
