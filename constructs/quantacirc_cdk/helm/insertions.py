"""Insertions: how a parameter gets into the objects.

An insertion removes the value of an environment from its object, and inserts the parameter in its place. The results
must be equal in all environments.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, Protocol

from quantacirc_cdk.helm.expression import Expression, first_of, has, negated, value
from quantacirc_cdk.helm.node import ABSENT, Choice, Extended, Insert, Spread, Style, Text
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import Path, places
from quantacirc_cdk.manifests import Data


class _Unknown:
    """The type of ``UNKNOWN``."""


UNKNOWN = _Unknown()
"""The object does not contain the value of the environment."""


class Spot(NamedTuple):
    """An object of an environment, and the parameter to insert."""

    tree: Data
    """The object; insertions change it."""
    parameter: Parameter
    environment: str


class Insertion(Protocol):
    """A place for a parameter."""

    @property
    def on(self) -> Match:
        """The objects with this place."""
        ...

    def insert(self, spot: Spot) -> list[Any]:
        """Insert the parameter into an object, and return the removed values; none if the place does not exist."""
        ...


@dataclass(frozen=True, kw_only=True)
class At:
    """A whole value: a scalar or a subtree. If the value is optional, an empty one leaves out the key."""

    on: Match
    path: Path
    style: Style = "yaml"
    empty: Any = ABSENT
    """The value that leaves out the key; the key is always present without one."""
    unless: Expression | None = None
    """Leave out the key under this condition."""
    expression: Expression | None = None
    """Expression to insert; by default the parameter's value."""

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the value, and insert the parameter."""
        found: list[Any] = []
        for container, key in places(spot.tree, self.path):
            if isinstance(container, dict) and key not in container:
                if self.empty is ABSENT and self.unless is None:
                    continue
                found.append(self.empty if self.unless is None else UNKNOWN)
            elif _plain(container[key]):
                found.append(container[key])
            else:
                continue
            node: Any = Insert(self.expression or spot.parameter.expression, self.style)
            if self.empty is not ABSENT:
                node = Choice(spot.parameter.expression, node)
            container[key] = node if self.unless is None else Choice(negated(self.unless), node)
        return found


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a string: the match of the only group of ``pattern``."""

    on: Match
    path: Path
    pattern: str

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the part, and insert the parameter."""
        found: list[Any] = []
        for container, key in places(spot.tree, self.path):
            if isinstance(container, dict) and key not in container:
                continue
            container[key] = replaced(container[key], self.pattern, lambda _: spot.parameter.expression, found)
        return found


def replaced(node: Any, pattern: str, make: Callable[[str], Expression | None], found: list[Any]) -> Any:
    """Return a text with the first match of the only group of ``pattern`` replaced by an expression.

    ``make`` gets the match, which is appended to ``found``, and can return None to keep it. A value that is not a text,
    or does not match, is returned unchanged.
    """
    parts = list(node.parts) if isinstance(node, Text) else [node]
    for index, part in enumerate(parts):
        if not isinstance(part, str):
            continue
        match = re.search(pattern, part)
        made = make(match[1]) if match else None
        if match and made:
            found.append(match[1])
            parts[index : index + 1] = [part[: match.start(1)], made, part[match.end(1) :]]
            return Text(tuple(piece for piece in parts if piece))
    return node


@dataclass(frozen=True, kw_only=True)
class Added:
    """Additional entries of a mapping, or items at the end of a list; the items that the environment is known to have
    there are removed.
    """

    on: Match
    path: Path
    is_list: bool = False
    expression: Expression | None = None
    """Expression to add; by default the parameter's value."""
    where_there: bool = False
    """Add to an existing mapping or list only."""

    def insert(self, spot: Spot) -> list[Any]:
        """Add the parameter's entries or items."""
        known = spot.parameter.known.get(spot.environment) if self.is_list else None
        found: list[Any] = []
        expression = self.expression or spot.parameter.expression
        for container, key in places(spot.tree, self.path):
            if self.where_there and key not in container:
                continue
            if self.is_list:
                items = container.get(key, [])
                if known and items[-len(known) :] == known:
                    items = items[: -len(known)]
                    found.append(known)
                container[key] = [*items, Spread(expression)]
            else:
                there = container.get(key, {})
                base, more = (there.base, there.more) if isinstance(there, Extended) else (there, ())
                container[key] = Extended(base, (*more, expression))
        return found


