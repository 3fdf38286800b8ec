"""The Job that creates the streams and consumers of a bus."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.config_map import ConfigMap
from quantacirc_cdk.kubernetes.container import SecretKey
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.job import Job, JobProps
from quantacirc_cdk.kubernetes.nats.client import Client
from quantacirc_cdk.kubernetes.nats.config import ADMIN_USER, server_url
from quantacirc_cdk.kubernetes.nats.message_bus import credentials_secret, store_bytes
from quantacirc_cdk.kubernetes.nats.requests import CONSUMER_DESCRIPTION, request_files
from quantacirc_cdk.kubernetes.nats.stream import UNDELIVERED, consumers, streams
from quantacirc_cdk.kubernetes.resources import Resources
from quantacirc_cdk.kubernetes.scripts import script
from quantacirc_cdk.kubernetes.service_account import ServiceAccount
from quantacirc_cdk.kubernetes.task import TaskProps, task_job
from quantacirc_cdk.kubernetes.volume import Mount, config_volume
from quantacirc_cdk.kubernetes.workload import SecretFiles
from quantacirc_cdk.limits.check import Checked
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import Bytes, NonRootId, ObjectName, Positive, ServiceName

FILES = "/etc/streams"
CERTIFICATES = "/etc/bus-tls"
RESOURCES = Resources(cpu="20m", memory="64Mi", memory_limit="128Mi", ephemeral_storage="64Mi")


@dataclass(frozen=True, kw_only=True)
class BusStreamsProps:
    """Streams and durable consumers, derived from the subjects of the clients."""

    identity: Identity
    """Identity of the Job; its name ends in a hash of its content."""
    image: Image
    """Image with ``sh``, ``jq`` and ``nats``."""
    bus: ServiceName
    """Name of the bus."""
    clients: Sequence[Client]
    """All users of the bus."""
    replicas: Positive
    """Number of servers of the bus, which is also the number of copies of each message."""
    storage: Bytes
    """Size of the volume of each server."""
    tls_secret: ObjectName | None = None
    """Secret with the ``ca.crt`` of the bus; without it, connections are not encrypted."""
    user_id: NonRootId = 10001
    priority_class: ObjectName | None = None


def stream_files(props: BusStreamsProps) -> dict[str, str]:
    """Return the API requests by file name: those of the clients, and the stream of undelivered messages."""
    known = streams(props.clients)
    return request_files(
        [*known, UNDELIVERED],
        consumers(props.clients, known),
        replicas=props.replicas,
        store_bytes=store_bytes(props.storage),
    )


def streams_job(props: BusStreamsProps) -> JobProps:
    """Return the Job. It waits for the bus, and can run any number of times."""
    identity = props.identity
    files = {"create-streams.sh": script("create-streams.sh"), **stream_files(props)}
    certificates = (
        [SecretFiles(secret=props.tls_secret, path=CERTIFICATES, keys=("ca.crt",))] if props.tls_secret else []
    )
    task = TaskProps(
        identity=identity,
        image=props.image,
        command=["/bin/sh", f"{FILES}/create-streams.sh"],
        variables={
            **({"NATS_CA": f"{CERTIFICATES}/ca.crt"} if props.tls_secret else {}),
            "DESCRIPTION": CONSUMER_DESCRIPTION,
            "HOME": "/tmp",  # noqa: S108 (an emptyDir of the pod's own)
            "NATS_PASSWORD": SecretKey(secret=credentials_secret(props.bus), key=ADMIN_USER),
            "NATS_URL": server_url(props.bus, tls=bool(props.tls_secret)),
            "NATS_USER": ADMIN_USER,
            "STREAMS": FILES,
        },
        secrets=certificates,
        volumes=[config_volume("streams", identity.name)],
        mounts=[Mount(volume="streams", path=FILES, read_only=True)],
        resources=RESOURCES,
        user_id=props.user_id,
        priority_class=props.priority_class,
        retries=6,
        deadline_seconds=1800,
        keep_seconds=None,
    )
    return task_job(task, configuration=files)


class BusStreams(Checked, Construct):
    """A Job that creates the streams and durable consumers, and updates those that differ.

    It never deletes a stream. It deletes durable consumers that it created and that no client has any more.

    Creates the Job, its ServiceAccount without permissions, and the ConfigMap of the script and its requests. A Job is
    immutable, so a changed list of streams creates another Job.
    """

    def __init__(self, scope: Construct, id: str, props: BusStreamsProps) -> None:
        super().__init__(scope, id)
        identity = props.identity
        files = {"create-streams.sh": script("create-streams.sh"), **stream_files(props)}
        ServiceAccount(self, "service-account", name=identity.name, labels=identity.labels)
        ConfigMap(self, "config", name=identity.name, data=files, labels=identity.labels)
        Job(self, "job", streams_job(props))
