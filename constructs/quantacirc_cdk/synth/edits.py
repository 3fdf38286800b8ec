"""Find files that Git stores, so that replacing them loses nothing."""

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


def kept_by_git(folder: Path, names: Sequence[str]) -> set[str]:
    """Return the files, of ``names`` below ``folder``, that Git can restore.

    These are files with the content of the index (committed or staged), and files of an unfinished merge, of which the
    index contains both sides. Returns none without Git or outside a repository.
    """
    command = ["git", "-C", str(folder), "ls-files", "--stage", "-z", "--", "."]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return set()
    wanted, kept = {os.fsencode(name): name for name in names}, set()
    for entry in filter(None, listed.split(b"\0")):
        meta, _, path = entry.partition(b"\t")
        _, blob, stage = meta.split()
        name = wanted.get(path)
        if name is not None and (stage != b"0" or blob.decode() == _blob(folder / name, len(blob))):
            kept.add(name)
    return kept


def _blob(path: Path, digits: int) -> str:
    """Return Git's object name of a file's content."""
    if path.is_symlink() or not path.is_file():
        return ""
    data = path.read_bytes()
    algorithm = "sha256" if digits == 64 else "sha1"
    return hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
