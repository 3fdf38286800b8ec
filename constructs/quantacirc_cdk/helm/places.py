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
    *outer, last = path
    containers = [tree]
    for step in outer:
        containers = [container[key] for container in containers for key in _keys(container, step)]
    for container in containers:
        if isinstance(last, str):
            if isinstance(container, dict):
                yield container, last
        else:
            for key in _keys(container, last):
                yield container, key


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
