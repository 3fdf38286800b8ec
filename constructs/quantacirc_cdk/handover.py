"""Pass data between parts of a synthesis that run in parallel.

Outside of a run, for example with ``cdk8s synth``, nothing is passed, and the other part reads the files instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from quantacirc_cdk.errors import Problem, QuantacircError

FOLDER = ".handover"
"""Folder beside those of the parts; it exists only during a run."""

FINISHED = ".finished"
"""Suffix of the name of a file that says that a part has ended."""
LEFT_OUT = ".left-out.json"
"""Suffix of the name under which a part passes a list of ``LeftOut``."""


@dataclass(frozen=True, kw_only=True, order=True)
class LeftOut:
    """A feature that an output cannot represent."""

    output: str
    """Name of the part, with the environment if it has several."""
    subject: str
    """What the output does not contain."""
    why: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.output} has no {self.subject}: {self.why}"


LOOK = "look"
"""What processes of a run tell each other: look again, something was passed on, or a part has ended."""

WAIT = "wait"
"""What a process that waits tells the process that runs the parts, which answers with ``LOOK`` if there is news."""

_others: Connection | None = None
"""To the process that runs the parts, which tells the others; None in a process that runs no part."""


def tell_through(connection: Connection) -> None:
    """Make this process one that runs a part: it tells the others about what it passes through the process that runs
    the parts, and hears from it about what others pass.
    """
    global _others
    _others = connection


def leave(beside: Path, name: str, text: Callable[[], str]) -> None:
    """Pass a text to the other parts of the run, whose folders are in ``beside``; does nothing outside of a run.

    A later run can keep what the part has written, and pass the text itself, if ``name`` begins with the part's name
    and, for a text of one environment, the environment's: ``helm.parity.json``, ``kubernetes.prod.json``.
    """
    folder = beside / FOLDER
    if folder.is_dir():
        unfinished = folder / f"{name}.part"
        unfinished.write_text(text(), encoding="utf-8")
        unfinished.replace(folder / name)
        if _others is not None:
            _others.send(LOOK)


def take(beside: Path, name: str) -> str | None:
    """Return the text that another part passes, and wait for it; None outside of a run.

    Raises ``QuantacircError`` if the other part ends without it.
    """
    folder = beside / FOLDER
    if not folder.is_dir():
        return None
    part = name.partition(".")[0]
    while not (folder / name).exists():
        ended = (folder / f"{part}{FINISHED}").exists() or _others is None
        if ended and not (folder / name).exists():
            raise QuantacircError(Problem(what=f"{part} has ended without {name}", expected="what its app writes"))
        if _others is not None:
            _others.send(WAIT)
            _others.recv()
    return (folder / name).read_text(encoding="utf-8")


def finish(beside: Path, part: str) -> None:
    """Tell the other parts of a run that a part passes nothing more."""
    (beside / FOLDER / f"{part}{FINISHED}").touch()


def handed(beside: Path) -> dict[str, str]:
    """Return what the parts of a run have passed to each other, by name."""
    paths = sorted((beside / FOLDER).iterdir())
    return {path.name: path.read_text(encoding="utf-8") for path in paths if not path.name.endswith(FINISHED)}


def left_before(beside: Path, name: str) -> str | None:
    """Return a text that an earlier run has left, and which is still right; None if there is none."""
    file = beside / FOLDER / name
    return file.read_text(encoding="utf-8") if file.exists() else None
