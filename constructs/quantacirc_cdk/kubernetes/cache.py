"""Valkey in the cluster, for environments without a managed one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.kubernetes.container import Container, Port, SecretKey
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.probes import Command, Probe, TcpCheck
from quantacirc_cdk.kubernetes.resources import MEDIUM, TINY, Resources
from quantacirc_cdk.kubernetes.stateful_service import StatefulService, StatefulServiceProps
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import Bytes, Labels, MountPath, NonRootId, ObjectName, Positive
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.limits.valkey import Eviction

PORT = 6379
METRICS = Port(name="metrics", port=9121)
Persistence = Literal["append", "snapshots", "none"]
"""append: log every write, at most one second late. snapshots: save periodically. none: a restart loses all data."""


@dataclass(frozen=True, kw_only=True)
class CacheProps:
    """A Valkey server."""

    identity: Identity
    image: Image
    """Full reference of an image of Valkey or Redis, with `sh`."""
    secret: ObjectName
    """Name of the Secret with ``password``."""
    persistence: Persistence = "append"
    """``append``, ``snapshots`` or ``none``."""
    storage: Bytes | None = "1Gi"
    """Size of the volume; None without persistence."""
    storage_class: ObjectName | None = None
    data_path: MountPath = "/data"
    max_memory_percent: Positive = 75
    """Maximum memory for keys, in percent of the container's memory limit."""
    eviction: Eviction = "noeviction"
    """Eviction policy when the memory is full; ``noeviction`` refuses writes."""
    databases: Positive = 16
    """Number of databases."""
    exporter_image: Image | None = None
    """Image of redis_exporter; no metrics without it. Compose needs `sh` in it, which `-alpine` variants have."""
    resources: Resources = MEDIUM
    user_id: NonRootId = 10001
    priority_class: ObjectName | None = None
    pod_labels: Labels = field(default_factory=dict)

    def refusals(self) -> Iterator[Refusal]:
        """Yield a volume without persistence, persistence without a volume, and a missing memory limit."""
        if (self.persistence == "none") != (self.storage is None):
            yield Refusal("storage", f"{self.storage}", "a size with persistence, and no size without")
        if self.max_memory_percent > 100:
            yield Refusal("max_memory_percent", f"{self.max_memory_percent}", "1 to 100")
        if self.resources.memory_limit is None:
            yield Refusal(
                "resources.memory_limit", "None", "a memory limit, because `max_memory_percent` is relative to it"
            )


def cache_credentials(name: str) -> GeneratedSecret:
    """Return the Secret with the address and credentials for clients of the server ``name``."""
    return GeneratedSecret(name=name, random=["password"], fixed={"host": name, "port": str(PORT)})


def max_memory(resources: Resources, percent: int) -> int:
    """Return the maximum memory for keys, in bytes."""
    return int(parse_quantity(resources.memory_limit or "0") * percent // 100)


# The password is passed on standard input, because arguments are visible in the node's process list. Each byte is
# escaped, because the server splits its configuration at blanks and quotes. Without a password, anybody may come in.
_START = """\
: "${REDISCLI_AUTH:?is empty: set the key password of the Secret of the cache}"
password=$(printf %s "$REDISCLI_AUTH" | od -An -v -tx1 | tr -d ' \\n' | sed 's/../\\\\x&/g')
if command -v valkey-server >/dev/null; then set -- valkey-server - "$@"; else set -- redis-server - "$@"; fi
exec "$@" <<END
requirepass "$password"
END
"""
# A server that refuses for lack of a password is up. The health check of Compose has no password.
_PING = "{ valkey-cli ping || redis-cli ping; } 2>/dev/null | grep -qE 'PONG|NOAUTH'"
_SAVING: dict[str, list[str]] = {
    "append": ["--appendonly", "yes", "--appendfsync", "everysec"],
    "snapshots": ["--appendonly", "no"],
    "none": ["--appendonly", "no", "--save", ""],
}


def cache_service(props: CacheProps) -> StatefulServiceProps:
    """Return the props of the server: password, memory limit and persistence.

    ``valkey-cli`` and ``redis-cli`` read the password from ``REDISCLI_AUTH``. A server that is loading its data is
    live, but not ready.
    """
    password = SecretKey(secret=props.secret, key="password")
    kept = props.persistence != "none"
    port = Port(name="valkey", port=PORT)
    ready = Command(command=("sh", "-c", _PING))
    return StatefulServiceProps(
        identity=props.identity,
        image=props.image,
        command=["sh", "-c", _START, "valkey"],
        args=[
            "--port",
            str(PORT),
            "--maxmemory",
            str(max_memory(props.resources, props.max_memory_percent)),
            "--maxmemory-policy",
            props.eviction,
            "--databases",
            str(props.databases),
            "--dir",
            props.data_path if kept else "/tmp",  # noqa: S108 (an emptyDir of the pod's own)
            *_SAVING[props.persistence],
        ],
        ports=[port],
        data_path=props.data_path if kept else None,
        storage=props.storage,
        storage_class=props.storage_class,
        variables={"REDISCLI_AUTH": password},
        side_cars=_exporter(props, password),
        side_car_ports=[METRICS] if props.exporter_image else [],
        resources=props.resources,
        startup_probe=Probe(check=ready, period_seconds=5, failure_threshold=120),
        liveness_probe=Probe(check=TcpCheck(port="valkey")),
        readiness_probe=Probe(check=ready, failure_threshold=2),
        user_id=props.user_id,
        priority_class=props.priority_class,
        pod_labels=props.pod_labels,
    )


def _exporter(props: CacheProps, password: SecretKey) -> list[Container]:
    if props.exporter_image is None:
        return []
    exporter = Container(
        name="exporter",
        image=props.exporter_image,
        command=["/redis_exporter"],
        ports=[METRICS],
        environment={"REDIS_ADDR": f"redis://127.0.0.1:{PORT}", "REDIS_PASSWORD": password},
        resources=TINY,
    )
    return [exporter]


class Cache(StatefulService):
    """A Valkey server. A Secret contains its password (see ``cache_credentials``).

    With persistence it has a volume, which is kept when the server is deleted.
    """

    def __init__(self, scope: Construct, id: str, props: CacheProps) -> None:
        super().__init__(scope, id, cache_service(props))
