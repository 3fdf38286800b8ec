"""What can go wrong, said for people.

Every error this library raises on purpose is a ``QuantacircError`` holding one or more ``Problem``s. Validation
collects all of them and raises once; the command line prints them one a line and exits with ``exit_status``.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quantacirc_cdk.text.terminal import printable


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One thing that is wrong: where, at which key, what was found and what was expected."""

    file: str = ""
    """The file as the user named it; empty when the problem is not in a file."""
    line: int = 0
    """Line in ``file``, from 1; 0 when unknown."""
    key: str = ""
    """Dotted path inside the file (``network.cidr``), or a construct's path (``prod/orders``)."""
    what: str
    """What was found."""
    expected: str = ""
    """What was expected, or the nearest valid name."""

    def __str__(self) -> str:
        """Return ``file:line: key: what, expected what`` with the parts that are known."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        said = f"{self.what}, expected {self.expected}" if self.expected else self.what
        return printable(": ".join(part for part in (place, self.key, said) if part))


DEBUG = "QCDK_DEBUG"
"""Environment variable: whether tracebacks are shown; ``qcdk --debug`` sets it."""


def debugging() -> bool:
    """Return whether tracebacks are wanted."""
    return os.environ.get(DEBUG, "") not in ("", "0")


class QuantacircError(Exception):
    """The base of every error raised on purpose; shown without a traceback."""

    exit_status = 2
    trace: str = ""
    """The traceback of what is behind it, where that happened in another process; ``qcdk --debug`` prints it."""

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(what=problems)
        self.problems: Sequence[Problem] = (problems,) if isinstance(problems, Problem) else tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["QuantacircError"], tuple[tuple[Problem, ...]], dict[str, str]]:
        """Keep the problems when the error crosses from a worker process."""
        return type(self), (tuple(self.problems),), {"trace": self.trace}


class ModelError(QuantacircError):
    """A system or environment file is not valid."""


class PropsError(QuantacircError):
    """A construct was given properties it cannot use."""


class SchemaError(QuantacircError):
    """A resource does not fit its provider's or API's schema."""


class OutputError(QuantacircError):
    """The output could not be written; what was there before is untouched."""


class InternalError(QuantacircError):
    """A fault of this library: nothing that was given explains it."""

    exit_status = 70
    """EX_SOFTWARE of sysexits.h: no command uses it for anything else."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``'"x"'`` for the valid name that ``name`` is a slip of, or the only one; else a short list of names."""
    names = sorted(valid)
    meant = names[0] if len(names) == 1 else alike(name, names)
    if meant is not None:
        return f'"{meant}"'
    shown = ", ".join(names[:SHOWN_NAMES])
    return f"one of {shown}{', …' if len(names) > SHOWN_NAMES else ''}" if names else "nothing here"


SHOWN_NAMES = 8
"""Names that a message lists before it leaves the rest out."""


SHORT_WORD = 6
"""Letters below which a word with another first letter is another word."""


def alike(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name that differs from ``name`` by a slip of the keyboard, None where there is none.

    A letter may be missing, additional, wrong or swapped with its neighbor; in words of seven letters two, in words of
    fourteen three. Case does not count, nor whether ``-``, ``_`` or nothing stands between words. A short word that
    starts otherwise is another word: ``node`` is not ``mode``.
    """
    given = _letters(name)
    best: tuple[int, str] | None = None
    for candidate in sorted(valid):
        letters = _letters(candidate)
        longest = max(len(given), len(letters))
        if given[:1] != letters[:1] and longest < SHORT_WORD:
            continue
        edits = _edits(given, letters, most=1 + longest // 7)
        if edits is not None and (best is None or edits < best[0]):
            best = (edits, candidate)
    return best[1] if best else None


def _letters(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _edits(one: str, other: str, most: int) -> int | None:
    """Return the number of edits between two words, None for more than ``most``; swapped neighbors are one edit."""
    if abs(len(one) - len(other)) > most:
        return None
    older: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one):
        row = [i + 1]
        for j, wanted in enumerate(other):
            row.append(min(last[j + 1] + 1, row[j] + 1, last[j] + (letter != wanted)))
            if i and j and letter == other[j - 1] and one[i - 1] == wanted:
                row[-1] = min(row[-1], older[j - 1] + 1)
        if min(row) > most:
            return None
        older, last = last, row
    return last[-1] if last[-1] <= most else None
