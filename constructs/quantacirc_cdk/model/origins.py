"""Print a merged environment so that every value names the file and line it was written at."""

import json
from collections.abc import Iterator

from pydantic import BaseModel

from quantacirc_cdk.model.document import Node


def with_origins(model: BaseModel, document: Node) -> list[str]:
    """Return the lines of ``model`` as YAML, each value with a comment that says where in ``document`` it is from."""
    lines = list(_lines(model.model_dump(mode="json"), document, ""))
    width = min(max(len(text) for text, _ in lines), 72)
    return [f"{text:<{width}}  # {origin}" if origin else text for text, origin in lines]


def _lines(value: object, node: Node | None, indent: str) -> Iterator[tuple[str, str]]:
    items = value.items() if isinstance(value, dict) else [("-", item) for item in value]  # type: ignore[attr-defined]
    for index, (key, item) in enumerate(items):
        child = _child(node, index if key == "-" else key)
        head = f"{indent}-" if key == "-" else f"{indent}{key}:"
        if isinstance(item, dict | list) and item:
            yield head, ""
            yield from _lines(item, child, indent + "  ")
        else:
            origin = f"{child.file}:{child.line}" if child and child.file else "default"
            yield f"{head} {json.dumps(item, ensure_ascii=False)}", origin


def _child(node: Node | None, step: str | int) -> Node | None:
    if node is None:
        return None
    child = node.find((step,))
    return None if child is node else child
