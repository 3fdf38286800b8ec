"""Nodes: the parts of an object that depend on values, before they are converted to template text.

An object is plain data in which any value can be a node. ``evaluate`` computes what Helm renders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import repeat
from typing import Any, Literal

from quantacirc_cdk.helm.expression import Expression, Scope, merged, without

Style = Literal["text", "number", "boolean", "yaml", "json", "include"]


RESERVED = ("app.kubernetes.io/", "checksum/")
"""Prefixes of labels and annotations that the schema of the values refuses."""


class TemplateKey(str):
    """A key of a mapping that depends on values. Its text is what the names of values show; it equals no text, because
    what it renders can be another one.
    """

    parts: tuple[str | Expression, ...]

    def __new__(cls, text: str, parts: tuple[str | Expression, ...]) -> "TemplateKey":
        """Return a key with these parts."""
        made = super().__new__(cls, text)
        made.parts = parts
        return made

    def __eq__(self, other: object) -> bool:
        """Return whether another key renders the same in every case."""
        return isinstance(other, TemplateKey) and self.parts == other.parts

    def __hash__(self) -> int:
        """Return the hash of what it renders."""
        return hash(self.parts)


class _Absent(Enum):
    """The type of ``ABSENT``."""

    ABSENT = "absent"


ABSENT = _Absent.ABSENT
"""A missing entry or item."""


@dataclass(frozen=True, slots=True)
class Insert:
    """A value from an expression: a string, number, boolean, any data (YAML or JSON), or the YAML that a named template
    renders.
    """

    expression: Expression
    style: Style = "text"


@dataclass(frozen=True, slots=True)
class Found:
    """A number that a named template finds in the cluster; absent if it finds none, as without a cluster."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Text:
    """A string with parts that depend on values."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two nodes; ``ABSENT`` leaves out the entry or item."""

    condition: Expression
    yes: Any
    no: Any = ABSENT


