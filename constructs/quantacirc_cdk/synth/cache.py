"""Detect that nothing has changed since a run, so that the next one can be skipped.

A run writes a record to the user's cache folder. Its name is a hash of the request, the project's ``apps/`` folder, the
versions of all installed packages, and the relevant environment variables. It lists what else the run read, and the
hash of the marker in the output. A run is skipped if there is a record of the request, the listed files are unchanged,
and the output contains exactly the files of its marker.

An unreadable record, or one of another request, is ignored. You can delete the folder at any time.
"""

import hashlib
import json
import os
import platform
import stat
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.reading import parse_json, read_file
from quantacirc_cdk.synth.ownership import MARKER, read_incomplete, read_listing, sha256
from quantacirc_cdk.synth.summary import Summary
from quantacirc_cdk.synth.swap import staging_prefix

FOLDER = "QCDK_CACHE_DIR"
"""Environment variable: the folder of the records; by default ``quantacirc-cdk`` in the user's cache folder. Empty to
keep none."""

PACKAGE = Path(__file__).resolve().parents[1]
_FORMAT = 1
_KEPT = 100
"""Maximum number of records in the folder; the oldest are removed."""
_OWN = ("CDK8S_", "CDKTF_", "JSII_", "NODE_", "PYTHON", "QCDK_")
"""Prefixes of the environment variables that the package and its engines read; an app of the project can read any."""
_OF_A_TERMINAL = frozenset("_ COLORTERM COLUMNS LINES OLDPWD PWD SHLVL TERM WINDOWID QCDK_CACHE_DIR QCDK_DEBUG".split())
"""Variables that differ between terminals or calls."""


@dataclass(frozen=True, kw_only=True)
class Cache:
    """The record of a request: the project, output, environments and parts."""

    root: Path
    out: Path
    environments: Sequence[str] = ()
    only: Sequence[str] = ()

    def unchanged(self) -> Summary | None:
        """Return the result of a run that would change nothing; None if a run is necessary."""
        began = time.monotonic()
        record = self._record()
        if record is None or not self._is_current(record):
            return None
        return Summary(
            out=self.out,
            files=record["files"],
            changed=[],
            edited=[],
            left_out=record["left_out"],
            failed={},
            seconds=time.monotonic() - began,
        )

    def keep(self, summary: Summary) -> None:
        """Record a run of this request; does nothing for a run with failures.

        Create the cache and call ``unchanged`` before the run, because the record is about the files at that time.
        """
        file = self._file
        if file is None or summary.failed or summary.read is None or self._sources != _below(self.root / "apps"):
            return
        since = time.time() - summary.seconds
        others = [path for path in map(Path, sorted(summary.read)) if not self._is_known(path)]
        states = {os.path.relpath(path, self.root): self._state_now(path) for path in others}
        record = {
            "others": states,
            "marker": sha256(self.out / MARKER),
            "files": summary.files,
            "left_out": summary.left_out,
        }
        if None in states.values() or any(self._changed_since(path, since) for path in others):
            return
        text = json.dumps(record, sort_keys=True)
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished = file.with_suffix(f".{os.getpid()}")
            unfinished.write_text(f"{_hash(text)}\n{text}", encoding="utf-8")
            unfinished.replace(file)
            _remove_oldest(file.parent)

    @cached_property
    def _file(self) -> Path | None:
        folder = _folder()
        return None if folder is None or self._sources is None else folder / f"{self._key}.json"

    @cached_property
    def _sources(self) -> str | None:
        return _below(self.root / "apps")

    @cached_property
    def _key(self) -> str:
        own_python = any((self.root / "apps").rglob("*.py"))
        variables = {
            name: text
            for name, text in os.environ.items()
            if (own_python or name.startswith(_OWN)) and name not in _OF_A_TERMINAL
        }
        asked = {
            "format": _FORMAT,
            "root": str(self.root.resolve()),
            "out": os.path.relpath(self.out, self.root),
            "environments": sorted(set(self.environments)),
            "only": sorted(set(self.only)),
            "folder": os.path.relpath(Path.cwd(), self.root),
            "sources": self._sources,
            "variables": variables,
            "python": [sys.version, platform.platform()],
            "installed": _installed(),
            "package": _stamps(PACKAGE),
            "provider schemas": [_state(folder / "provider-schemas") for folder in (self.root, Path.cwd())],
        }
        return _hash(json.dumps(asked, sort_keys=True))

    def _record(self) -> Mapping[str, Any] | None:
        if self._file is None:
            return None
        with suppress(QuantacircError, ValueError, OSError):
            digest, _, text = read_file(self._file, str(self._file), expected="a record").decode().partition("\n")
            if digest == _hash(text):
                with suppress(OSError):
                    os.utime(self._file)  # The oldest records are removed first.
                record: dict[str, Any] = parse_json(text)
                return record
        return None

    def _is_current(self, record: Mapping[str, Any]) -> bool:
        return (
            record["marker"] == sha256(self.out / MARKER)
            and all(self._state_now(self.root / path) == state for path, state in record["others"].items())
            and not read_incomplete(self.out)
            and all(sha256(self.out / name) in digests for name, digests in read_listing(self.out).items())
        )

    def _state_now(self, path: Path) -> str | None:
        """Return the state of a path; for the folder of the output, without the entries that runs change."""
        return _state(path, self.out)

    def _changed_since(self, path: Path, moment: float) -> bool:
        if holds_output(path, self.out):
            return False  # Changed by the run itself.
        with suppress(FileNotFoundError):
            return path.stat().st_mtime >= moment
        return False

    def _is_known(self, path: Path) -> bool:
        """Return whether a path is in ``apps/`` or in the output."""
        return any(path.is_relative_to(folder.absolute()) for folder in (self.root / "apps", self.out))


