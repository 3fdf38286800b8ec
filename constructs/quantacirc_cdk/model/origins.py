"""Print a merged environment with the file and line of each value."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from quantacirc_cdk.model.document import Node
from quantacirc_cdk.text.terminal import printable, printable_strings
from quantacirc_cdk.text.yaml import scalar


def with_origins(model: BaseModel, document: Node) -> list[str]:
    """Return the lines of ``model`` as YAML, each value with a comment that names its file and line in ``document``."""
    lines = list(_lines(model.model_dump(mode="json"), document, ""))
    width = min(max(len(text) for text, _ in lines), 72)
    return [f"{text:<{width}}  # {origin}" if origin else text for text, origin in lines]


def _lines(value: dict[str, Any] | list[Any], node: Node | None, indent: str) -> Iterator[tuple[str, str]]:
    items: Iterable[tuple[str | int, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
    for step, item in items:
        child = _child(node, step)
        head = f"{indent}-" if isinstance(step, int) else f"{indent}{printable_strings(scalar(step))}:"
        if isinstance(item, dict | list) and item:
            yield head, ""
            yield from _lines(item, child, indent + "  ")
        else:
            origin = printable(f"{child.file}:{child.line}") if child and child.file else "default"
            yield f"{head} {printable_strings(json.dumps(item, ensure_ascii=False))}", origin


def _child(node: Node | None, step: str | int) -> Node | None:
    if node is None:
        return None
    child = node.find((step,))
    return None if child is node else child
