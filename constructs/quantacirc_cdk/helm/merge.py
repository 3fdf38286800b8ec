"""One object out of those of several environments; what differs must stand under a declared condition."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any, Protocol, TypeVar

from quantacirc_cdk.helm.expression import Expression, negated
from quantacirc_cdk.helm.node import ABSENT, Choice, Extended, Lines, Spread, Text
from quantacirc_cdk.helm.objects import EVERYTHING, Key, Match
from quantacirc_cdk.helm.places import EACH, Named, Path

Nodes = Mapping[str, Any]
"""By environment, what each has at one place."""

Line = tuple[str | Expression, ...]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What explains that something is there, or is one thing and not another, in some environments only."""

    when: Expression
    on: Match = EVERYTHING
    within: Path = ()
    """The place in the object that it explains, with all below it; ``EACH`` is any step."""
    explains: Callable[[tuple[Any, ...], Any], bool] | None = field(default=None, repr=False)
    """What must hold for the place and the thing that is there in some environments only; anything by default."""
    reason: str = ""
    """Why environments differ in it."""


@dataclass(frozen=True)
class Difference:
    """What differs between environments though nothing declares it."""

    path: tuple[Any, ...]
    nodes: Nodes


class OpenPlaces(Protocol):
    """Places in objects that are a parameter as soon as environments differ there."""

    def open(self, key: Key, path: tuple[Any, ...], nodes: Nodes) -> Any:
        """Return the node that stands for what the environments have at a place, None where it is not open."""
        ...


@dataclass
class Merger:
    """Merges the objects of one key."""

    key: Key
    conditions: Sequence[Condition]
    """Those that are about this object."""
    open_places: Sequence[OpenPlaces]
    holds: Callable[[Expression, str], bool]
    """Whether a condition holds in an environment."""
    differences: list[Difference] = field(default_factory=list)
    """What no condition explains."""

    def merge(self, nodes: Nodes, path: tuple[Any, ...] = ()) -> Any:
        """Return one node for what the environments have at ``path``."""
        found = list(nodes.values())
        first = found[0]
        if all(node == first for node in found[1:]):
            return first
        if any(node is ABSENT for node in found):
            return self._optional(nodes, path)
        kinds = {type(node) for node in found}
        if len(kinds) > 1:
            texts = kinds <= {str, Text}
            return self._lines(nodes, path) if texts else self._alternatives(nodes, path)
        if kinds == {dict}:
            return self._mapping(nodes, path)
        if kinds == {list}:
            return self._list(nodes, path)
        if kinds <= {str, Text}:
            return self._lines(nodes, path)
        if kinds == {Choice} and all(node.condition == first.condition for node in found):
            yes = self.merge({name: node.yes for name, node in nodes.items()}, path)
            return Choice(first.condition, yes, self.merge({name: node.no for name, node in nodes.items()}, path))
        if kinds == {Extended} and all(node.more == first.more for node in found):
            return Extended(self.merge({name: node.base for name, node in nodes.items()}, path), first.more)
        return self._alternatives(nodes, path)

    def _optional(self, nodes: Nodes, path: tuple[Any, ...]) -> Any:
        there = {name: node for name, node in nodes.items() if node is not ABSENT}
        node = self.merge(there, path)
        if _may_be_nothing(node):
            return node
        condition = self.explained(there, nodes, path, node)
        return self._opened(nodes, path, node) if condition is None else Choice(condition, node)

    def _mapping(self, nodes: Nodes, path: tuple[Any, ...]) -> dict[str, Any]:
        keys = sorted({key for node in nodes.values() for key in node})
        return {
            key: self.merge({name: node.get(key, ABSENT) for name, node in nodes.items()}, (*path, key)) for key in keys
        }

    def _list(self, nodes: Nodes, path: tuple[Any, ...]) -> list[Any]:
        for identity, named in _identities(nodes):
            lists = {name: {identity(item): item for item in node} for name, node in nodes.items()}
            merged = _in_order([list(items) for items in lists.values()])
            if merged is not None:
                return [
                    self.merge(
                        {name: items.get(key, ABSENT) for name, items in lists.items()},
                        (*path, Named(key) if named else index),
                    )
                    for index, key in enumerate(merged)
                ]
        return self._disordered(nodes, path)

    def _disordered(self, nodes: Nodes, path: tuple[Any, ...]) -> list[Any]:
        """Merge lists that have the same items in another order: an item may stand in several places."""
        items = {repr(item): item for node in nodes.values() for item in node}
        merged: list[tuple[Any, set[str]]] = []
        for name, node in nodes.items():
            merged = _aligned(merged, [repr(item) for item in node], name)
        return [
            self.merge({name: items[key] if name in names else ABSENT for name in nodes}, (*path, index))
            for index, (key, names) in enumerate(merged)
        ]

    def _lines(self, nodes: Nodes, path: tuple[Any, ...]) -> Any:
        texts = {name: _split(node) for name, node in nodes.items()}
        if all(len(lines) < 2 for lines in texts.values()):
            return self._alternatives(nodes, path)
        merged: list[tuple[Line, set[str]]] = []
        for name, lines in texts.items():
            merged = _aligned(merged, lines, name)
        found: list[Any] = []
        for lines, names in _runs(merged):
            found += self._run(lines, names, nodes, path)
        return Lines(tuple(found))

    def _run(self, lines: list[Line], names: set[str], nodes: Nodes, path: tuple[Any, ...]) -> list[Any]:
        """Return neighbouring lines of the same environments: each under its own condition, or all under one."""
        text = _joined(lines)
        if names == set(nodes):
            return [text]
        there = dict.fromkeys(sorted(names))
        alone = [self.explained(there, nodes, path, _joined([line])) for line in lines]
        if None not in alone:
            return [
                Choice(condition, _joined([line for _, line in group]))
                for condition, group in groupby(zip(alone, lines, strict=True), key=lambda pair: pair[0])
                if condition is not None
            ]
        condition = self.explained(there, nodes, path, text)
        if condition is None:
            self.differences.append(Difference(path, {name: text if name in names else ABSENT for name in nodes}))
            return [text]
        return [Choice(condition, text)]

    def _alternatives(self, nodes: Nodes, path: tuple[Any, ...]) -> Any:
        first = next(iter(nodes.values()))
        yes = {name: node for name, node in nodes.items() if node == first}
        no = {name: node for name, node in nodes.items() if name not in yes}
        condition = self.explained(yes, nodes, path, [first, *no.values()])
        if condition is None:
            return self._opened(nodes, path, first)
        return Choice(condition, first, self.merge(no, path))

    def _opened(self, nodes: Nodes, path: tuple[Any, ...], otherwise: Any) -> Any:
        """Return a parameter for what differs, where a rule says that it may; record a difference elsewhere."""
        for place in self.open_places:
            node = place.open(self.key, path, nodes)
            if node is not None:
                return node
        self.differences.append(Difference(path, nodes))
        return otherwise

    def explained(self, there: Nodes, nodes: Nodes, path: tuple[Any, ...], node: Any) -> Expression | None:
        """Return the condition that holds in just the environments that have a node."""
        for condition in self.conditions:
            if not _covers(condition.within, path) or (condition.explains and not condition.explains(path, node)):
                continue
            holding = {name for name in nodes if self.holds(condition.when, name)}
            if holding == set(there):
                return condition.when
            if holding == set(nodes) - set(there):
                return negated(condition.when)
        return None


