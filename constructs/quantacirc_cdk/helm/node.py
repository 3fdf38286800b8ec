"""The parts of an object that depend on values: what a template is made of, before it is text.

An object is plain data in which any value may be one of these nodes. ``evaluate`` computes what Helm will render.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from quantacirc_cdk.helm.expression import Expression, Scope, merged, without

Style = Literal["text", "number", "boolean", "yaml", "include"]


RESERVED = ("app.kubernetes.io/", "checksum/")
"""Prefixes of labels and annotations that no value of the chart may have: the schema refuses them."""


class _Absent(Enum):
    """The type of ``ABSENT``."""

    ABSENT = "absent"


ABSENT = _Absent.ABSENT
"""No such entry or item."""


@dataclass(frozen=True)
class Insert:
    """A value from an expression: a string, a number, a boolean, any YAML, or what a named template writes as YAML."""

    expression: Expression
    style: Style = "text"


@dataclass(frozen=True)
class Text:
    """A string with parts that depend on values."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True)
class Choice:
    """One of two nodes; either may be ``ABSENT``, which leaves out the entry or the item."""

    condition: Expression
    yes: Any
    no: Any = ABSENT


@dataclass(frozen=True)
class Lines:
    """A text of several lines, some of which are there only under a condition."""

    lines: tuple[str | Text | Choice, ...]


@dataclass(frozen=True)
class Spread:
    """The items of a list from an expression, at this place of a list; none when it is empty."""

    expression: Expression


@dataclass(frozen=True)
class Extended:
    """A mapping with the entries of others added, which come from expressions; no mapping when all are empty."""

    base: dict[str, Any]
    more: tuple[Expression, ...]
    """Of two that have a key in common the first wins, and the base before all."""

    @property
    def expression(self) -> Expression:
        """What is added to the base."""
        found = merged(*self.more)
        taken = sorted(key for key in self.base if not key.startswith(RESERVED))
        return without(found, taken) if taken else found


def evaluate(node: Any, scope: Scope) -> Any:
    """Return the data that a node stands for."""
    match node:
        case dict():
            return _mapping(node, scope)
        case list():
            return _items(node, scope)
        case Insert():
            return node.expression.compute(scope)
        case Text():
            return text_of(node.parts, scope)
        case Choice():
            return evaluate(node.yes if node.condition.compute(scope) else node.no, scope)
        case Lines():
            found = (evaluate(line, scope) for line in node.lines)
            return "".join(line for line in found if line is not ABSENT)
        case Extended():
            base = evaluate(node.base, scope) if node.base else {}
            return {**({} if base is ABSENT else base), **node.expression.compute(scope)} or ABSENT
        case _:
            return node


def text_of(parts: Sequence[str | Expression], scope: Scope) -> str:
    """Return a text whose parts are strings and expressions."""
    return "".join(part if isinstance(part, str) else str(part.compute(scope)) for part in parts)


def _mapping(node: dict[str, Any], scope: Scope) -> Any:
    found = {key: evaluate(item, scope) for key, item in node.items()}
    found = {key: item for key, item in found.items() if item is not ABSENT}
    return found if found or not node else ABSENT


def _items(node: list[Any], scope: Scope) -> Any:
    found: list[Any] = []
    for item in node:
        if isinstance(item, Spread):
            found += item.expression.compute(scope) or []
        else:
            data = evaluate(item, scope)
            if data is not ABSENT:
                found.append(data)
    return found if found or not node else ABSENT
