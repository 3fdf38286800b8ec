"""What the lock files pin, and the metadata of what of it is installed here."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageMetadata, distributions
from pathlib import Path

from packaging.requirements import Requirement

from support.tools import ROOT, TOOLS

LOCKS = ROOT / "requirements"
INTO_VENV = ("run", "dev")
"""Lock files of ``.venv``; the others are installed in an environment of the same name in ``.tools``."""


@dataclass(frozen=True, order=True)
class Locked:
    """A package of a lock file."""

    lock: str
    name: str
    version: str


def canonical(name: str) -> str:
    """Return the name of a package as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> list[Locked]:
    """Return what a lock file pins for this platform and release of Python."""
    found = []
    for line in (LOCKS / f"{lock}.lock").read_text().splitlines():
        if re.match(r"[A-Za-z0-9]", line) and "==" in line:
            wanted = Requirement(line.rstrip(" \\"))
            if wanted.marker is None or wanted.marker.evaluate():
                (version,) = wanted.specifier
                found.append(Locked(lock, canonical(wanted.name), version.version))
    return found


@cache
def installed(lock: str) -> dict[str, tuple[PackageMetadata, Path]]:
    """Return the metadata, and its folder, of each package in the environment of a lock file."""
    environment = ROOT / ".venv" if lock in INTO_VENV else TOOLS / lock
    places = [str(path) for path in (*environment.glob("lib/python3*/site-packages"), environment)]
    return {
        canonical(one.metadata["Name"]): (one.metadata, Path(str(one.locate_file(""))) / one._path.name)  # type: ignore[attr-defined]
        for one in distributions(path=places)
    }
