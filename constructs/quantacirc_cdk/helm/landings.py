"""Where a parameter stands in the objects.

A landing does two things with an environment's object: it takes out the value that the environment has there, and it
puts the parameter in its place. What is left must be the same in every environment.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from quantacirc_cdk.helm.expression import Expression, negated
from quantacirc_cdk.helm.node import ABSENT, Choice, Extended, Insert, Spread, Style, Text
from quantacirc_cdk.helm.objects import Data, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import Path, places


class _Unknown:
    """The type of ``UNKNOWN``."""


UNKNOWN = _Unknown()
"""The object does not say which value the environment has."""


class Landing(Protocol):
    """A place for a parameter."""

    on: Match

    def land(self, tree: Data, parameter: Parameter, environment: str) -> list[Any]:
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

    def land(self, tree: Data, parameter: Parameter, environment: str) -> list[Any]:
        found: list[Any] = []
        for container, key in places(tree, self.path):
            if isinstance(container, dict) and key not in container:
                if self.empty is ABSENT and self.unless is None:
                    continue
                found.append(self.empty if self.unless is None else UNKNOWN)
            elif _plain(container[key]):
                found.append(container[key])
            else:
                continue
            node: Any = Insert(parameter.expression, self.style)
            if self.empty is not ABSENT:
                node = Choice(parameter.expression, node)
            container[key] = node if self.unless is None else Choice(negated(self.unless), node)
        return found


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a string: what the one group of ``pattern`` matches."""

    on: Match
    path: Path
    pattern: str

    def land(self, tree: Data, parameter: Parameter, environment: str) -> list[Any]:
        found: list[Any] = []
        for container, key in places(tree, self.path):
            text = container.get(key) if isinstance(container, dict) else container[key]
            match = re.search(self.pattern, text) if isinstance(text, str) else None
            if match:
                found.append(match[1])
                parts = (text[: match.start(1)], parameter.expression, text[match.end(1) :])
                container[key] = Text(tuple(part for part in parts if part))
        return found


@dataclass(frozen=True, kw_only=True)
class Added:
    """More entries of a mapping, or more items of a list, after those that are there."""

    on: Match
    path: Path
    is_list: bool = False
    expression: Expression | None = None
    """What is added; by default the parameter's value."""

    def land(self, tree: Data, parameter: Parameter, environment: str) -> list[Any]:
        expression = self.expression or parameter.expression
        for container, key in places(tree, self.path):
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

    def land(self, tree: Data, parameter: Parameter, environment: str) -> list[Any]:
        found: list[Any] = []
        for container, key in places(tree, self.path):
            found.append(container.get(key, {}))
            container[key] = Extended({}, (parameter.expression,))
        return found


@dataclass(frozen=True, kw_only=True)
class InPlaceOf:
    """A value that, when it is set, stands in place of what is there; what is there need not be plain data."""

    on: Match
    path: Path
    style: Style = "yaml"

    def land(self, tree: Data, parameter: Parameter, environment: str) -> list[Any]:
        for container, key in places(tree, self.path):
            there = container.get(key, ABSENT) if isinstance(container, dict) else container[key]
            container[key] = Choice(parameter.expression, Insert(parameter.expression, self.style), there)
        return []


@dataclass(frozen=True, kw_only=True)
class Items:
    """The items of a list that have something in common, wherever in the list they stand."""

    on: Match
    path: Path
    which: Callable[[Any], bool]

    def land(self, tree: Data, parameter: Parameter, environment: str) -> list[Any]:
        found: list[Any] = []
        for container, key in places(tree, self.path):
            items = container.get(key)
            chosen = [item for item in items or [] if self.which(item)]
            if chosen:
                found.append(chosen)
                first = items.index(chosen[0])
                rest = [item for item in items if item not in chosen]
                container[key] = [*rest[:first], Spread(parameter.expression), *rest[first:]]
        return found


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Whole objects that are there only when the parameter is set."""

    on: Match
    witness: Match | None = None
    """Objects that tell whether it is set in an environment; by default those that it is about."""
    inverse: bool = False
    """The objects are there when it is not set."""

    def land(self, tree: Data, parameter: Parameter, environment: str) -> list[Any]:
        return []


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A value computed from parameters, in place of what is there; ``None`` from ``make`` leaves it alone."""

    on: Match
    path: Path
    make: Callable[[Any, Data], Any] = field(repr=False)
    """From what is there and the object to the node that stands for it."""

    def land(self, tree: Data, parameter: Parameter, environment: str) -> list[Any]:
        for container, key in places(tree, self.path):
            there = container.get(key, ABSENT) if isinstance(container, dict) else container[key]
            node = None if there is ABSENT else self.make(there, tree)
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
