"""The components that the manifests of all environments have, seen as the rules see them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from quantacirc_cdk.helm.objects import TEMPLATES, Data, Key, Manifests
from quantacirc_cdk.helm.places import Path


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The objects that go with one workload, or that share a name."""

    name: str
    """Their label ``app.kubernetes.io/name``."""
    objects: Mapping[Key, Sequence[Data]]
    """Each object, as the environments have it that have it."""
    description: str = ""

    @property
    def values(self) -> str:
        """The name of its section in ``values.yaml``."""
        return camel(self.name)

    @cached_property
    def workload(self) -> Key | None:
        """The object that makes its pods; none where nothing does."""
        found = [key for key in self.objects if key.kind in TEMPLATES]
        named = [key for key in found if key.name in (self.name, f"{self.name}-<hash>")]
        return next(iter(named or found), None)

    def of_kind(self, *kinds: str) -> list[Key]:
        """Return its objects of these kinds."""
        return [key for key in self.objects if key.kind in kinds]

    def samples(self, key: Key, path: Path) -> list[Any]:
        """Return what the environments have at a path of an object; nothing where there is nothing."""
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


def subjects(manifests: Manifests, descriptions: Mapping[str, str]) -> list[Subject]:
    """Return the components, sorted by name."""
    grouped: dict[str, dict[Key, list[Data]]] = {}
    for objects in manifests.values():
        for key, item in objects.items():
            if key.component:
                grouped.setdefault(key.component, {}).setdefault(key, []).append(item)
    return [
        Subject(name=name, objects=found, description=descriptions.get(name, ""))
        for name, found in sorted(grouped.items())
    ]


def camel(name: str) -> str:
    """Return a name as a key of ``values.yaml`` that templates can read: ``web-server`` becomes ``webServer``."""
    first, *rest = re.split(r"[^A-Za-z0-9]+", name)
    return first + "".join(word.capitalize() for word in rest)
