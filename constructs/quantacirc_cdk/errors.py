"""What can go wrong, said for people.

Every error this library raises on purpose is a ``QuantacircError`` holding one or more ``Problem``s. Validation
collects all of them and raises once; the command line prints them one a line and exits with ``exit_status``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One thing that is wrong: where, at which key, what was found and what was expected."""

    file: str = ""
    """The file as the user named it; empty when the problem is not in a file."""
    line: int = 0
    """Line in ``file``, from 1; 0 when unknown."""
    key: str = ""
    """Dotted path inside the file (``network.cidr``), or a construct's path (``prod/ledger``)."""
    what: str
    """What was found."""
    expected: str = ""
    """What was expected, or the nearest valid name."""

    def __str__(self) -> str:
        """Return ``file:line: key: what, expected what`` with the parts that are known."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        said = f"{self.what}, expected {self.expected}" if self.expected else self.what
        return printable(": ".join(part for part in (place, self.key, said) if part))


def printable(text: str) -> str:
    """Return ``text`` with control characters escaped: a hostile file must not steer a terminal or forge a line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


class QuantacircError(Exception):
    """The base of every error raised on purpose; shown without a traceback."""

    exit_status = 2

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(what=problems)
        self.problems: Sequence[Problem] = (problems,) if isinstance(problems, Problem) else tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["QuantacircError"], tuple[tuple[Problem, ...]]]:
        """Keep the problems when the error crosses from a worker process."""
        return type(self), (tuple(self.problems),)


class ModelError(QuantacircError):
    """A system or environment file is not valid."""


class PropsError(QuantacircError):
    """A construct was given properties it cannot use."""


class SchemaError(QuantacircError):
    """A resource does not fit its provider's or API's schema."""


class OutputError(QuantacircError):
    """The output could not be written; what was there before is untouched."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``'"x"'`` for the valid name closest to ``name``, or a short list of names when none is close."""
    names = sorted(valid)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f'"{close[0]}"'
    shown = ", ".join(names[:8])
    return f"one of {shown}{', …' if len(names) > 8 else ''}" if names else "nothing here"
