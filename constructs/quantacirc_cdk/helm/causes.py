"""Find the file and line that causes a difference between the manifests of environments."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from quantacirc_cdk.helm.node import ABSENT
from quantacirc_cdk.helm.objects import Key
from quantacirc_cdk.model import Project
from quantacirc_cdk.model.document import Node, Place

_Groups = frozenset[frozenset[str]]
"""Groups of environments with equal values."""
_NAMES = ("name", "extends", "description")
"""Keys that differ in all environments and have no effect on manifests."""


class Causes:
    """Differences between the environments' files, to look up the cause of a difference between their manifests.

    A value is the cause of a difference if it groups the environments in the same way and either occurs in the
    differing text or is a setting of the same component. If several values combine to one, the result is the whole
    file, because a project without Python code has no other cause.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._by_groups: dict[frozenset[str], dict[_Groups, list[Place]]] = {}

    def of(self, key: Key, nodes: Mapping[str, Any]) -> str:
        """Return ``file:line`` of the value that causes a difference; empty if there is none."""
        groups = _groups({name: repr(node) for name, node in nodes.items()})
        mine = ("components", key.component)
        candidates = [
            (self._stands_in(place, nodes), place[:2] == mine, place)
            for place in self._grouped(frozenset(nodes)).get(groups, ())
        ]
        likely = [each for each in candidates if each[0] or each[1]]
        if not likely:
            return "" if self._has_python or len(groups) < 2 else self._rarest(groups)
        place = max(likely, key=lambda each: (bool(each[0]) + each[1], each[1], each[0]))[2]
        return self._shown(place, nodes)

    @cached_property
    def _has_python(self) -> bool:
        return any((self._project.root / "apps").rglob("*.py"))

    def _rarest(self, groups: _Groups) -> str:
        """Return the file of the environment with the smallest group."""
        smallest = min(map(sorted, groups), key=lambda group: (len(group), group))
        return self._project.sources[smallest[0]].file

    def _grouped(self, names: frozenset[str]) -> "Mapping[_Groups, list[Place]]":
        """Return the places by the grouping of these environments."""
        if names not in self._by_groups:
            grouped: dict[_Groups, list[Place]] = {}
            for place, found in self._differing.items():
                groups = _groups({name: found.get(name, "") for name in names})
                grouped.setdefault(groups, []).append(place)
            self._by_groups[names] = grouped
        return self._by_groups[names]

    def _stands_in(self, place: Place, nodes: Mapping[str, Any]) -> int:
        """Return how many characters of the differing values come from the values of the files; 0 for none."""
        found = self._differing[place]
        said = [(found[name], repr(node)) for name, node in nodes.items() if name in found and node is not ABSENT]
        telling = said and all(len(text) > 1 and text in node for text, node in said)
        return min(len(text) for text, _ in said) if telling else 0

    def _shown(self, place: Place, nodes: Mapping[str, Any]) -> str:
        found = {name: self._project.sources[name].find(place) for name in nodes if name in self._differing[place]}
        rarest = min(sorted(found), key=lambda name: sum(found[name].value == each.value for each in found.values()))
        return f"{found[rarest].file}:{found[rarest].line}"

    @cached_property
    def _differing(self) -> dict[Place, dict[str, str]]:
        """Return the text of each differing value by place and environment."""
        places: dict[Place, dict[str, str]] = {}
        for name, document in self._project.sources.items():
            for place, node in _leaves(document):
                places.setdefault(place, {})[name] = str(node.value)
        everywhere = len(self._project.sources)
        return {
            place: found for place, found in places.items() if len(found) < everywhere or len(set(found.values())) > 1
        }


def _leaves(document: Node) -> Iterator[tuple[Place, Node]]:
    return (each for each in document.leaves() if each[0] and each[0][0] not in _NAMES)


def _groups(values: Mapping[str, str]) -> _Groups:
    """Return groups of environments with equal values."""
    found: dict[str, set[str]] = {}
    for name, text in values.items():
        found.setdefault(text, set()).add(name)
    return frozenset(map(frozenset, found.values()))