@dataclass(frozen=True, slots=True)
class Lines:
    """A text of several lines, some of which are conditional."""

    lines: tuple[str | Text | Choice, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Items of a list from an expression, inserted at this position."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Variables(Spread):
    """Environment variables of users. One with the name of another variable of the list replaces it at its position, so
    that variables which refer to it have the new value; the others are inserted at this position.
    """

    chart: str
    """Name of the chart, the prefix of the named templates."""

    def by_name(self, scope: Scope) -> dict[str, Any]:
        """Return the variables by name; of equal names the last one, at the position of the first."""
        return {item["name"]: item for item in self.expression.compute(scope) or []}


def variable_name(item: Any) -> str:
    """Return the name of a variable in the manifests; empty if it is no text in every case."""
    match item:
        case Choice():
            return variable_name(item.yes) or variable_name(item.no)
        case {"name": str(name)}:
            return name
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class Extended:
    """A mapping with additional entries from expressions; absent if all are empty."""

    base: dict[str, Any]
    more: tuple[Expression, ...]
    """Additional entries. For a common key, the base takes precedence, then the first expression."""

    @property
    def expression(self) -> Expression:
        """Expression of the additional entries."""
        found = merged(*self.more)
        taken = sorted(key for key in self.base if not key.startswith(RESERVED))
        return without(found, taken) if taken else found


_PLAIN = frozenset({str, int, float, bool, type(None)})
"""Types of most parts of an object, which are no nodes."""


def evaluate(node: Any, scope: Scope) -> Any:
    """Return the data of a node."""
    kind = type(node)
    if kind in _PLAIN:
        return node
    if kind is dict:
        return _mapping(node, scope)
    if kind is list:
        return _items(node, scope)
    match node:
        case Insert():
            return node.expression.compute(scope)
        case Found():
            return ABSENT
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


def renders(node: Any, wanted: Any, scope: Scope) -> bool:
    """Return whether a node evaluates to this data, without a copy of what is plain data already."""
    return same(node, wanted) or _becomes(node, wanted, scope)


def same(node: Any, other: Any) -> bool:
    """Return whether two nodes are equal. Unlike in Python, ``True`` is not 1, and ``False`` is not 0."""
    return bool(node == other) and _same_truths(node, other)


def _same_truths(node: Any, other: Any) -> bool:
    """Return whether two equal nodes have booleans at the same places."""
    kind = type(node)
    if kind is dict:
        return all(_same_truths(item, other[key]) for key, item in node.items() if type(item) is not str)
    if kind is list:
        return all(map(_same_truths, node, other))
    if kind is Choice:
        return _same_truths(node.yes, other.yes) and _same_truths(node.no, other.no)
    if kind is Extended:
        return _same_truths(node.base, other.base)
    if kind is bool or type(other) is bool:
        return kind is type(other)
    if isinstance(node, Mapping):  # Not a plain one, as in a schema of a user.
        return _same_truths({**node}, {**other})
    return True


def _becomes(node: Any, wanted: Any, scope: Scope) -> bool:
    """Return whether a node that is not this data evaluates to it."""
    kind = type(node)
    if kind in _PLAIN:
        return False
    if kind is Choice:
        return renders(node.yes if node.condition.compute(scope) else node.no, wanted, scope)
    if kind is dict and type(wanted) is dict and wanted and TemplateKey not in map(type, node):
        if not wanted.keys() <= node.keys():
            return False
        for key, item in node.items():
            there = wanted.get(key, ABSENT)
            if there is ABSENT:
                if evaluate(item, scope) is not ABSENT:
                    return False
            elif not renders(item, there, scope):
                return False
        return True
    if kind is list and type(wanted) is list and wanted:
        items = _chosen(node, scope)
        if items is not None and len(items) == len(wanted) and all(map(renders, items, wanted, repeat(scope))):
            return True
    return same(evaluate(node, scope), wanted)


def _chosen(node: list[Any], scope: Scope) -> list[Any] | None:
    """Return the items of a list that its conditions choose; None if values add items."""
    found = []
    for item in node:
        while type(item) is Choice:
            item = item.yes if item.condition.compute(scope) else item.no
        if not isinstance(item, Spread):
            found += [] if item is ABSENT else [item]
        elif item.expression.compute(scope):
            return None
    return found


def data_style(*samples: Any) -> Style:
    """Return the style of data such as ``samples``.

    Texts with empty lines at their end need JSON: at the end of a document, Helm removes them from YAML. So do texts
    that stand alone: YAML states the indentation of a first line with spaces, which then counts from another place.
    """
    return "json" if any(isinstance(item, str) or _ends_in_empty_lines(item) for item in samples) else "yaml"


def _ends_in_empty_lines(item: Any) -> bool:
    match item:
        case str():
            return item.endswith("\n\n")
        case dict():
            return any(map(_ends_in_empty_lines, item.values()))
        case list():
            return any(map(_ends_in_empty_lines, item))
        case _:
            return False


def parts_of(text: Any) -> tuple[str | Expression, ...] | None:
    """Return the parts of a text, or None for what is no text in every case, such as a choice."""
    match text:
        case str():
            return (text,)
        case Insert():
            return (text.expression,)
        case Text():
            return text.parts
        case _:
            return None


def text_of(parts: Sequence[str | Expression], scope: Scope) -> str:
    """Return a text from strings and expressions."""
    return "".join(part if isinstance(part, str) else str(part.compute(scope)) for part in parts)


def _mapping(node: dict[str, Any], scope: Scope) -> Any:
    found = {
        text_of(key.parts, scope) if isinstance(key, TemplateKey) else key: evaluate(item, scope)
        for key, item in node.items()
    }
    found = {key: item for key, item in found.items() if item is not ABSENT}
    return found if found or not node else ABSENT


def _items(node: list[Any], scope: Scope) -> Any:
    found: list[Any] = []
    variables = next((item for item in node if isinstance(item, Variables)), None)
    given: dict[str, Any] = variables.by_name(scope) if variables else {}
    names = [variable_name(item) if given else "" for item in node]
    for index, item in enumerate(node):
        if names[index] in given:
            found += [given[names[index]]] if names[index] not in names[:index] else []
        elif isinstance(item, Variables):
            found += [one for name, one in given.items() if name not in names]
        elif isinstance(item, Spread):
            found += item.expression.compute(scope) or []
        else:
            data = evaluate(item, scope)
            if data is not ABSENT:
                found.append(data)
    return found if found or not node else ABSENT
