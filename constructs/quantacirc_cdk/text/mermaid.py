"""Mermaid's flowcharts (https://mermaid.js.org/syntax/flowchart.html)."""

import re

_SPECIAL = re.compile(r"[^\w .,:()/-]|_(?=_)", re.ASCII)


def identifier(name: str) -> str:
    """Return a node identifier that cannot be confused with a keyword of Mermaid (``end``, ``graph``)."""
    return "n_" + name.replace("-", "_")


def label(text: str) -> str:
    """Return a quoted label with entity codes for all characters that are special in Mermaid or HTML."""
    return '"' + _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text) + '"'
