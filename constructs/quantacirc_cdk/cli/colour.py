"""Colour: the one place that decides whether a stream gets it, and the only one that writes it.

The rules are those of https://no-color.org and https://force-color.org: a value in ``NO_COLOR`` turns colour off, and
else one in ``FORCE_COLOR`` turns it on, also in a pipe (``FORCE_COLOR=0`` turns it off). Without either, a terminal
gets colour unless ``TERM`` is ``dumb``.
"""

import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console

    from quantacirc_cdk.diff import Report

BOLD, DIM, RED, GREEN, YELLOW, CYAN, BOLD_RED = "1", "2", "31", "32", "33", "36", "1;31"
Rule: TypeAlias = "tuple[str, str]"
"""A regular expression and the colour of its first group, in a line. The first rules win."""

UNIFIED: Sequence[Rule] = (
    (r"^((?:---|\+\+\+) .*)", BOLD),
    (r"^(@@.*)", CYAN),
    (r"^(\+.*)", GREEN),
    (r"^(-.*)", RED),
)
"""``diff -u``."""
DOCTOR: Sequence[Rule] = (
    (r"^ *(✓)", GREEN),
    (r"^ *(✗.*)", RED),
    (r"^ +(- .*)", YELLOW),
    (r"^(?:✓ )?(\S+:)", BOLD),
)
ORIGINS: Sequence[Rule] = ((r"(  # [^\"]*)$", DIM), (r"^ *(?:- )?([^\s:\"]+|\"[^\"]*\"):", CYAN))
"""YAML with a comment after each value."""


def coloured(stream: TextIO) -> bool:
    """Return whether ``stream`` gets colour."""
    if os.environ.get("NO_COLOR"):
        return False
    if forced := os.environ.get("FORCE_COLOR"):
        return forced != "0"
    return animated(stream)


def animated(stream: TextIO) -> bool:
    """Return whether ``stream`` is a terminal that can change what it shows."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def painted(text: str, rules: Iterable[Rule], stream: TextIO | None = None) -> str:
    """Return ``text`` with colours for ``stream``, by default standard output; unchanged if it gets none."""
    if not coloured(stream or sys.stdout):
        return text
    compiled = [(re.compile(pattern), colour) for pattern, colour in rules]
    return "\n".join(_line(line, compiled) for line in text.split("\n"))


def _line(line: str, rules: "list[tuple[re.Pattern[str], str]]") -> str:
    spans: list[tuple[int, int, str]] = []
    for pattern, colour in rules:
        if found := pattern.search(line):
            start, end = found.span(1)
            if all(end <= begun or start >= ended for begun, ended, _ in spans):
                spans.append((start, end, colour))
    for start, end, colour in sorted(spans, reverse=True):
        line = f"{line[:start]}\x1b[{colour}m{line[start:end]}\x1b[0m{line[end:]}"
    return line


def differences() -> Sequence[Rule]:
    """Return the rules for the text of ``qcdk diff``: signs, and effects by how harmful they are."""
    from quantacirc_cdk.diff import Impact

    harmful, noticed = (
        "|".join(re.escape(one.title) for one in Impact if chosen(one))
        for chosen in (
            lambda one: one > Impact.ROLLING_RESTART,
            lambda one: one in (Impact.ROLLING_RESTART, Impact.WEAKER_DELIVERY, Impact.WIDENS_ACCESS),
        )
    )
    return (
        (rf"(?:: |[0-9] )({harmful})(?:$|,)", BOLD_RED),
        (rf"(?:: |[0-9] )({noticed})(?:$|,)", YELLOW),
        # An object; further right, an item of a list.
        (r"^  (\+ .*?)(?:: [^:]*)?$", GREEN),
        (r"^  (- .*?)(?:: [^:]*)?$", RED),
        (r"^  (~ .*?)(?:: [^:]*)?$", YELLOW),
        (r"^ {6,}(\+ .*)$", GREEN),
        (r"^ {6,}(- .*)$", RED),
        (r"^ {6,}(~ \S+)", YELLOW),
        (r"^(\S[^:]*|verdict: .*)$", BOLD),
        (r"^ +(https://\S+)$", DIM),
    )


def compared(report: "Report") -> str:
    """Return the text of ``qcdk diff`` for standard output, in its colours and as wide as the terminal."""
    from quantacirc_cdk.diff.text import as_text

    return as_text(report, paint=lambda text: painted(text, differences()))


def error(text: object, kind: str = "error") -> None:
    """Print an error on standard error, or a note or another ``kind`` of message."""
    colour = BOLD_RED if kind == "error" else YELLOW
    print(painted(f"{kind}: {text}", [(rf"^({kind}:)", colour)], sys.stderr), file=sys.stderr)


def console(stream: TextIO | None = None) -> "Console":
    """Return a console of rich that follows the same rules."""
    from rich.console import Console

    stream = stream or sys.stdout
    return Console(
        file=stream,
        force_terminal=animated(stream),
        color_system="standard" if coloured(stream) else None,
    )
