"""Which files of an output folder belong to ``qcdk synth``: those that its marker lists with their hashes.

The marker is a list as ``sha256sum --check`` reads it. A merge may leave it stale, with several hashes for one file or
with conflict marks: each line stands alone, lines that are no entries are skipped, and a file belongs to us when its
content has any of the hashes listed for it. The next run writes the list anew.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

MARKER = ".qcdk.sha256"
"""Name of the marker in the output folder."""

Listing = Mapping[str, frozenset[str]]
"""Hashes by path relative to the output folder, with ``/``; one a file, unless a merge left several."""

_HEADER = """\
# Files that `qcdk synth` writes and removes. Other files in this folder are yours: it leaves them alone.
"""
_INCOMPLETE = "# Incomplete, could not be written: "
_ENTRY = re.compile(r"(\\?)([0-9a-f]{64}) [ *](.+)")
_UNESCAPED = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}
_ESCAPED = {character: code for code, character in _UNESCAPED.items()}

_TERRAFORM_FOLDERS = frozenset((".terraform", "terraform.tfstate.d"))
_TERRAFORM_FILES = (
    ".terraform.lock.hcl",
    "terraform.tfstate*",
    "*.tfstate",
    "*.tfstate.backup",
    "*.tfstate.*.backup",
    ".*.tfstate.lock.info",
    "*.tfplan",
)


def is_terraforms(name: str) -> bool:
    """Whether Terraform keeps a file of this path beside a stack: its state, lock, plan, providers."""
    *folders, last = PurePosixPath(name).parts
    return not _TERRAFORM_FOLDERS.isdisjoint((*folders, last)) or any(
        fnmatchcase(last, pattern) for pattern in _TERRAFORM_FILES
    )


def has_marker(out: Path) -> bool:
    """Whether a folder is an output of ``qcdk synth``."""
    try:
        return stat.S_ISREG((out / MARKER).lstat().st_mode)
    except OSError:
        return False


def read_listing(out: Path) -> Listing:
    """Return what the marker of a folder lists; nothing where there is no marker.

    Paths that leave the folder and Terraform's own files are skipped, whoever listed them.
    """
    if not has_marker(out):
        return {}
    found: dict[str, set[str]] = {}
    # Not splitlines: a name may hold characters that Python, and nobody else, takes for the end of a line.
    for line in (out / MARKER).read_text(encoding="utf-8", errors="surrogateescape").split("\n"):
        entry = _ENTRY.fullmatch(line.removesuffix("\r"))
        if entry:
            escaped, digest, name = entry.groups()
            if escaped:
                name = re.sub(r"\\[\\nr]", lambda code: _UNESCAPED[code[0]], name)
            if _is_inside(name) and not is_terraforms(name):
                found.setdefault(name, set()).add(digest)
    return {name: frozenset(digests) for name, digests in found.items()}


def read_incomplete(out: Path) -> list[str]:
    """Return the parts of an output that the last run could not write, as the marker names them."""
    text = (out / MARKER).read_text(encoding="utf-8", errors="surrogateescape") if has_marker(out) else ""
    found = [line.removeprefix(_INCOMPLETE) for line in text.split("\n") if line.startswith(_INCOMPLETE)]
    return [part for line in found for part in line.strip().split(", ")]


def listing_text(listing: Listing, incomplete: Sequence[str] = ()) -> str:
    """Return the text of a marker: one line a hash, sorted by path, with an empty line between two.

    The empty lines let Git merge changes of neighbouring files. ``incomplete`` are the parts that are missing.
    """
    lines = [f"{_INCOMPLETE}{', '.join(incomplete)}\n"] if incomplete else []
    for name in sorted(listing):
        written = re.sub(r"[\\\n\r]", lambda character: _ESCAPED[character[0]], name)
        lines += [f"{'' if written == name else chr(92)}{digest}  {written}\n" for digest in sorted(listing[name])]
    return "\n".join([_HEADER, *lines])


def write_listing(folder: Path, listing: Listing, incomplete: Sequence[str] = ()) -> None:
    """Write the marker of a folder."""
    text = listing_text(listing, incomplete)
    (folder / MARKER).write_text(text, encoding="utf-8", errors="surrogateescape", newline="\n")


def sha256(path: Path) -> str:
    """Return the hash of a regular file in hexadecimal digits; an empty text for anything else, which is not read."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return ""
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return ""
    with os.fdopen(handle, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_below(name: str, places: Iterable[str]) -> bool:
    """Whether a path is one of ``places`` or below one."""
    return any(name == place or name.startswith(f"{place}/") for place in places)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.as_posix() == name not in ("", ".", MARKER)
