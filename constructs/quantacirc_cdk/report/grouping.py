"""Group what is alike: parameters that differ alike in several components, and endpoints with the same connections."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

NONE = "(none)"
"""A value that an environment does not have."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A value that differs between environments."""

    paths: tuple[str, ...]
    """Parameters that differ alike."""
    values: Mapping[str, str]
    """By environment."""
    reason: str
    undeclared: bool

    @property
    def shown(self) -> str:
        """The common end of the paths; the path itself if there is one."""
        return self.paths[0] if len(self.paths) == 1 else self.paths[0].partition(".")[2]

    @property
    def sections(self) -> list[str]:
        """The sections of the values file that have it."""
        return [path.partition(".")[0] for path in self.paths]


def differences(parity: Json) -> list[Difference]:
    """Return the single values that differ, from the result of ``helm.parity``, sorted by path.

    Values that differ alike, for the same reason, under the same key of several sections are one entry.
    """
    alike: dict[tuple[str, ...], list[tuple[str, Json, dict[str, str]]]] = defaultdict(list)
    for row in parity["parameters"]:
        for path, values in _leaves(row["path"], row["values"]):
            section, dot, rest = path.partition(".")
            key = (rest if dot else path, row["reason"], str(row["undeclared"]), json.dumps(values, sort_keys=True))
            alike[key if dot else (section, *key)].append((path, row, values))
    found = [
        Difference(
            paths=tuple(path for path, _, _ in many),
            values=many[0][2],
            reason=many[0][1]["reason"],
            undeclared=many[0][1]["undeclared"],
        )
        for many in alike.values()
    ]
    return sorted(found, key=lambda one: (one.shown, one.paths))


def _leaves(path: str, values: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    flat = {name: dict(_flat(value)) for name, value in values.items()}
    differing = len({json.dumps(one, sort_keys=True) for one in flat.values()}) > 1
    for inner in dict.fromkeys(key for one in flat.values() for key in one):
        found = {name: one.get(inner, NONE) for name, one in flat.items()}
        if not differing or len(set(found.values())) > 1:
            yield f"{path}{inner}", found


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}")
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{index}]")
    elif not path and value in ({}, []):
        return  # Every value below it is absent.
    else:
        yield path, value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def alike_endpoints(matrices: Sequence[Json]) -> list[tuple[str, ...]]:
    """Return the endpoints of reachability matrices, grouped by equal connections in every environment, sorted."""
    links: dict[str, set[tuple[str, str, str, str]]] = defaultdict(set)
    for matrix in matrices:
        for one in matrix["open"]:
            ports = ", ".join(one["ports"])
            links[one["source"]].add((matrix["environment"], "to", one["target"], ports))
            links[one["target"]].add((matrix["environment"], "from", one["source"], ports))
    groups: dict[frozenset[tuple[str, str, str, str]], list[str]] = defaultdict(list)
    for name in sorted(links):
        groups[frozenset(links[name])].append(name)
    return sorted(tuple(names) for names in groups.values())
