"""Places in an object: a path of keys, list indices and names of list items."""

from collections.abc import Iterator, Sequence
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
    return _below(tree, path, 0, len(path) - 1)


def _below(container: Any, path: Path, at: int, last: int) -> Iterator[tuple[Any, Any]]:
    while at < last and type(step := path[at]) is str:
        if not isinstance(container, dict) or step not in container:
            return
        container = container[step]
        at += 1
    step = path[at]
    if at < last:
        for key in _keys(container, step):
            yield from _below(container[key], path, at + 1, last)
    elif type(step) is not str:
        for key in _keys(container, step):
            yield container, key
    elif isinstance(container, dict):
        yield container, step


def _keys(container: Any, step: Step) -> Sequence[Any]:
    if isinstance(container, dict):
        if step is EACH:
            return list(container)
        return (step,) if isinstance(step, str) and step in container else ()
    if not isinstance(container, list):
        return ()
    match step:
        case Named(name=name):
            return [at for at, item in enumerate(container) if isinstance(item, dict) and item.get("name") == name]
        case int():
            return (step,) if step < len(container) else ()
        case _Each():
            return range(len(container))
        case _:
            return ()


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
