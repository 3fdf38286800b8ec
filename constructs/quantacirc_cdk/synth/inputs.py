"""The state of the files and folders that a run reads."""

import json
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from quantacirc_cdk.synth.ownership import sha256
from quantacirc_cdk.synth.records import text_hash
from quantacirc_cdk.synth.swap import staging_prefix

SOURCES = "apps"
"""Folder of the project's sources, all of which are inputs of a run."""


def sources_of(root: Path) -> dict[str, str] | None:
    """Return the state of every file of the project's sources; None if there is anything but regular files."""
    found: dict[str, str] = {}
    try:
        for entry in files_below(root / SOURCES):
            state = state_of(Path(entry.path))
            if not state:
                return None
            found[os.path.relpath(entry.path, root)] = state
    except OSError:
        return None
    return found


def sources_hash(sources: Mapping[str, str], unrelated: Collection[str]) -> str:
    """Return a hash of the state of the sources without the files of ``Made.unrelated``."""
    related = {
        path: state
        for path, state in sources.items()
        if path not in unrelated and PurePosixPath(path).suffix not in unrelated
    }
    return text_hash(json.dumps(related))


def states_of(root: Path, out: Path, paths: Iterable[str], since: float) -> dict[str, str] | None:
    """Return the state of each path outside of the sources and of the output, by the path relative to ``root``.

    Returns None if one is unknown, or has changed after ``since``, a Unix timestamp.
    """
    known = [folder.absolute() for folder in (root / SOURCES, out)]
    others = [path for path in map(Path, sorted(paths)) if not any(map(path.is_relative_to, known))]
    states = {os.path.relpath(path, root): state_of(path, out) for path in others}
    if None in states.values() or any(_changed_since(path, out, since) for path in others):
        return None
    return {path: state for path, state in states.items() if state is not None}


def state_of(path: Path, out: Path | None = None) -> str | None:
    """Return a hash of a file, or of ``names_in`` a folder; an empty text if it does not exist, None if unknown."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            return text_hash("\0".join(names_in(path, out)))
    except FileNotFoundError:
        return ""
    except OSError:
        return None
    return sha256(path.resolve()) or None if stat.S_ISREG(kind) else None


def names_in(folder: Path, out: Path | None = None) -> list[str]:
    """Return the sorted names in a folder, without those that runs with the output ``out`` change."""
    names = sorted(child.name for child in folder.iterdir())
    if out is None or not _holds_output(folder, out):
        return names
    return [name for name in names if name != out.name and not name.startswith(staging_prefix(out))]


def files_below(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """Yield the files below a folder, sorted, without folders and compiled Python files."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if not entry.is_dir(follow_symlinks=False):
                yield entry
            elif entry.name != "__pycache__":
                yield from files_below(entry.path)


def _changed_since(path: Path, out: Path, moment: float) -> bool:
    if _holds_output(path, out):
        return False  # Changed by the run itself.
    with suppress(FileNotFoundError):
        return path.stat().st_mtime >= moment
    return False


def _holds_output(folder: Path, out: Path) -> bool:
    """Return whether runs change the entries of a folder, because the output is in it."""
    return folder.absolute() == out.absolute().parent
