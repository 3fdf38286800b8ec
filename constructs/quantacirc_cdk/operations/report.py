"""How an environment is: one line for everything that was looked at, and the worst of them for the whole."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, ClassVar


class State(Enum):
    """How something is, the best first."""

    HEALTHY = "healthy"
    UNKNOWN = "unknown"
    """It could not be looked at; says nothing against it."""
    DEGRADED = "degraded"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something that was looked at."""

    area: ClassVar[str] = "part"

    name: str
    reasons: tuple[str, ...] = ()
    """Why it is not healthy."""
    unseen: str = ""
    """Why it could not be looked at."""

    @property
    def state(self) -> State:
        """How it is."""
        if self.reasons:
            return State.DEGRADED
        return State.UNKNOWN if self.unseen else State.HEALTHY

    @property
    def note(self) -> str:
        """Why it is not healthy, in a line."""
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
    """Pods that its Services lead to; None where no Service leads to it."""
    rollout: str = "complete"
    """What kubectl rollout status would say."""


@dataclass(frozen=True, kw_only=True)
class Task(Part):
    """A Job or a CronJob."""

    area: ClassVar[str] = "task"

    kind: str
    status: str
    last_success: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseHealth(Part):
    """The release of helm, and the lock of its deployments."""

    area: ClassVar[str] = "release"

    revision: int | None = None
    """The newest revision."""
    status: str = ""
    """What helm says of it."""


@dataclass(frozen=True, kw_only=True)
class Consumer(Part):
    """A consumer of a stream."""

    area: ClassVar[str] = "consumer"

    stream: str
    pending: int = 0
    """Messages that wait."""
    unacknowledged: int = 0
    """Messages that are being worked on."""
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
    """A store, as those see it that use it."""

    area: ClassVar[str] = "store"

    reached_by: tuple[str, ...] = ()
    """Components whose pods are ready, which they are only while they reach it."""


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
    """How an environment is."""

    environment: str
    context: str
    namespace: str
    parts: Sequence[Part]

    @property
    def state(self) -> State:
        """The worst of all; what could not be looked at does not count against the rest."""
        return State.DEGRADED if any(part.state is State.DEGRADED for part in self.parts) else State.HEALTHY

    @property
    def exit_status(self) -> int:
        """0 for healthy, 1 for degraded."""
        return 0 if self.state is State.HEALTHY else 1

    @property
    def workloads(self) -> list[Workload]:
        """The workloads."""
        return [part for part in self.parts if isinstance(part, Workload)]

    def problems(self) -> Iterator[str]:
        """Yield what is not healthy, a line each."""
        for part in self.parts:
            if part.state is State.DEGRADED:
                yield f"{part.area} {part.name}: {part.note}"

    def as_data(self) -> dict[str, Any]:
        """Return the report for other programs."""
        parts: dict[str, list[dict[str, Any]]] = {}
        for part in self.parts:
            parts.setdefault(part.area, []).append({"state": part.state.value, **asdict(part)})
        return {
            "environment": self.environment, "context": self.context, "namespace": self.namespace,
            "state": self.state.value, "unseen": sum(part.state is State.UNKNOWN for part in self.parts), **parts,
        }  # fmt: skip
