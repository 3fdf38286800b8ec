"""The project that an import makes, before it is written."""

from dataclasses import dataclass, field

from quantacirc_cdk.importing.source import Data, Item

KINDS = {"Deployment": "service", "StatefulSet": "stateful", "DaemonSet": "daemon", "CronJob": "job"}
"""Which workloads are components, and of which kind."""
ROLES = {"service": "web", "stateful": "stateful", "daemon": "daemon", "job": "task"}
"""The label ``app.kubernetes.io/component`` that pods of a kind have."""
IDENTITY = frozenset(
    f"app.kubernetes.io/{name}" for name in ("component", "instance", "managed-by", "name", "part-of", "version")
)
"""Labels that the library sets."""
SIZE = {"cpu": "100m", "memory": "128Mi", "memory_limit": "1Gi"}
"""Of containers for which the source states no resources."""


@dataclass
class Translation:
    """A project, and which of its objects stands for which of the source."""

    system: Data
    environment: Data
    objects: list[Item] = field(default_factory=list)
    """Objects that stay as they are."""
    components: dict[str, Item] = field(default_factory=dict)
    """Workload of each component."""
    counterparts: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Kind and name in the output of objects that have others in the source."""
    mains: dict[str, str] = field(default_factory=dict)
    """Name in the source of the main container of each component."""
    services: dict[str, Item] = field(default_factory=dict)
    """Service of the source that each component's own stands for."""
    notes: list[str] = field(default_factory=list)

    def selector(self, name: str) -> Data:
        """Return the labels that select the pods of a component."""
        role = ROLES[str(self.system["components"][name]["kind"])]
        return {
            "app.kubernetes.io/component": role,
            "app.kubernetes.io/instance": self.system["name"],
            "app.kubernetes.io/name": name,
        }
