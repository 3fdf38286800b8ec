"""Common form of all sources: Kubernetes objects in which each property has its place in the source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.importing.report import Left, shown
from quantacirc_cdk.manifests import PODS
from quantacirc_cdk.model.document import Node, Place

Data = dict[str, Any]

TEMPLATES: Mapping[str, tuple[str, ...]] = PODS
"""Paths of the pod template, by kind."""


@dataclass
class Item:
    """A Kubernetes object."""

    data: Data
    node: Node
    """The object with files and lines."""
    title: str = ""
    """Original element, ``service web``; empty for an object of the source itself."""
    origins: dict[Place, Place] = field(default_factory=dict)
    """For an object that was created from another format: the place in ``node`` of each property. A property without
    one was added, and is not a property of the source.
    """

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
    def namespace(self) -> str:
        """Namespace that it names; empty without one."""
        return str((self.data.get("metadata") or {}).get("namespace") or "")

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
        """Return the place in the source of the property at ``place``; None for one that was added."""
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
        title, at = self.title or f"{self.kind}/{self.name}", self.node.find(origin)
        return Left(file=at.file, line=at.line, object=title, path=path, reason=reason)


@dataclass
class Source:
    """All that is imported."""

    items: list[Item] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    """Properties that are known to be lost before the translation."""
    notes: list[str] = field(default_factory=list)
    name: str = ""
    """Name of the system, if the source has one."""
    namespace: str = ""
    """Namespace of the system; empty if the source names none."""
    reaches: dict[str, list[str]] = field(default_factory=dict)
    """Names of the workloads that each workload connects to, according to the source."""
    texts: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Variables of each workload, with the values that the project must not contain, searched for names of hosts."""
    secrets: dict[str, set[str]] = field(default_factory=dict)
    """Keys of the Secrets that the user creates."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Other names of workloads by which others connect to them."""
    mounted: dict[str, list[str]] = field(default_factory=dict)
    """Names of the workloads that mount each claim."""

    def of(self, *kinds: str) -> Iterator[Item]:
        """Yield the objects of these kinds."""
        return (item for item in self.items if item.kind in kinds)


def selects(selector: Data | None, labels: Data) -> bool:
    """Return whether a ``matchLabels`` or a Service's selector matches labels; an empty selector matches nothing."""
    return bool(selector) and all(labels.get(key) == value for key, value in (selector or {}).items())
