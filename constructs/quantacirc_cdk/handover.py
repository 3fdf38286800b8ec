"""What one part of a synthesis leaves for others while they run side by side.

Outside a run, ``cdk8s synth`` for one, nothing is left and whoever would take it reads the files instead.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FOLDER = ".handover"
"""Folder beside those of the parts; where it is, there is a run."""

LEFT_OUT = ".left-out.json"
"""End of the name under which a part leaves a list of ``LeftOut``."""


@dataclass(frozen=True, kw_only=True, order=True)
class LeftOut:
    """Something that an output cannot carry."""

    output: str
    """Name of the part, and the environment where it has several."""
    subject: str
    """What is not in it."""
    why: str

    def __str__(self) -> str:
        """Return it as a line."""
        return f"{self.output} has no {self.subject}: {self.why}"


_PAUSE = 0.002
"""Seconds between two looks; a part that fails ends the run, so nobody waits for what never comes."""


def leave(beside: Path, name: str, text: Callable[[], str]) -> None:
    """Leave a text for the other parts of the run whose folders are ``beside``; without a run do nothing."""
    folder = beside / FOLDER
    if folder.is_dir():
        unfinished = folder / f"{name}.part"
        unfinished.write_text(text(), encoding="utf-8")
        unfinished.rename(folder / name)


def take(beside: Path, name: str) -> str | None:
    """Return the text that another part leaves, as soon as it has; None without a run."""
    folder = beside / FOLDER
    if not folder.is_dir():
        return None
    while not (folder / name).exists():
        time.sleep(_PAUSE)
    return (folder / name).read_text(encoding="utf-8")
