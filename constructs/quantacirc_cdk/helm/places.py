"""Places in an object: a path of keys, list indices and names of list items."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Named:
    """The list item with this ``name``."""

    name: str


@dataclass(frozen=True)
class Item:
    """A list item without a ``name``: its position, and a text of it that users recognise; empty if it has none."""

    index: int
    title: str = ""


class _Each:
    """The type of ``EACH``."""

    def __repr__(self) -> str:
        return "*"


EACH = _Each()
"""Every item of a list, or every entry of a mapping."""

Step = str | int | Named | Item | _Each
Path = tuple[Step, ...]
Container = dict[str, Any] | list[Any]


def places(tree: Any, path: Path) -> Iterator[tuple[Any, Any]]:
    """Yield each container and key at ``path``; the last key can be missing."""
    *outer, last = path
    for container in _within(tree, tuple(outer)):
        if isinstance(last, str):
            if isinstance(container, dict):
                yield container, last
        else:
            for key in _keys(container, last):
                yield container, key


def _within(tree: Any, path: Path) -> Iterator[Any]:
    if not path:
        yield tree
        return
    for key in _keys(tree, path[0]):
        yield from _within(tree[key], path[1:])


def _keys(container: Any, step: Step) -> Iterator[Any]:
    match step, container:
        case str(), dict():
            if step in container:
                yield step
        case int(), list():
            if step < len(container):
                yield step
        case Named(), list():
            for index, item in enumerate(container):
                if isinstance(item, dict) and item.get("name") == step.name:
                    yield index
        case _Each(), dict():
            yield from list(container)
        case _Each(), list():
            yield from range(len(container))


def shown(path: tuple[Any, ...]) -> str:
    """Return a path in dotted form: ``spec.template.spec.containers[0].image``."""
    text = ""
    for step in path:
        match step:
            case int():
                text += f"[{step}]"
            case Named():
                text += f"[{step.name}]"
            case Item():
                text += f"[{step.title or step.index}]"
            case str() if "." in step or "/" in step:
                text += f'["{step}"]'
            case _:
                text += f".{step}"
    return text.lstrip(".")