def _folder() -> Path | None:
    if (given := os.environ.get(FOLDER)) is not None:
        return Path(given) if given else None
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "quantacirc-cdk"
    except RuntimeError:  # A container's arbitrary user has no home.
        return None


def _below(folder: Path) -> str | None:
    """Return a hash of everything below a folder; None if it contains anything but regular files."""
    found = hashlib.sha256()
    try:
        for entry in files_below(folder):
            state = _state(Path(entry.path))
            if not state:
                return None
            found.update(f"{entry.path}\0{state}\0".encode(errors="surrogateescape"))
    except OSError:
        return None
    return found.hexdigest()


def holds_output(folder: Path, out: Path) -> bool:
    """Return whether runs change the entries of a folder, because the output is in it."""
    return folder.absolute() == out.absolute().parent


def names_in(folder: Path, out: Path | None = None) -> list[str]:
    """Return the sorted names in a folder, without those that runs with the output ``out`` change."""
    names = sorted(child.name for child in folder.iterdir())
    if out is None or not holds_output(folder, out):
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


def _state(path: Path, out: Path | None = None) -> str | None:
    """Return a hash of a file, or of ``names_in`` a folder; an empty text if it does not exist, None if unknown."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            return _hash("\0".join(names_in(path, out)))
    except FileNotFoundError:
        return ""
    except OSError:
        return None
    return sha256(path.resolve()) or None if stat.S_ISREG(kind) else None


def _installed() -> list[str]:
    """Return the names and versions of all installed packages, from the names of their metadata."""
    found: set[str] = set()
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or ".") as entries:
            found.update(entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    return sorted(found)


def _stamps(folder: Path) -> str:
    """Return a hash of the size and time of every file below a folder, because reading the files would be slow."""
    found = hashlib.sha256()
    for entry in files_below(folder):
        status = entry.stat()
        found.update(f"{entry.path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return found.hexdigest()


def _remove_oldest(folder: Path) -> None:
    records = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in records[_KEPT:]:
        path.unlink(missing_ok=True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
