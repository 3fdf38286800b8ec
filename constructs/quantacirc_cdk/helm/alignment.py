"""Align lists and texts of several environments: find equal items and lines."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, TypeVar

from quantacirc_cdk.helm.expression import Expression
from quantacirc_cdk.helm.node import Spread, Text

Line = tuple[str | Expression, ...]

_IDENTITIES = (
    ("name",),
    ("alert",),
    ("mountPath",),
    ("apiGroups", "resources", "verbs"),  # Rules of a Role.
    ("ports",),  # Rules of a NetworkPolicy.
    ("secretKey",),  # Data of an ExternalSecret.
)
"""Fields that identify the items of a list, by the type of the items."""


def identities(nodes: Mapping[str, Any]) -> Iterator[tuple[Callable[[Any], Any], tuple[str, ...]]]:
    """Yield functions that identify the items of lists, each with the fields that it reads; none for the whole item.

    First come fields that all items have with different values, last the whole item. A list with duplicate items has no
    such function.
    """
    lists = [[item for item in node if not isinstance(item, Spread)] for node in nodes.values()]
    for fields in _IDENTITIES:

        def identity(item: Any, fields: tuple[str, ...] = fields) -> Any:
            if isinstance(item, Spread):
                return repr(item)
            return item[fields[0]] if fields == ("name",) else repr([item[name] for name in fields])

        having = all(isinstance(item, dict) and item.keys() >= set(fields) for items in lists for item in items)
        if having and all(len({identity(item) for item in items}) == len(items) for items in lists):
            names = fields == ("name",) and all(isinstance(item["name"], str) for items in lists for item in items)
            if names or fields != ("name",):
                yield identity, fields
    if all(len(set(map(repr, node))) == len(node) for node in nodes.values()):
        yield repr, ()


def in_order(lists: list[list[Any]]) -> list[Any] | None:
    """Return the items of all lists in an order that preserves the order of each list; None if there is no such
    order.
    """
    merged: list[Any] = []
    for items in lists:
        at = 0
        for item in items:
            if item in merged:
                if merged.index(item) < at:
                    return None
                at = merged.index(item) + 1
            else:
                merged.insert(at, item)
                at += 1
    return merged


def split(text: str | Text) -> list[Line]:
    """Return the lines of a text with their line ends."""
    lines: list[Line] = []
    current: list[str | Expression] = []
    for part in text.parts if isinstance(text, Text) else (text,):
        if isinstance(part, Expression):
            current.append(part)
            continue
        for piece in part.splitlines(keepends=True):
            current.append(piece)
            if piece.endswith("\n"):
                lines.append(tuple(current))
                current = []
    return [*lines, tuple(current)] if current else lines


def joined(lines: Sequence[Line]) -> str | Text:
    """Return lines as one text."""
    parts: list[str | Expression] = []
    for part in (part for line in lines for part in line):
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    return Text(tuple(parts))


T = TypeVar("T", bound=Hashable)


def aligned(merged: list[tuple[T, set[str]]], lines: list[T], name: str) -> list[tuple[T, set[str]]]:
    """Merge the lines of another environment into the lines merged so far; each line has the names of its
    environments.
    """
    if not merged:
        return [(line, {name}) for line in lines]
    known = [line for line, _ in merged]
    before = _equal(known, lines)
    after = _equal(known[:before:-1], lines[:before:-1])  # Most lines are equal, and matching takes long.
    here, there = len(known) - after, len(lines) - after
    found = [(line, names | {name}) for line, names in merged[:before]]
    matcher = SequenceMatcher(None, known[before:here], lines[before:there], autojunk=False)
    for what, first, last, start, end in matcher.get_opcodes():
        if what == "equal":
            found += [(line, names | {name}) for line, names in merged[before + first : before + last]]
        else:
            found += merged[before + first : before + last]
            found += [(line, {name}) for line in lines[before + start : before + end]]
    return [*found, *((line, names | {name}) for line, names in merged[here:])]


def _equal(some: Sequence[T], others: Sequence[T]) -> int:
    """Return how many items at the beginning of both are equal."""
    pairs = zip(some, others, strict=False)
    return next((index for index, pair in enumerate(pairs) if pair[0] != pair[1]), min(len(some), len(others)))


def runs(merged: list[tuple[Line, set[str]]]) -> list[tuple[list[Line], set[str]]]:
    """Group consecutive lines of the same environments."""
    runs: list[tuple[list[Line], set[str]]] = []
    for line, names in merged:
        if runs and runs[-1][1] == names:
            runs[-1][0].append(line)
        else:
            runs.append(([line], names))
    return runs
