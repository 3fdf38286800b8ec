"""Differences between environments that rules permit: each becomes a parameter.

The manifests determine which of these parameters exist. ``undeclared`` handles differences at all other places.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.helm.node import ABSENT, Choice, Insert, Style, data_style, same
from quantacirc_cdk.helm.objects import EVERYTHING, Key, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH, Named, Path
from quantacirc_cdk.helm.schemas import INTEGER, SIZE
from quantacirc_cdk.helm.settings import with_sections
from quantacirc_cdk.helm.trees import is_exact, is_plain


@dataclass(frozen=True, kw_only=True)
class PermittedDifference:
    """A type of place at which environments can differ."""

    on: Match | Callable[[Key], bool] = EVERYTHING
    path: Path
    """Path of the place; ``EACH`` is any step."""
    below: bool = False
    """Include everything below the place."""
    name: Callable[[Key, tuple[Any, ...]], str]
    """Returns the path of the value."""
    description: Callable[[Key, tuple[Any, ...]], str]
    schema: Mapping[str, Any] | None = None
    """Schema of the value; by default derived from the environments' values."""
    reason: str
    personal: bool = False
    """A text is specific to an environment, and so not used as a default."""

    def covers(self, path: tuple[Any, ...]) -> bool:
        """Return whether a place in one of its objects is of this type."""
        fits = len(path) >= len(self.path) if self.below else len(path) == len(self.path)
        return fits and all(step is EACH or step == found for step, found in zip(self.path, path, strict=False))


@dataclass
class PermittedParameters:
    """The permitted differences, and the parameters for them."""

    places: Mapping[Key, list[PermittedDifference]]
    """Those of each object."""
    found: Mapping[str, dict[str, Any]]
    """Values of each environment; values of new parameters are added."""
    base: str
    """The environment of the defaults."""
    taken: Iterable[str] = ()
    """Paths of the parameters that the rules declare."""
    parameters: dict[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._values = frozenset(self.taken)
        self._sections = {outer for taken in self._values for outer in with_sections(taken)[:-1]}

    def node(self, key: Key, path: tuple[Any, ...], nodes: Mapping[str, Any]) -> Any:
        """Return the node for a permitted difference; None at other places."""
        place = next((each for each in self.places.get(key, ()) if each.covers(path)), None)
        if place is None:
            return None
        variables = [_is_variable(path, node) for node in nodes.values()]
        if all(variables):
            if any(node is not ABSENT and not node["value"] for node in nodes.values()):
                return None  # An empty variable differs from an absent one.
            given = {name: "" if node is ABSENT else node["value"] for name, node in nodes.items()}
            return self._variable(place, key, path, given)
        if not all(node is ABSENT or (is_plain(node) and is_exact(node)) for node in nodes.values()):
            return None
        return self._value(place, key, path, nodes)

    def _variable(self, place: PermittedDifference, key: Key, path: tuple[Any, ...], given: Mapping[str, str]) -> Any:
        """Return an environment variable that is left out if its value is empty."""
        name = self._declare(place, key, path, given)
        if name is None:
            return None
        return Choice(value(name), {"name": path[-1].name, "value": Insert(value(name))})

    def _value(self, place: PermittedDifference, key: Key, path: tuple[Any, ...], nodes: Mapping[str, Any]) -> Any:
        there = [node for node in nodes.values() if node is not ABSENT]
        if len(set(map(type, there))) > 1:
            return None
        empty = type(there[0])() if isinstance(there[0], str | list | dict) else None
        optional = len(there) < len(nodes)
        if optional and (empty is None or empty in there):
            return None  # An empty value differs from an absent one.
        given = {name: empty if node is ABSENT else node for name, node in nodes.items()}
        name = self._declare(place, key, path, given)
        if name is None:
            return None
        node = Insert(value(name), "json" if place.schema == SIZE else style_of(*there))
        return Choice(value(name), node) if optional else node

    def _declare(
        self, place: PermittedDifference, key: Key, path: tuple[Any, ...], given: Mapping[str, Any]
    ) -> str | None:
        """Return the path of the parameter for the values of the environments.

        None if the path would be ambiguous, or inside or around another parameter's.
        """
        name = place.name(key, path)
        if name in self._sections or not self._values.isdisjoint(with_sections(name)[:-1]):
            return None
        for environment, item in given.items():
            if not same(self.found[environment].setdefault(name, item), item):
                return None
        other = next(iter(given.values()))
        schema = place.schema if isinstance(other, str) else None
        default = given.get(self.base, "" if place.personal and isinstance(other, str) else other)
        self.parameters[name] = Parameter(
            path=name,
            description=place.description(key, path),
            schema=schema or schema_of(default),
            default=default,
            reason=place.reason,
        )
        return name


def _is_variable(path: tuple[Any, ...], node: Any) -> bool:
    """Return whether a node is absent or an environment variable with a plain value."""
    if not (len(path) > 1 and isinstance(path[-1], Named) and path[-2] == "env"):
        return False
    return node is ABSENT or (isinstance(node, dict) and isinstance(node.get("value"), str) and len(node) == 2)


def style_of(*items: Any) -> Style:
    """Return the style for values such as these, which have one type."""
    match items[0]:
        case str():
            return "text"
        case bool():
            return "boolean"
        case int():
            return "number"
        case _:
            return data_style(*items)


def schema_of(item: Any) -> dict[str, Any]:
    """Return the schema for values with the type of ``item``."""
    match item:
        case str():
            return {"type": "string"}
        case bool():
            return {"type": "boolean"}
        case int():
            return INTEGER
        case float():
            return {"type": "number"}
        case list():
            return {"type": "array"}
        case _:
            return {"type": "object"}
