"""YAML without template expressions: ``values.yaml`` and similar files."""

import json
from typing import Any

from quantacirc_cdk.text.yaml import scalar


def dump(data: Any, depth: int = 0) -> list[str]:
    """Return the lines of a mapping or a list."""
    pad = "  " * depth
    if isinstance(data, dict):
        return [line for key, item in data.items() for line in entry(key, item, depth)]
    return [f"{pad}- {line.lstrip()}" if first else line for item in data for first, line in _item(item, depth)]


def entry(key: str, item: Any, depth: int) -> list[str]:
    """Return the lines of an entry of a mapping."""
    pad = "  " * depth
    if isinstance(item, dict | list) and item:
        return [f"{pad}{scalar(key)}:", *dump(item, depth + 1)]
    return [f"{pad}{scalar(key)}: {leaf(item)}"]


def leaf(item: Any) -> str:
    """Return a value that fits on a line."""
    return scalar(item) if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


def _item(item: Any, depth: int) -> list[tuple[bool, str]]:
    """Return the lines of a list item; the first one is marked."""
    lines = dump(item, depth + 1) if isinstance(item, dict | list) and item else [leaf(item)]
    return [(index == 0, line) for index, line in enumerate(lines)]
