"""Trees of plain data: copies and differences."""

from typing import Any

from quantacirc_cdk.helm.node import ABSENT


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
