"""What every source is turned into: objects of Kubernetes, each property with the place that it was written at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.importing.report import Left, shown
from quantacirc_cdk.manifests import POD_TEMPLATES
from quantacirc_cdk.model.document import Node, Place

Data = dict[str, Any]

TEMPLATES: Mapping[str, tuple[str, ...]] = {**POD_TEMPLATES, "ReplicaSet": ("spec", "template")}
"""Where objects have their pod template."""


@dataclass
class Item:
    """One object."""

    data: Data
    node: Node
    """The same with files and lines."""
    title: str = ""
    """What it was made of, ``service web``; empty for an object of the source itself."""
    origins: dict[Place, Place] = field(default_factory=dict)
    """For an object that was made of something else: where in ``node`` its properties were written. What has no origin
    was made up, and is no property of the source."""

    @property
    def kind(self) -> str:
        """Kind of the object."""
        return str(self.data.get("kind"))

    @property
    def name(self) -> str:
        """Name of the object."""
        return str((self.data.get("metadata") or {}).get("name"))

    @property
    def key(self) -> tuple[str, str]:
        """Kind and name."""
        return self.kind, self.name

    @property
    def labels(self) -> Data:
        """Its labels."""
        return (self.data.get("metadata") or {}).get("labels") or {}

    @property
    def template(self) -> Data:
        """Its pod template; empty without one."""
        found: Any = self.data
        for step in TEMPLATES.get(self.kind, ("",)):
            found = (found or {}).get(step) or {}
        return dict(found)

    def origin(self, place: Place) -> Place | None:
        """Return where in the source the property at ``place`` was written; None for one that was made up."""
        if not self.title:
            return place
        for length in range(len(place), 0, -1):
            if place[:length] in self.origins:
                return self.origins[place[:length]]
        return None

    def left(self, place: Place, reason: str) -> Left:
        """Return the entry of the report for the property at ``place``."""
        origin = self.origin(place) or ()
        path = shown(self.node.plain(), origin)
        title = self.title or f"{self.kind}/{self.name}"
        return Left(file=self.node.file, line=self.node.find(origin).line, object=title, path=path, reason=reason)


@dataclass
class Source:
    """All that is imported."""

    items: list[Item] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    """Properties that are known not to be carried over before anything is translated."""
    notes: list[str] = field(default_factory=list)
    name: str = ""
    """Name of the system, where the source has one."""
    reaches: dict[str, list[str]] = field(default_factory=dict)
    """By workload, the names of others that the source says it connects to."""

    def of(self, *kinds: str) -> Iterator[Item]:
        """Yield the objects of these kinds."""
        return (item for item in self.items if item.kind in kinds)


def selects(selector: Data | None, labels: Data) -> bool:
    """Whether labels are selected by ``matchLabels``, or by the selector of a Service; nothing selects nothing."""
    return bool(selector) and all(labels.get(key) == value for key, value in (selector or {}).items())
