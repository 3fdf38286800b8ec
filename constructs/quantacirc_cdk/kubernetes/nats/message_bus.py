"""NATS servers with JetStream."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.container import Container, FieldPath, Port, SecretKey, Value
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.nats.client import Client
from quantacirc_cdk.kubernetes.nats.config import (
    ADMIN_USER,
    CLIENT_PORT,
    MONITOR_PORT,
    ROUTE_PORT,
    ROUTE_USER,
    SYSTEM_USER,
    TRIAL_USER,
    ServerConfig,
    route_hosts,
    server_config,
)
from quantacirc_cdk.kubernetes.nats.stream import consumers, streams
from quantacirc_cdk.kubernetes.probes import Probes
from quantacirc_cdk.kubernetes.resources import MEDIUM, TINY, Resources
from quantacirc_cdk.kubernetes.scripts import script
from quantacirc_cdk.kubernetes.stateful_service import StatefulService, StatefulServiceProps
from quantacirc_cdk.kubernetes.volume import Mount, volume_name
from quantacirc_cdk.kubernetes.workload import SecretFiles
from quantacirc_cdk.limits.check import Refusal, describe, repeated
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import AddedLabels, Bytes, MountPath, NonRootId, ObjectName, Positive, Servers
from quantacirc_cdk.limits.quantity import parse_quantity

CONFIG = "/etc/nats-config"
CERTIFICATES = "/etc/nats-tls"
START = "start-bus.sh"
PID_FILE = "/tmp/nats.pid"  # noqa: S108 (an emptyDir of the pod's own)
METRICS = Port(name="metrics", port=7777)


@dataclass(frozen=True, kw_only=True)
class MessageBusProps:
    """A NATS JetStream cluster."""

    identity: Identity
    image: Image
    """Full reference of a NATS server image with a shell, such as the ``-alpine`` ones."""
    clients: Sequence[Client]
    """Users, and the subjects that each can publish and consume."""
    replicas: Servers = 3
    """Number of servers: one, or an odd number, which tolerates the loss of a minority. Each connects to all others."""
    min_zones: Positive | None = None
    """Minimum number of zones that the servers run in, which never leave the zone of their volume; a preference when
    absent."""
    storage: Bytes = "10Gi"
    """Size of the volume of each server."""
    storage_class: ObjectName | None = None
    data_path: MountPath = "/data"
    resources: Resources = MEDIUM
    user_id: NonRootId = 10001
    priority_class: ObjectName | None = None
    pod_labels: AddedLabels = field(default_factory=dict)
    tls_secret: ObjectName | None = None
    """Secret with ``tls.crt``, ``tls.key`` and ``ca.crt`` (see ``server_hosts``); without it, connections are not
    encrypted.
    """
    tls_renewed: bool = False
    """The certificate changes while the servers run: a sidecar makes them reload it."""
    exporter_image: Image | None = None
    """Image of the Prometheus exporter of NATS; no metrics without it."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield an even number of servers, and clients with the name of a built-in user or of another client."""
        if self.replicas % 2 == 0:
            yield Refusal("", f"{self.replicas} servers", "an odd number")
        for client in self.clients:
            if client.name in (ADMIN_USER, ROUTE_USER, SYSTEM_USER, TRIAL_USER):
                yield Refusal("", f'client "{client.name}"', "a name other than those of the built-in users")
        for index, name in repeated(client.name for client in self.clients):
            yield Refusal(f"clients[{index}].name", describe(name), "a different name for each client")


def credentials_secret(name: str) -> str:
    """Return the name of the Secret with the passwords of all users of the bus ``name``."""
    return f"{name}-credentials"