@dataclass(frozen=True, kw_only=True)
class Entries:
    """All entries of a mapping, which is absent without entries."""

    on: Match
    path: Path

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the entries, and insert those of the parameter."""
        found: list[Any] = []
        for container, key in places(spot.tree, self.path):
            there = container.get(key, {})
            base, more = (there.base, there.more) if isinstance(there, Extended) else (there, ())
            found.append(base)
            container[key] = Extended({}, (spot.parameter.expression, *more))
        return found


@dataclass(frozen=True, kw_only=True)
class InPlaceOf:
    """A value that, when set, replaces the existing one, which can depend on other parameters."""

    on: Match
    path: Path
    style: Style = "yaml"
    where: str = ""
    """Pattern of the texts that it can replace; all texts when empty."""

    def insert(self, spot: Spot) -> list[Any]:
        """Insert the parameter with the existing value as its default; nothing is removed."""
        for container, key in places(spot.tree, self.path):
            there = container.get(key, ABSENT) if isinstance(container, dict) else container[key]
            if self.where and not (isinstance(there, str) and re.fullmatch(self.where, there)):
                continue
            container[key] = Choice(spot.parameter.expression, Insert(spot.parameter.expression, self.style), there)
        return []


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Fields of a mapping; each field that the user sets, to any value, replaces the existing one."""

    on: Match
    path: Path
    """The mapping."""
    names: Sequence[str]

    def insert(self, spot: Spot) -> list[Any]:
        """Insert each field with the existing one as its default; nothing is removed."""
        for container, key in places(spot.tree, self.path):
            mapping = container.get(key) if isinstance(container, dict) else container[key]
            if not isinstance(mapping, dict):
                continue
            for name in self.names:
                given, field = _field(spot.parameter.path, name)
                mapping[name] = Choice(given, field, mapping.get(name, ABSENT))
        return []


@cache  # Every environment and container has the same fields.
def _field(path: str, name: str) -> tuple[Expression, Insert]:
    """Return whether the value of a mapping has a field, and the field."""
    return has(value(path), name), Insert(value(f"{path}.{name}"), "yaml")


@dataclass(frozen=True, kw_only=True)
class Otherwise:
    """A value that is used if another parameter at the place is empty; absent if both are."""

    on: Match
    path: Path
    style: Style = "text"

    def insert(self, spot: Spot) -> list[Any]:
        """Insert the parameter as the default of the existing one, before the object's own value."""
        for container, key in places(spot.tree, self.path):
            there, said, otherwise = container.get(key, ABSENT), spot.parameter.expression, ABSENT
            if isinstance(there, Choice) and isinstance(there.yes, Insert) and there.condition == there.yes.expression:
                said, otherwise = first_of(there.yes.expression, said), there.no
            elif there is not ABSENT and there != spot.parameter.known.get(spot.environment):
                continue
            container[key] = Choice(said, Insert(said, self.style), otherwise)
        return []


@dataclass(frozen=True, kw_only=True)
class Items:
    """The items of a list with a common property, in any position."""

    on: Match
    path: Path
    which: Callable[[Any], bool]

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the items, and insert those of the parameter at the position of the first one."""
        found: list[Any] = []
        for container, key in places(spot.tree, self.path):
            items = container.get(key)
            chosen = [item for item in items or [] if self.which(item)]
            if chosen:
                found.append(chosen)
                first = items.index(chosen[0])
                rest = [item for item in items if item not in chosen]
                container[key] = [*rest[:first], Spread(spot.parameter.expression), *rest[first:]]
        return found


@dataclass(frozen=True, kw_only=True)
class Switch:
    """An entry of a mapping that is present if the parameter is true."""

    on: Match
    path: Path

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the entry, return whether it was present, and insert it under the parameter as a condition."""
        found: list[Any] = []
        for container, key in places(spot.tree, self.path):
            found.append(key in container)
            if key in container:
                container[key] = Choice(spot.parameter.expression, container[key])
        return found


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Whole objects that are present if the parameter is set."""

    on: Match
    witness: Match | None = None
    """Objects whose presence shows that it is set in an environment; by default the objects themselves."""
    inverse: bool = False
    """The objects are present if the parameter is not set."""
    beside: Match | None = None
    """Objects that an environment must have for its value to count; by default all of the same components."""
    told: bool = True
    """Whether the presence of the objects shows the value of an environment."""

    def insert(self, spot: Spot) -> list[Any]:
        """Do nothing: the presence of an object is not part of it."""
        del spot
        return []


@dataclass(frozen=True, kw_only=True)
class OnlyIf:
    """Items of a list that are there only if the parameter is set."""

    on: Match
    items: Callable[[Data], Iterable[tuple[list[Any], int]]] = field(repr=False)
    """Returns the list and the position of each item of an object that depends on the parameter."""

    def insert(self, spot: Spot) -> list[Any]:
        """Put the items under the condition; nothing is removed."""
        for items, index in self.items(spot.tree):
            items[index] = Choice(spot.parameter.expression, items[index])
        return []


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A value computed from parameters that replaces the existing one; ``make`` returns None to keep it."""

    on: Match
    path: Path
    make: Callable[[Any, Data], Any] = field(repr=False)
    """Returns the node for an existing value and its object."""

    def insert(self, spot: Spot) -> list[Any]:
        """Insert the computed value; nothing is removed."""
        for container, key in places(spot.tree, self.path):
            there = container.get(key, ABSENT) if isinstance(container, dict) else container[key]
            node = None if there is ABSENT else self.make(there, spot.tree)
            if node is not None:
                container[key] = node
        return []


def _plain(node: Any) -> bool:
    """Return whether a value is plain data."""
    if isinstance(node, dict):
        return all(_plain(item) for item in node.values())
    if isinstance(node, list):
        return all(_plain(item) for item in node)
    return isinstance(node, str | int | float) or node is None
