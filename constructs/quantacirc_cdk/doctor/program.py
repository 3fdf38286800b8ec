"""A program that a task needs: its version command, its minimum version, and where to get it."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from enum import Enum

from quantacirc_cdk.limits.versions import release
from quantacirc_cdk.text.terminal import without_colours

SECONDS = 20
"""Timeout in seconds of a version command; some programs load slowly."""
PLUGIN_MISSING = ("unknown command", "is not a docker command")
"""Output of a program without the required plug-in."""
VERSION = re.compile(r"[0-9]+\.[0-9]+(\.[0-9]+)?")


class Status(Enum):
    """Result of looking for a program."""

    OK = "ok"
    MISSING = "missing"
    OLD = "old"
    """Installed, but older than required."""
    BROKEN = "broken"
    """Installed, but does not run."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program on ``PATH``."""

    name: str
    command: tuple[str, ...]
    """Command that prints the version on either output; exit status 0 means that the program works."""
    get: str
    """How to install it: a command, or the URL of its installation page."""
    oldest: tuple[int, ...] = ()
    """Minimum version; any when empty."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A program on this machine."""

    status: Status
    version: str = ""
    place: str = ""
    """Path of the program."""
    said: str = ""
    """Error message of a broken program."""


def look(program: Program) -> Seen:
    """Find a program and its version."""
    place = shutil.which(program.command[0])
    if place is None:
        return Seen(status=Status.MISSING)
    try:
        done = subprocess.run(  # noqa: S603
            [place, *program.command[1:]], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Seen(status=Status.BROKEN, place=place, said=f"does not respond within {SECONDS} s")
    except OSError as error:
        return Seen(status=Status.BROKEN, place=place, said=str(error.strerror or error))
    found = VERSION.search(done.stdout) or VERSION.search(done.stderr)
    version = found[0] if found else ""
    if done.returncode:
        lines = [line for line in without_colours(done.stderr or done.stdout).splitlines() if line.strip()]
        said = lines[0].strip() if lines else f"ends with exit status {done.returncode}"
        if len(program.command) > 2 and any(words in said for words in PLUGIN_MISSING):
            return Seen(status=Status.MISSING)
        return Seen(status=Status.BROKEN, place=place, said=said)
    old = bool(version) and release(version) < program.oldest
    return Seen(status=Status.OLD if old else Status.OK, version=version, place=place)
