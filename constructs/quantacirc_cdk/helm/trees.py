"""Trees of plain data: copies, differences and the texts in them."""

from collections.abc import Iterator
from typing import Any

from quantacirc_cdk.helm.expression import Expression
from quantacirc_cdk.helm.node import ABSENT, Choice, Extended, Found, Insert, Lines, Spread, Text
from quantacirc_cdk.helm.schemas import EXACT


def copy(data: Any) -> Any:
    """Return a copy of plain data."""
    if isinstance(data, dict):
        return {key: copy(item) for key, item in data.items()}
    if isinstance(data, list):
        return [copy(item) for item in data]
    return data


def is_plain(node: Any) -> bool:
    """Return whether a value is plain data without nulls."""
    if isinstance(node, dict):
        return all(is_plain(item) for item in node.values())
    if isinstance(node, list):
        return all(is_plain(item) for item in node)
    return isinstance(node, str | int | float)


def is_exact(node: Any) -> bool:
    """Return whether Helm reads all whole numbers of plain data exactly from a file."""
    if isinstance(node, dict):
        return all(map(is_exact, node.values()))
    if isinstance(node, list):
        return all(map(is_exact, node))
    return not isinstance(node, int) or abs(node) <= EXACT


def texts(node: Any) -> Iterator[str]:
    """Yield the keys, texts and numbers in a node; not the expressions."""
    match node:
        case str():
            yield node
        case dict():
            for key, item in node.items():
                yield key
                yield from texts(item)
        case list() | tuple():
            for item in node:
                yield from texts(item)
        case Text(parts=parts) | Lines(lines=parts):
            yield from texts(parts)
        case Choice():
            yield from texts([node.yes, node.no])
        case Extended():
            yield from texts(node.base)
        case int() | float():
            yield str(node)


def expressions(node: Any) -> Iterator[Expression]:
    """Yield the expressions in a node."""
    match node:
        case dict() | list():
            for item in node.values() if isinstance(node, dict) else node:
                if type(item) is not str:
                    yield from expressions(item)
        case Insert(expression=expression) | Found(expression=expression) | Spread(expression=expression):
            yield expression
        case Text(parts=parts):
            yield from (part for part in parts if isinstance(part, Expression))
        case Choice():
            yield node.condition
            yield from expressions([node.yes, node.no])
        case Lines(lines=lines):
            yield from expressions([*lines])
        case Extended():
            yield from node.more
            yield from expressions(node.base)


def values_of(node: Any, key: str) -> Iterator[Any]:
    """Yield the values of a key in all mappings in a tree."""
    if isinstance(node, dict):
        for name, item in node.items():
            if name == key:
                yield item
            yield from values_of(item, key)
    elif isinstance(node, list):
        for item in node:
            yield from values_of(item, key)


def first_difference(one: Any, other: Any, path: tuple[Any, ...] = ()) -> tuple[tuple[Any, ...], Any, Any]:
    """Return the first place where two trees differ, with both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            if one.get(key, ABSENT) != other.get(key, ABSENT):
                return first_difference(one.get(key, ABSENT), other.get(key, ABSENT), (*path, key))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            if pair[0] != pair[1]:
                return first_difference(*pair, (*path, index))
    return path, one, other
