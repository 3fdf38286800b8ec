"""Health report of an environment: a line for each checked part, and the worst state for the whole."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, ClassVar


class State(Enum):
    """State of a part, from best to worst."""

    HEALTHY = "healthy"
    UNKNOWN = "unknown"
    """It could not be checked, which does not count as unhealthy."""
    DEGRADED = "degraded"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A checked part."""

    area: ClassVar[str] = "part"

    name: str
    reasons: tuple[str, ...] = ()
    """Why it is unhealthy."""
    unseen: str = ""
    """Why it could not be checked."""

    @property
    def state(self) -> State:
        """State of the part."""
        if self.reasons:
            return State.DEGRADED
        return State.UNKNOWN if self.unseen else State.HEALTHY

    @property
    def note(self) -> str:
        """Why it is unhealthy, on one line."""
        return "; ".join(self.reasons) or self.unseen


@dataclass(frozen=True, kw_only=True)
class Workload(Part):
    """A Deployment, StatefulSet or DaemonSet."""

    area: ClassVar[str] = "workload"

    kind: str
    ready: int = 0
    wanted: int = 0
    updated: int = 0
    restarts: int = 0
    endpoints: int | None = None
    """Pods behind its Services; None without a Service."""
    rollout: str = "complete"
    """What ``kubectl rollout status`` would report."""


@dataclass(frozen=True, kw_only=True)
class Task(Part):
    """A Job or a CronJob."""

    area: ClassVar[str] = "task"

    kind: str
    status: str
    last_success: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseHealth(Part):
    """Helm's release, and its deployment lock."""

    area: ClassVar[str] = "release"

    revision: int | None = None
    """The newest revision."""
    status: str = ""
    """Status according to helm."""


@dataclass(frozen=True, kw_only=True)
class Consumer(Part):
    """A consumer of a stream."""

    area: ClassVar[str] = "consumer"

    stream: str
    pending: int = 0
    """Number of waiting messages."""
    unacknowledged: int = 0
    """Number of delivered messages without acknowledgement."""
    redelivered: int = 0


@dataclass(frozen=True, kw_only=True)
class StreamHealth(Part):
    """A stream of the bus."""

    area: ClassVar[str] = "stream"

    messages: int = 0
    bytes: int = 0
    leader: str | None = None
    replicas_behind: int = 0


@dataclass(frozen=True, kw_only=True)
class Reachability(Part):
    """A store, from the view of its clients."""

    area: ClassVar[str] = "store"

    reached_by: tuple[str, ...] = ()
    """Components with ready pods; they are ready only while they are connected."""


@dataclass(frozen=True, kw_only=True)
class CertificateHealth(Part):
    """A certificate of cert-manager."""

    area: ClassVar[str] = "certificate"

    expires: str | None = None
    days_left: int | None = None


@dataclass(frozen=True, kw_only=True)
class ApplicationHealth(Part):
    """The environment's application in Argo CD."""

    area: ClassVar[str] = "argocd"

    sync: str = ""
    health: str = ""
    revision: str | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """Health of an environment."""

    environment: str
    context: str
    namespace: str
    parts: Sequence[Part]

    @property
    def state(self) -> State:
        """The worst state of all; parts that could not be checked do not count."""
        return State.DEGRADED if any(part.state is State.DEGRADED for part in self.parts) else State.HEALTHY

    @property
    def exit_status(self) -> int:
        """0 if healthy, 1 if degraded."""
        return 0 if self.state is State.HEALTHY else 1

    @property
    def workloads(self) -> list[Workload]:
        """The workloads."""
        return [part for part in self.parts if isinstance(part, Workload)]

    def problems(self) -> Iterator[str]:
        """Yield each problem on one line."""
        for part in self.parts:
            if part.state is State.DEGRADED:
                yield f"{part.area} {part.name}: {part.note}"

    def as_data(self) -> dict[str, Any]:
        """Return the report as JSON-compatible data."""
        parts: dict[str, list[dict[str, Any]]] = {}
        for part in self.parts:
            parts.setdefault(part.area, []).append({"state": part.state.value, **asdict(part)})
        return {
            "environment": self.environment, "context": self.context, "namespace": self.namespace,
            "state": self.state.value, "unseen": sum(part.state is State.UNKNOWN for part in self.parts), **parts,
        }  # fmt: skip
