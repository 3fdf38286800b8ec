"""Layout of ``--help``: lines break between words only, and an example stays a command that you can paste."""

import argparse
import re
import shutil
from collections.abc import Iterator
from typing import Any

MOST_COLUMNS = 100
"""Longer lines are hard to read."""
FEWEST_COLUMNS = 40
COMMENT_COLUMNS = 24
"""Least width of the text beside a command."""

_ROW = re.compile(r"  (\S.*?)(?: {2,}(\S.*))?")
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")


class HelpFormatter(argparse.HelpFormatter):
    """Wraps paragraphs, and keeps indented lines as rows: a command or a status, and its text after two spaces."""

    def __init__(self, prog: str) -> None:
        columns = shutil.get_terminal_size().columns - 2
        super().__init__(prog, width=max(FEWEST_COLUMNS, min(columns, MOST_COLUMNS)))

    def add_usage(self, usage: str | None, *more: Any, **named: Any) -> None:
        """Add the usage; one that a command words itself is wrapped like the others."""
        if usage is not None and usage != argparse.SUPPRESS:
            usage = "\n".join(_wrapped(usage % {"prog": self._prog}, self._width - 7, " " * 7)).lstrip()
        super().add_usage(usage, *more, **named)

    def _fill_text(self, text: str, width: int, indent: str) -> str:  # noqa: ARG002
        return "\n".join(_filled(text, width)) + "\n"

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _wrapped(" ".join(text.split()), width)


def _filled(text: str, width: int) -> Iterator[str]:
    for block in re.sub(r"\s*\\\n\s*", " ", text).strip("\n").split("\n\n"):
        yield from _block(block.split("\n"), width)
        yield ""


def _block(lines: list[str], width: int) -> Iterator[str]:
    """Lay out a title or a paragraph, and the rows below it."""
    paragraph = [line for line in lines if not line.startswith("  ")]
    rows = [found.groups(default="") for line in lines if (found := _ROW.fullmatch(line.rstrip()))]
    if paragraph:
        yield from _wrapped(" ".join(paragraph), width)
    lefts = [left for left, _ in rows if len(left) <= width - COMMENT_COLUMNS - 4]
    column = max(map(len, lefts), default=4) + 4
    for left, right in rows:
        beside = _wrapped(right, width, " " * column)
        if right and len(left) + 4 <= column and max(map(len, beside)) <= width:
            yield f"  {left}".ljust(column) + beside[0].lstrip()
            yield from beside[1:]
        else:
            yield from _command(left, width)
            yield from _wrapped(right, width, " " * 8) if right else ()


def _command(text: str, width: int) -> Iterator[str]:
    """Break a long command between its arguments, with a backslash as a shell reads it."""
    line = " "
    for word in _WORD.findall(text):
        if len(line) + len(word) + 3 > width and line.strip():
            yield f"{line} \\"
            line = "   "
        line += f" {word}"
    yield line


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    import textwrap

    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [""]
