"""Markdown with GitHub's tables and embedded HTML (https://github.github.com/gfm/)."""

import re
from collections.abc import Iterable, Sequence

from quantacirc_cdk.text.terminal import printable

_MARKUP = re.compile(r"[\\`*\[\]<>&|~$]|(?<!\w)_|_(?!\w)|:(?=\w+:)")
_BLOCK = re.compile(r"[-+#= ]|[0-9]{1,9}[.)](?!\S)")
"""Characters that begin a list, a heading or code at the start of a line."""

_NO_CHARACTERS = "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
_NO_ENTITY = re.compile(f"[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufdd0-\\ufdef{_NO_CHARACTERS}]")


def text(value: str) -> str:
    """Return Markdown that shows ``value`` unchanged in a paragraph, a heading or a table cell.

    A line break becomes ``<br>``. A control character, for which HTML has no entity, is shown escaped.
    """
    marked = {found.start() for found in _MARKUP.finditer(value)}
    if start := _BLOCK.match(value):
        marked.add(start.end() - 1)
    if value.endswith(" "):
        marked.add(len(value) - 1)
    marked |= set(range(len(value) - len(value.lstrip("\n"))))  # A line that contains only `<br>` is not a paragraph.
    return "".join(_character(one, index in marked) for index, one in enumerate(value))


def _character(one: str, marked: bool) -> str:
    if one == "\n" and not marked:
        return "<br>"
    if one in "\n\t" or marked or not (one.isprintable() or _NO_ENTITY.match(one)):
        return f"&#{ord(one)};"
    return printable(one)


def code(value: str) -> str:
    """Return ``value`` as inline code, also for a table cell."""
    if not value.isprintable() or "|" in value or not value.strip():  # A vertical bar ends a cell, even in code.
        return f"<code>{text(value)}</code>"
    longest = max((len(run) for run in re.findall("`+", value)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if value.startswith(("`", " ")) or value.endswith(("`", " ")) else ""
    return f"{fence}{pad}{value}{pad}{fence}"


def message(value: str) -> str:
    """Return a message in which backticks enclose code, as those of errors and notes do; without blanks at its ends."""
    shown = []
    for index, part in enumerate(re.split("`([^`\n]+)`", value)):
        words = part.strip(" ")
        shown.append(code(part) if index % 2 else part.replace(words, text(words)) if words else part)
    return "".join(shown).strip(" ")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table. Cells are Markdown on one line; convert plain text with ``text`` or ``code``."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
