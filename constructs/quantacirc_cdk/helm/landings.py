"""Where a parameter stands in the objects.

A landing does two things with an environment's object: it takes out the value that the environment has there, and it
puts the parameter in its place. What is left must be the same in every environment.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from quantacirc_cdk.helm.expression import Expression, first_of, has, negated, value
from quantacirc_cdk.helm.node import ABSENT, Choice, Extended, Insert, Spread, Style, Text
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import Path, places
from quantacirc_cdk.manifests import Data


class _Unknown:
    """The type of ``UNKNOWN``."""


UNKNOWN = _Unknown()
"""The object does not say which value the environment has."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """An object of an environment that a parameter lands in."""

    tree: Data
    """The object, which is changed."""
    parameter: Parameter
    environment: str


class Landing(Protocol):
    """A place for a parameter."""

    @property
    def on(self) -> Match:
        """The objects that it is in."""
        ...

    def land(self, spot: Spot) -> list[Any]:
        """Put the parameter into an object and return the values found there; no value where it does not land."""
        ...


@dataclass(frozen=True, kw_only=True)
class At:
    """A whole value: a scalar or a subtree. Where it may be missing, an empty value leaves it out."""

    on: Match
    path: Path
    style: Style = "yaml"
    empty: Any = ABSENT
    """The value that means there is nothing here; without one the value is always there."""
    unless: Expression | None = None
    """Leave it out under this condition."""
    expression: Expression | None = None
    """What is put in; by default the parameter's value."""

    def land(self, spot: Spot) -> list[Any]:
        """Take the value out, and put the parameter in its place."""
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
    """A part of a string: what the one group of ``pattern`` matches."""

    on: Match
    path: Path
    pattern: str

    def land(self, spot: Spot) -> list[Any]:
        """Take the part out, and put the parameter in its place."""
        found: list[Any] = []
        for container, key in places(spot.tree, self.path):
            if isinstance(container, dict) and key not in container:
                continue
            container[key] = replaced(container[key], self.pattern, lambda _: spot.parameter.expression, found)
        return found


def replaced(node: Any, pattern: str, make: Callable[[str], Expression | None], found: list[Any]) -> Any:
    """Return a text with an expression in place of what the one group of ``pattern`` matches first.

    ``make`` gets what matched, which is added to ``found``, and may return None to leave it. What is no text, or does
    not match, is returned as it is.
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
    """More entries of a mapping, or more items of a list, after those that are there."""

    on: Match
    path: Path
    is_list: bool = False
    expression: Expression | None = None
    """What is added; by default the parameter's value."""
    where_there: bool = False
    """Add to what is there only, and make nothing where there is nothing."""

    def land(self, spot: Spot) -> list[Any]:
        """Add the parameter's entries or items; there is nothing to take out."""
        expression = self.expression or spot.parameter.expression
        for container, key in places(spot.tree, self.path):
            if self.where_there and key not in container:
                continue
            if self.is_list:
                container[key] = [*container.get(key, []), Spread(expression)]
            else:
                there = container.get(key, {})
                base, more = (there.base, there.more) if isinstance(there, Extended) else (there, ())
                container[key] = Extended(base, (*more, expression))
        return []


@dataclass(frozen=True, kw_only=True)
class Entries:
    """All the entries of a mapping, which is not there when there are none."""

    on: Match
    path: Path

    def land(self, spot: Spot) -> list[Any]:
        """Take the entries out, and put the parameter's in their place."""
        found: list[Any] = []
        for container, key in places(spot.tree, self.path):
            there = container.get(key, {})
            base, more = (there.base, there.more) if isinstance(there, Extended) else (there, ())
            found.append(base)
            container[key] = Extended({}, (spot.parameter.expression, *more))
        return found


@dataclass(frozen=True, kw_only=True)
class InPlaceOf:
    """A value that, when it is set, stands in place of what is there; what is there need not be plain data."""

    on: Match
    path: Path
    style: Style = "yaml"
    where: str = ""
    """Pattern of the texts that it may stand in place of; it leaves others alone. In place of anything without one."""

    def land(self, spot: Spot) -> list[Any]:
        """Put the parameter before what is there; there is nothing to take out."""
        for container, key in places(spot.tree, self.path):
            there = container.get(key, ABSENT) if isinstance(container, dict) else container[key]
            if self.where and not (isinstance(there, str) and re.fullmatch(self.where, there)):
                continue
            container[key] = Choice(spot.parameter.expression, Insert(spot.parameter.expression, self.style), there)
        return []


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Fields of a mapping, each of which stands in place of what is there when the user sets it, to whatever value."""

    on: Match
    path: Path
    """The mapping."""
    names: Sequence[str]

    def land(self, spot: Spot) -> list[Any]:
        """Put each field of the parameter before what is there; there is nothing to take out."""
        given = spot.parameter
        for container, key in places(spot.tree, self.path):
            mapping = container.get(key) if isinstance(container, dict) else container[key]
            if not isinstance(mapping, dict):
                continue
            for name in self.names:
                field = Insert(value(f"{given.path}.{name}"), "yaml")
                mapping[name] = Choice(has(given.expression, name), field, mapping.get(name, ABSENT))
        return []


@dataclass(frozen=True, kw_only=True)
class Otherwise:
    """A value that stands where no other parameter's does; nowhere when it is empty."""

    on: Match
    path: Path
    style: Style = "text"

    def land(self, spot: Spot) -> list[Any]:
        """Put the parameter behind the one that is there, before what the object has itself."""
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
    """The items of a list that have something in common, wherever in the list they stand."""

    on: Match
    path: Path
    which: Callable[[Any], bool]

    def land(self, spot: Spot) -> list[Any]:
        """Take the items out, and put the parameter's in the place of the first."""
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
    """An entry of a mapping that is there only when the parameter is true."""

    on: Match
    path: Path

    def land(self, spot: Spot) -> list[Any]:
        """Take out whether the entry is there, and put it under the parameter."""
        found: list[Any] = []
        for container, key in places(spot.tree, self.path):
            found.append(key in container)
            if key in container:
                container[key] = Choice(spot.parameter.expression, container[key])
        return found


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Whole objects that are there only when the parameter is set."""

    on: Match
    witness: Match | None = None
    """Objects that tell whether it is set in an environment; by default those that it is about."""
    inverse: bool = False
    """The objects are there when it is not set."""
    beside: Match | None = None
    """Objects without which an environment does not tell; by default all of the same components."""

    def land(self, spot: Spot) -> list[Any]:
        """Do nothing: what is about whole objects is not in them."""
        del spot
        return []


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A value computed from parameters, in place of what is there; ``None`` from ``make`` leaves it alone."""

    on: Match
    path: Path
    make: Callable[[Any, Data], Any] = field(repr=False)
    """From what is there and the object to the node that stands for it."""

    def land(self, spot: Spot) -> list[Any]:
        """Put in what is made; there is nothing to take out."""
        for container, key in places(spot.tree, self.path):
            there = container.get(key, ABSENT) if isinstance(container, dict) else container[key]
            node = None if there is ABSENT else self.make(there, spot.tree)
            if node is not None:
                container[key] = node
        return []


def _plain(node: Any) -> bool:
    """Whether there is nothing in a value but data."""
    if isinstance(node, dict):
        return all(_plain(item) for item in node.values())
    if isinstance(node, list):
        return all(_plain(item) for item in node)
    return isinstance(node, str | int | float) or node is None
