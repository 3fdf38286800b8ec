"""Snapshots of the streams of a NATS bus by the clock, and the job that brings them back."""

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
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import DataKey, ObjectName

SUFFIX = "tar"


@dataclass(frozen=True, kw_only=True)
class StreamBackupProps(BackupProps):
    """Backups of the streams and consumers of one bus."""

    client_image: Image
    """An image with Python 3.11 or newer as ``python`` and the package ``nats-py``."""
    url: str
    """Address of the bus, ``nats://`` or ``tls://``."""
    credentials_secret: ObjectName
    """Name of the Secret whose keys are users of the bus, and whose values are their passwords."""
    user: DataKey
    """Who reads the streams; see ``Client.snapshots``."""
    admin: DataKey
    """Who creates streams, for the restore only."""
    tls_secret: ObjectName | None = None
    """Name of the Secret with the ``ca.crt`` of the bus, where it encrypts."""


def backup_job(props: StreamBackupProps) -> JobProps:
    """Return the job that snapshots all streams into one file and stores it when it is whole."""
    steps = [_streams(props, "snapshot", props.user), keeping_step(props, SUFFIX=SUFFIX)]
    return steps_job(props, steps, scripts(), retries=2)


def restore_job(props: StreamBackupProps) -> JobProps:
    """Return the job that fetches a backup and creates its streams; it is not tried again by itself."""
    steps = [fetching_step(props, SUFFIX=SUFFIX), _streams(props, "restore", props.admin, REPLACE="no")]
    return steps_job(props, steps, scripts(), retries=0)


class StreamBackup(Recovery):
    """Backups of the streams of a NATS bus: a CronJob that makes them and a suspended one that brings one back.

    A run has the servers verify and send every stream with its consumers, writes them into one file, reads that back,
    uploads it with its SHA-256, and deletes what is too old only then. The user it runs as can read streams, and change
    nothing. ``kubectl create job --from=cronjob/<name>-restore <run>`` brings the newest backup back as the bus's
    admin. It creates streams that are missing or empty; while one of them holds messages it changes nothing, unless
    ``REPLACE`` is ``yes``.

    Creates both CronJobs, their ServiceAccount and the ConfigMap with the scripts. Raises ``PropsError`` for a store
    that encrypts nothing without an ``encryption_secret``, and for limits that would keep nothing.
    """

    def __init__(self, scope: Construct, id: str, props: StreamBackupProps) -> None:
        super().__init__(scope, id, props, backup=backup_job(props), restore=restore_job(props), files=scripts())


def scripts() -> dict[str, str]:
    """Return the scripts of both jobs by file name."""
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
