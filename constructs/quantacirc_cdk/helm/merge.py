"""Merge the objects of several environments into one; every difference needs a declared condition."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Protocol

from quantacirc_cdk.helm.alignment import Line, aligned, identities, in_order, joined, runs, split
from quantacirc_cdk.helm.derived_names import titles
from quantacirc_cdk.helm.expression import Expression, negated
from quantacirc_cdk.helm.node import ABSENT, Choice, Extended, Lines, Spread, Text, same
from quantacirc_cdk.helm.objects import EVERYTHING, Key, Match
from quantacirc_cdk.helm.peers import any_peer
from quantacirc_cdk.helm.places import EACH, Item, Named, Path

Nodes = Mapping[str, Any]
"""The values of the environments at one place."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """The reason why something is present, or has a certain value, in some environments only."""

    when: Expression
    on: Match = EVERYTHING
    within: Path = ()
    """The place in the object that it applies to, with everything below; ``EACH`` is any step."""
    explains: Callable[[tuple[Any, ...], Any], bool] | None = field(default=None, repr=False)
    """Test of the place and the differing value; always true by default."""
    reason: str = ""
    """Reason for the difference."""
    certain: bool = True
    """Whether ``explains`` looks for the name of what it depends on; others are asked after all certain ones."""


class Permitted(Protocol):
    """Places at which rules permit a difference, which becomes a parameter."""

    def node(self, key: Key, path: tuple[Any, ...], nodes: Nodes) -> Any:
        """Return the node for the values of the environments at a place; None if no rule permits a difference there."""
        ...


class AllOthers(Protocol):
    """Creates a parameter for any other difference."""

    def node(self, key: Key, path: tuple[Any, ...], nodes: Nodes, merged: Any) -> Any:
        """Return the node for the values of the environments at a place; ``merged`` is the node if some have no
        value.
        """
        ...

    def present(self, key: Key, path: tuple[Any, ...], there: Iterable[str], nodes: Nodes) -> Expression:
        """Return the condition that is true in exactly the environments with a value."""
        ...


@dataclass
class Merger:
    """Merges the objects of one key."""

    key: Key
    conditions: Sequence[Condition]
    """Conditions of this object."""
    permitted: Permitted
    others: AllOthers
    """Creates a parameter for a difference without a condition or a permitted difference."""
    holds: Callable[[Expression, str], bool]
    """Returns whether a condition is true in an environment."""

    def merge(self, nodes: Nodes, path: tuple[Any, ...] = ()) -> Any:
        """Return one node for the values of the environments at ``path``."""
        found = list(nodes.values())
        first = found[0]
        if all(same(node, first) for node in found[1:]):
            return first
        if any(node is ABSENT for node in found):
            return self._optional(nodes, path)
        kinds = {type(node) for node in found}
        if len(kinds) > 1:
            texts = kinds <= {str, Text}
            return self._lines(nodes, path) if texts else self._alternatives(nodes, path)
        if kinds in ({dict}, {list}) and not all(found):
            # An empty list or mapping is a value; one whose items are all conditional would be absent.
            return self._alternatives(nodes, path)
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
            # An empty base is no value here: more entries follow.
            return Extended(self._mapping({name: node.base for name, node in nodes.items()}, path), first.more)
        return self._alternatives(nodes, path)

    def _optional(self, nodes: Nodes, path: tuple[Any, ...]) -> Any:
        there = {name: node for name, node in nodes.items() if node is not ABSENT}
        node = self.merge(there, path)
        if self._is_nothing(node, nodes.keys() - there.keys()) or any_peer(self.key, path, node):
            return node
        condition = self.explained(there, nodes, path, node)
        return self._parameter(nodes, path, node) if condition is None else Choice(condition, node)

    def _is_nothing(self, node: Any, where: Iterable[str]) -> bool:
        """Return whether a node needs no condition, because values remove it in these environments."""
        match node:
            case Spread():
                return True
            case Extended():
                return not node.base
            case Choice():
                return node.no is ABSENT and not any(self.holds(node.condition, name) for name in where)
            case list():
                return bool(node) and all(isinstance(item, Spread) for item in node)
            case _:
                return False

    def _mapping(self, nodes: Nodes, path: tuple[Any, ...]) -> dict[str, Any]:
        keys = sorted({key for node in nodes.values() for key in node})
        return {
            key: self.merge({name: node.get(key, ABSENT) for name, node in nodes.items()}, (*path, key)) for key in keys
        }

    def _list(self, nodes: Nodes, path: tuple[Any, ...]) -> Any:
        for identity, fields in identities(nodes):
            lists = {name: {identity(item): item for item in node} for name, node in nodes.items()}
            merged = in_order([list(items) for items in lists.values()])
            if merged is not None:
                each = {key: item for items in lists.values() for key, item in items.items()}
                called = titles([each[key] for key in merged], fields)
                return [
                    self.merge(
                        {name: items.get(key, ABSENT) for name, items in lists.items()},
                        (*path, Named(key) if fields == ("name",) else Item(index, called[index])),
                    )
                    for index, key in enumerate(merged)
                ]
        return self._disordered(nodes, path)

    def _disordered(self, nodes: Nodes, path: tuple[Any, ...]) -> list[Any]:
        """Merge lists with the same items in different orders: an item can have several positions."""
        items = {repr(item): item for node in nodes.values() for item in node}
        merged: list[tuple[Any, set[str]]] = []
        for name, node in nodes.items():
            merged = aligned(merged, [repr(item) for item in node], name)
        called = titles([items[key] for key, _ in merged])
        return [
            self.merge(
                {name: items[key] if name in names else ABSENT for name in nodes}, (*path, Item(index, called[index]))
            )
            for index, (key, names) in enumerate(merged)
        ]

    def _lines(self, nodes: Nodes, path: tuple[Any, ...]) -> Any:
        texts = {name: split(node) for name, node in nodes.items()}
        if all(len(lines) < 2 for lines in texts.values()) or not all(map(_ends_a_line, texts.values())):
            return self._alternatives(nodes, path)
        merged: list[tuple[Line, set[str]]] = []
        for name, lines in texts.items():
            merged = aligned(merged, lines, name)
        found: list[Any] = []
        plain = all(isinstance(node, str) for node in nodes.values())
        if plain and not all(self._explains(lines, names, nodes, path) for lines, names in runs(merged)):
            # One value holds the text, so that users can set another one.
            return self._alternatives(nodes, path)
        for lines, names in runs(merged):
            found += self._run(lines, names, nodes, path)
        return Lines(tuple(found))

    def _explains(self, lines: list[Line], names: set[str], nodes: Nodes, path: tuple[Any, ...]) -> bool:
        """Return whether all environments have consecutive lines, or conditions explain which do."""
        there = dict.fromkeys(sorted(names))
        return (
            names == set(nodes)
            or all(self.explained(there, nodes, path, joined([line])) is not None for line in lines)
            or self.explained(there, nodes, path, joined(lines)) is not None
        )

    def _run(self, lines: list[Line], names: set[str], nodes: Nodes, path: tuple[Any, ...]) -> list[Any]:
        """Return consecutive lines of the same environments: each under its own condition, or all under one."""
        text = joined(lines)
        if names == set(nodes):
            return [text]
        there = dict.fromkeys(sorted(names))
        alone = [self.explained(there, nodes, path, joined([line])) for line in lines]
        if None not in alone:
            return [
                Choice(condition, joined([line for _, line in group]))
                for condition, group in groupby(zip(alone, lines, strict=True), key=lambda pair: pair[0])
                if condition is not None
            ]
        condition = self.explained(there, nodes, path, text)
        return [Choice(condition or self.others.present(self.key, path, there, nodes), text)]

    def _alternatives(self, nodes: Nodes, path: tuple[Any, ...]) -> Any:
        first = next(iter(nodes.values()))
        yes = {name: node for name, node in nodes.items() if same(node, first)}
        no = {name: node for name, node in nodes.items() if name not in yes}
        condition = self.explained(yes, nodes, path, [first, *no.values()])
        if condition is None:
            return self._parameter(nodes, path, first)
        return Choice(condition, first, self.merge(no, path))

    def _parameter(self, nodes: Nodes, path: tuple[Any, ...], otherwise: Any) -> Any:
        """Return a parameter for a difference: the one that a rule names, or a generated one."""
        node = self.permitted.node(self.key, path, nodes)
        return node if node is not None else self.others.node(self.key, path, nodes, otherwise)

    def explained(self, there: Nodes, nodes: Nodes, path: tuple[Any, ...], node: Any) -> Expression | None:
        """Return the condition that is true in exactly the environments with the node."""
        for condition in self.conditions:
            if not _covers(condition.within, path) or (condition.explains and not condition.explains(path, node)):
                continue
            holding = {name for name in nodes if self.holds(condition.when, name)}
            if holding == set(there):
                return condition.when
            if holding == set(nodes) - set(there):
                return negated(condition.when)
        return None


def _ends_a_line(lines: Sequence[Line]) -> bool:
    """Return whether a text ends with a line end, as every block with conditional lines does."""
    last = lines[-1][-1] if lines else ""
    return isinstance(last, str) and last.endswith("\n")


def _covers(within: Path, path: tuple[Any, ...]) -> bool:
    return len(within) <= len(path) and all(
        step is EACH or step == found for step, found in zip(within, path, strict=False)
    )