def store_bytes(storage: str) -> int:
    """Return the bytes of a volume that streams can use: a tenth is reserved for the file system and compaction."""
    return int(parse_quantity(storage) * 9 // 10)


def bus_credentials(name: str, clients: Sequence[Client]) -> GeneratedSecret:
    """Return the Secret with a password for each user; the keys are the user names."""
    users = sorted({client.name for client in clients} | {ADMIN_USER, ROUTE_USER, SYSTEM_USER})
    return GeneratedSecret(name=credentials_secret(name), random=users, fixed={})


def message_bus_service(props: MessageBusProps) -> StatefulServiceProps:
    """Return the props of the servers of the bus.

    The startup probe waits until JetStream has caught up. The liveness probe only checks that JetStream is enabled, so
    that a server that replays its streams is not restarted. The readiness probe checks only this server, because the
    other servers may be waiting for it.
    """
    name = props.identity.name
    known = streams(props.clients)
    config = ServerConfig(
        name=name,
        replicas=props.replicas,
        store_path=props.data_path,
        store_bytes=store_bytes(props.storage),
        clients=props.clients,
        consumers=consumers(props.clients, known),
        tls_path=CERTIFICATES if props.tls_secret else None,
        pid_file=PID_FILE,
    )
    secret = credentials_secret(name)
    variables: dict[str, Value] = {"CONFIG": f"{CONFIG}/nats.conf"}
    built_in = (ADMIN_USER, SYSTEM_USER, *([ROUTE_USER] if props.replicas > 1 else []))
    for client in (*props.clients, *(Client(name=user) for user in built_in)):
        variables[client.secret_variable] = SecretKey(secret=secret, key=client.name)
    if props.replicas > 1:
        variables["ROUTES"] = route_hosts(name, props.replicas)
    variables["POD_NAME"] = FieldPath(path="metadata.name")
    return StatefulServiceProps(
        identity=props.identity,
        image=props.image,
        command=["/bin/sh", f"{CONFIG}/{START}"],
        ports=[Port(name="client", port=CLIENT_PORT), Port(name="monitor", port=MONITOR_PORT)],
        peer_ports=[Port(name="route", port=ROUTE_PORT)] if props.replicas > 1 else [],
        data_path=props.data_path,
        storage=props.storage,
        storage_class=props.storage_class,
        variables=variables,
        config_files={"nats.conf": server_config(config), START: script(START), **_reload_script(props)},
        config_path=CONFIG,
        secrets=[SecretFiles(secret=props.tls_secret, path=CERTIFICATES)] if props.tls_secret else [],
        side_cars=_side_cars(props),
        side_car_ports=[METRICS] if props.exporter_image else [],
        share_processes=_reloads(props),
        replicas=props.replicas,
        quorum=props.replicas > 1,
        min_zones=props.min_zones,
        resources=props.resources,
        probes=Probes(
            port="monitor",
            startup_path="/healthz",
            liveness_path="/healthz?js-enabled-only=true",
            readiness_path="/healthz?js-server-only=true",
            startup_seconds=600,
        ),
        user_id=props.user_id,
        # SIGUSR2 starts lame duck mode: clients move to another server before this one stops.
        pre_stop=["nats-server", "--signal", f"ldm={PID_FILE}"],
        termination_grace_seconds=90,
        priority_class=props.priority_class,
        pod_labels=props.pod_labels,
    )


def _reloads(props: MessageBusProps) -> bool:
    return bool(props.tls_secret and props.tls_renewed)


def _reload_script(props: MessageBusProps) -> dict[str, str]:
    return {"reload-on-change.sh": script("reload-on-change.sh")} if _reloads(props) else {}


def _side_cars(props: MessageBusProps) -> list[Container]:
    found = []
    if props.exporter_image:
        probe = Probes(port=METRICS.name, startup_path="/metrics", liveness_path="/metrics", readiness_path="/metrics")
        exporter = Container(
            name="exporter",
            image=props.exporter_image,
            args=[
                f"-port={METRICS.port}",
                "-varz",
                "-connz",
                "-healthz",
                "-jsz=all",
                "-use_internal_server_name",
                f"http://localhost:{MONITOR_PORT}",
            ],
            ports=[METRICS],
            resources=TINY,
            probes=probe,
        )
        found.append(exporter)
    if _reloads(props):
        reloader = Container(
            name="reloader",
            image=props.image,
            command=["/bin/sh", f"{CONFIG}/reload-on-change.sh"],
            environment={"PID_FILE": PID_FILE, "WATCHED": CERTIFICATES},
            mounts=[
                Mount(volume="config", path=CONFIG, read_only=True),
                Mount(volume=volume_name(str(props.tls_secret)), path=CERTIFICATES, read_only=True),
            ],
            resources=TINY,
        )
        found.append(reloader)
    return found


class MessageBus(StatefulService):
    """A NATS JetStream cluster in which each client has its own password and minimal permissions.

    Passwords come from the Secret ``<name>-credentials`` (see ``bus_credentials``), whose keys are the user names.
    Raises ``PropsError`` for an even number of servers, which tolerates no more failures than one server fewer, and for
    a client with the name of a built-in user.
    """

    def __init__(self, scope: Construct, id: str, props: MessageBusProps) -> None:
        super().__init__(scope, id, message_bus_service(props))