def _covers(within: Path, path: tuple[Any, ...]) -> bool:
    return len(within) <= len(path) and all(
        step is EACH or step == found for step, found in zip(within, path, strict=False)
    )


def _may_be_nothing(node: Any) -> bool:
    """Whether a node need not stand under a condition, because an empty value makes it vanish."""
    match node:
        case Spread():
            return True
        case Extended():
            return not node.base
        case Choice():
            return node.no is ABSENT
        case list():
            return all(isinstance(item, Spread) for item in node)
        case _:
            return False


_IDENTITIES = (
    ("name",),
    ("mountPath",),
    ("apiGroups", "resources", "verbs"),  # rules of a Role
    ("ports",),  # rules of a NetworkPolicy
    ("secretKey",),  # data of an ExternalSecret
)
"""Fields that tell the items of a list apart, by what they are items of."""


def _identities(nodes: Nodes) -> Iterator[tuple[Callable[[Any], Any], bool]]:
    """Yield what tells the items of lists apart, and whether it is a name that a path can have.

    First come fields that all items have and no two have alike, at last all that an item is.
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
                yield identity, names
    yield repr, False


def _in_order(lists: list[list[Any]]) -> list[Any] | None:
    """Return the items of all lists in an order that keeps the order of each; None where there is none."""
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


def _split(text: str | Text) -> list[Line]:
    """Return the lines of a text, each with its end."""
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


def _joined(lines: Sequence[Line]) -> str | Text:
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


def _aligned(merged: list[tuple[T, set[str]]], lines: list[T], name: str) -> list[tuple[T, set[str]]]:
    """Return the merged lines, each with its environments, with those of one more environment."""
    if not merged:
        return [(line, {name}) for line in lines]
    found: list[tuple[T, set[str]]] = []
    matcher = SequenceMatcher(None, [line for line, _ in merged], lines, autojunk=False)
    for what, first, last, start, end in matcher.get_opcodes():
        if what == "equal":
            found += [(line, names | {name}) for line, names in merged[first:last]]
        else:
            found += merged[first:last]
            found += [(line, {name}) for line in lines[start:end]]
    return found


def _runs(merged: list[tuple[Line, set[str]]]) -> list[tuple[list[Line], set[str]]]:
    """Return neighbouring lines of the same environments together."""
    runs: list[tuple[list[Line], set[str]]] = []
    for line, names in merged:
        if runs and runs[-1][1] == names:
            runs[-1][0].append(line)
        else:
            runs.append(([line], names))
    return runs
