"""Mermaid's flowcharts (https://mermaid.js.org/syntax/flowchart.html)."""

import re

_SPECIAL = re.compile(r"[^\w .,:()/-]|_(?=_)", re.ASCII)


def identifier(name: str) -> str:
    """Return a node's identifier that no word of Mermaid's (``end``, ``graph``) can be taken for."""
    return "n_" + name.replace("-", "_")


def label(text: str) -> str:
    """Return a label in quotes, every character that Mermaid or HTML may take for its own as an entity code."""
    return '"' + _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text) + '"'
