"""Errors with readable messages.

Every error that this library raises on purpose is a ``QuantacircError`` with one or more ``Problem``s. Validation
collects all problems and raises once. The command line prints one line for each problem, and exits with
``exit_status``.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.text.terminal import printable


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """A problem: where it is, what was found and what was expected."""

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
        """Return ``file:line: key: what, expected what``, without the parts that are unknown."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        said = f"{self.what}, expected {self.expected}" if self.expected else self.what
        return printable(": ".join(part for part in (place, self.key, said) if part))


DEBUG = "QCDK_DEBUG"
"""Environment variable that enables tracebacks; ``qcdk --debug`` sets it."""


def debugging() -> bool:
    """Return whether tracebacks are enabled."""
    return os.environ.get(DEBUG, "") not in ("", "0")


class QuantacircError(Exception):
    """Base class of every error raised on purpose; shown without a traceback."""

    exit_status = 2
    trace: str = ""
    """The original traceback from a worker process, for ``qcdk --debug``."""
    printed: Sequence[str] = ()
    """Lines of another program that explain the problems; the command line prints them last."""

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(what=problems)
        self.problems: Sequence[Problem] = (problems,) if isinstance(problems, Problem) else tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["QuantacircError"], tuple[tuple[Problem, ...]], dict[str, Any]]:
        """Keep the problems when the error is pickled by a worker process."""
        return type(self), (tuple(self.problems),), {"trace": self.trace, "printed": self.printed}


class ModelError(QuantacircError):
    """A system or environment file is not valid."""


class PropsError(QuantacircError):
    """Invalid properties of a construct."""


class SchemaError(QuantacircError):
    """A resource does not match the schema of its provider or API."""


class OutputError(QuantacircError):
    """The output could not be written; the previous output is unchanged."""


class InternalError(QuantacircError):
    """A bug of this library."""

    exit_status = 70
    """EX_SOFTWARE of sysexits.h, which no command uses otherwise."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``'"x"'`` for the valid name that ``name`` is a misspelling of, or the only valid one; else a short list
    of names.
    """
    names = sorted(valid)
    meant = names[0] if len(names) == 1 else alike(name, names)
    if meant is not None:
        return f'"{meant}"'
    shown = ", ".join(names[:SHOWN_NAMES])
    return f"one of {shown}{', …' if len(names) > SHOWN_NAMES else ''}" if names else "nothing here"


SHOWN_NAMES = 8
"""Maximum number of names in a message."""


SHORT_WORD = 6
"""Maximum length of words whose first letter must match."""


def alike(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name that ``name`` is a misspelling of; None if there is none.

    A letter can be missing, additional, wrong or swapped with its neighbour; two letters in words of at least seven
    letters, three in words of at least fourteen. Case and the separators ``-`` and ``_`` are ignored. In a short word,
    the first letter must match: ``node`` is not a misspelling of ``mode``.
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
    """Return the number of edits between two words; None for more than ``most``. Swapped neighbours are one edit."""
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
