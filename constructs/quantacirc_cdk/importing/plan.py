"""The project of an import, before it is written."""

from dataclasses import dataclass, field
from functools import cache

from quantacirc_cdk.importing.report import Connection
from quantacirc_cdk.importing.source import Data, Item
from quantacirc_cdk.kinds.registry import BUILT_IN, Registry

IDENTITY = frozenset(
    f"app.kubernetes.io/{name}" for name in ("component", "instance", "managed-by", "name", "part-of", "version")
)
"""Labels that the library sets."""
SIZE = {"cpu": "100m", "memory": "128Mi", "memory_limit": "1Gi"}
"""Size of containers without resources in the source."""


@cache
def kind_for(workload: str) -> str | None:
    """Return the kind of component for a kind of workload, the library's first; None if there is none."""
    found = {name: part for name, part in Registry().all().items() if vars(part).get("imports") == workload}
    return next(iter(sorted(found, key=lambda name: (name not in BUILT_IN, name))), None)


@cache
def _role(kind: str) -> str:
    """Return the label ``app.kubernetes.io/component`` of the pods of a kind of component."""
    part = Registry().find(kind)
    return str(part.role) if part else ""


@cache
def peers_of(kind: str) -> str:
    """Return whether the pods of a kind of component may connect to each other: always, declared or never."""
    part = Registry().find(kind)
    return part.peers if part else "never"


@dataclass
class Translation:
    """A project, with the counterparts of the source's objects."""

    system: Data
    environment: Data
    objects: list[Item] = field(default_factory=list)
    """Objects that are kept unchanged."""
    components: dict[str, Item] = field(default_factory=dict)
    """Workload of each component."""
    counterparts: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Kind and name in the output, for objects with another identity in the source."""
    mains: dict[str, str] = field(default_factory=dict)
    """Name in the source of each component's main container."""
    services: dict[str, Item] = field(default_factory=dict)
    """Service in the source that each component's own Service replaces."""
    unnamed: list[tuple[Item, str]] = field(default_factory=list)
    """Workloads that stay objects, each with an image that has no valid name."""
    notes: list[str] = field(default_factory=list)
    single: set[str] = field(default_factory=set)
    """Components with one replica, where the source has several that share a volume of one node."""
    connections: list[Connection] = field(default_factory=list)
    """Connections that became `reaches`."""

    def selector(self, name: str) -> Data:
        """Return the labels that select the pods of a component."""
        role = _role(str(self.system["components"][name]["kind"]))
        return {
            "app.kubernetes.io/component": role,
            "app.kubernetes.io/instance": self.system["name"],
            "app.kubernetes.io/name": name,
        }
