"""The components of the manifests, in the form that the rules use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from quantacirc_cdk.helm.insertions import Insertion
from quantacirc_cdk.helm.objects import Key, Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import Path
from quantacirc_cdk.helm.settings import section
from quantacirc_cdk.manifests import POD_TEMPLATES, Data


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The objects of a workload, or with a common name."""

    name: str
    """Their label ``app.kubernetes.io/name``."""
    objects: Mapping[Key, Sequence[Data]]
    """Each object, in the environments that have it."""
    description: str = ""
    alone: Mapping[Key, bool] = field(default_factory=dict)
    """Whether an environment without a workload of the component has the object."""

    @cached_property
    def values(self) -> str:
        """The name of its section in ``values.yaml``."""
        return section(self.name)

    @cached_property
    def workloads(self) -> list[Key]:
        """The objects that create its pods; the one with its name is first."""
        found = sorted(key for key in self.objects if key.kind in POD_TEMPLATES)
        return sorted(found, key=lambda key: key.name not in (self.name, f"{self.name}-<hash>"))

    @property
    def workload(self) -> Key | None:
        """The first of its workloads; None without pods."""
        return self.workloads[0] if self.workloads else None

    @property
    def company(self) -> list[Key]:
        """Its objects that exist only together with a workload."""
        return [key for key in self.objects if not self.alone.get(key, False)]

    def section(self, workload: Key) -> str:
        """Return the section of ``values.yaml`` for a workload's pods: a separate one for all but the first."""
        return self.values if workload == self.workload else section(workload.name.removesuffix("-<hash>"))

    def on(self, *kinds: str) -> Match:
        """Return a match for its objects of these kinds."""
        return Match(kinds=kinds, components=(self.name,))

    def parameter(self, path: str, description: str, schema: Any, *insertions: Insertion, **more: Any) -> Parameter:
        """Return a parameter in its section."""
        return Parameter(
            path=f"{self.values}.{path}", description=description, schema=schema, insertions=insertions, **more
        )

    def of_kind(self, *kinds: str) -> list[Key]:
        """Return its objects of these kinds."""
        return [key for key in self.objects if key.kind in kinds]

    @cached_property
    def reachable_services(self) -> list[Key]:
        """Its Services with a virtual address and a selector; not the headless ones."""
        return [
            key
            for key in self.of_kind("Service")
            if all(
                item["spec"].get("selector") and item["spec"].get("clusterIP") != "None" for item in self.objects[key]
            )
        ]

    def samples(self, key: Key, path: Path) -> list[Any]:
        """Return the values of the environments at a path of an object; empty if the path does not exist."""
        found = []
        for item in self.objects[key]:
            for step in path:
                if (isinstance(item, dict) and step in item) or (isinstance(item, list) and isinstance(step, int)):
                    item = item[step]
                else:
                    break
            else:
                found.append(item)
        return found

    def names(self, key: Key, *paths: Path, field: str = "name") -> list[str]:
        """Return the names of items in lists of an object, in any environment; an item can have them in metadata."""
        lists = [items for path in paths for items in self.samples(key, path)]
        named = [item.get("metadata", item) for items in lists for item in items]
        return sorted({str(item[field]) for item in named if field in item})


def subjects(manifests: Manifests, descriptions: Mapping[str, str]) -> list[Subject]:
    """Return the components, sorted by name."""
    grouped: dict[str, dict[Key, list[Data]]] = {}
    alone: dict[str, dict[Key, bool]] = {}
    for objects in manifests.values():
        working = {key.component for key in objects if key.kind in POD_TEMPLATES}
        for key, item in objects.items():
            if key.component:
                grouped.setdefault(key.component, {}).setdefault(key, []).append(item)
                if key.component not in working:
                    alone.setdefault(key.component, {})[key] = True
    return [
        Subject(name=name, objects=found, description=descriptions.get(name, ""), alone=alone.get(name, {}))
        for name, found in sorted(grouped.items())
    ]
