"""The manifests of all environments, and the identity of objects across environments."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from quantacirc_cdk.manifests import Data, read_environments

NAME_LABEL = "app.kubernetes.io/name"


class Key(NamedTuple):
    """Identity of an object across environments."""

    component: str
    """Its label ``app.kubernetes.io/name``; empty without one."""
    kind: str
    name: str
    """Name; a content hash at the end is replaced by ``<hash>``."""
    group: str = ""
    """API group; empty for the core group."""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


Manifests = Mapping[str, Mapping[Key, Data]]
"""The objects of each environment."""


def read_manifests(folder: Path, namespaces: Mapping[str, str], system: str) -> dict[str, dict[Key, Data]]:
    """Return the objects in ``folder/<environment>/*.yaml``; ``namespaces`` contains the environments' namespaces.

    An object that is named after its environment's namespace is matched with the object that is named after another
    environment's.
    """
    return {
        name: {key_of(item, namespaces[name], system): item for item in items}
        for name, items in read_environments(folder, namespaces).items()
    }


def key_of(item: Data, namespace: str = "", system: str = "") -> Key:
    """Return the identity of an object; a name equal to the namespace is replaced by the system's."""
    metadata = item["metadata"]
    name, component = metadata["name"], (metadata.get("labels") or {}).get(NAME_LABEL, "")
    if namespace and f"{component}-".startswith(f"{namespace}-"):
        component = system + component.removeprefix(namespace)
        if f"{name}-".startswith(f"{namespace}-"):
            name = system + name.removeprefix(namespace)
    if component and re.fullmatch(re.escape(component) + "-[0-9a-f]{8}", name):
        name = f"{component}-<hash>"
    group = item["apiVersion"].rpartition("/")[0]
    return Key(component=component, kind=item["kind"], name=name, group=group)


@dataclass(frozen=True, kw_only=True)
class Match:
    """A condition on objects; an empty field matches everything."""

    kinds: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    keys: frozenset[Key] = frozenset()

    @classmethod
    def of(cls, key: Key) -> "Match":
        """Return what matches one object."""
        return cls(kinds=(key.kind,), components=(key.component,), names=(key.name,))

    def __call__(self, key: Key) -> bool:
        """Return whether it matches a key."""
        return (
            (not self.kinds or key.kind in self.kinds)
            and (not self.components or key.component in self.components)
            and (not self.names or key.name in self.names)
            and (not self.groups or key.group in self.groups)
            and (not self.keys or key in self.keys)
        )


EVERYTHING = Match()

T = TypeVar("T")


class Index:
    """Index of keys by the fields of ``Match``, so that a specific match tests few keys."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = sorted(keys)
        self._known = frozenset(self.keys)
        self._by: dict[str, dict[str, list[Key]]] = {
            "names": self._grouped("name"),
            "components": self._grouped("component"),
            "groups": self._grouped("group"),
            "kinds": self._grouped("kind"),
        }
        self._matching: dict[Match, Sequence[Key]] = {}

    def _grouped(self, what: str) -> dict[str, list[Key]]:
        found: dict[str, list[Key]] = defaultdict(list)
        for key in self.keys:
            found[getattr(key, what)].append(key)
        return found

    def matching(self, match: Match) -> Sequence[Key]:
        """Return the keys that match, sorted."""
        if match not in self._matching:
            self._matching[match] = self._search(match)
        return self._matching[match]

    def _search(self, match: Match) -> Sequence[Key]:
        if match.keys:
            few: Collection[Key] = match.keys & self._known
        else:
            stated = [
                [by.get(one, ()) for one in set(wanted)]
                for what, by in self._by.items()
                if (wanted := getattr(match, what))
            ]
            fewest = min(stated, key=lambda lists: sum(map(len, lists)), default=[self.keys])
            few = [key for keys in fewest for key in keys]
        return sorted(key for key in few if match(key))

    def by_key(self, items: Iterable[T], on: Callable[[T], Match | Callable[[Key], bool]]) -> Mapping[Key, list[T]]:
        """Return, for each key, the items that match it, in the order of ``items``."""
        found: dict[Key, list[T]] = defaultdict(list)
        for item in items:
            match = on(item)
            for key in self.matching(match) if isinstance(match, Match) else filter(match, self.keys):
                found[key].append(item)
        return found
