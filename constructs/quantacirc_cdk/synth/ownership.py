"""Files of an output folder that ``qcdk synth`` owns: those in its marker, with their hashes.

The marker has the format of ``sha256sum --check``. A merge can leave several hashes for a file, or conflict markers.
Each line is therefore read separately, other lines are skipped, and a file is owned if its content has any of its
hashes. The next run writes the list again.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from pathlib import Path, PurePosixPath

MARKER = ".qcdk.sha256"
"""Name of the marker in the output folder."""

Listing = Mapping[str, frozenset[str]]
"""Hashes by path relative to the output folder, with ``/``; one for each file, unless a merge left several."""

_HEADER = """\
# Files that `qcdk synth` writes and removes. It does not change other files in this folder.
"""
_INCOMPLETE = "# Incomplete, could not be written: "
_ENTRY = re.compile(r"(\\?)([0-9a-f]{64}) [ *](.+)")
_UNESCAPED = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}
_ESCAPED = {character: code for code, character in _UNESCAPED.items()}

_DEPLOYED = ("kubernetes/*/*.yaml", "helm/*/templates/*", "gitops/*/*.yaml")
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
_TERRAFORM_FILE = re.compile("|".join(map(translate, _TERRAFORM_FILES)))


def is_terraforms(name: str) -> bool:
    """Return whether a path is one of Terraform's own files beside a stack: state, lock file, plan, providers."""
    *folders, last = name.split("/")
    return bool(_TERRAFORM_FILE.match(last)) or not _TERRAFORM_FOLDERS.isdisjoint((*folders, last))


def has_marker(out: Path) -> bool:
    """Return whether a folder is an output of ``qcdk synth``."""
    try:
        return stat.S_ISREG((out / MARKER).lstat().st_mode)
    except OSError:
        return False


def read_listing(out: Path) -> Listing:
    """Return the entries of a folder's marker; empty without a marker.

    Paths outside the folder and Terraform's own files are skipped.
    """
    return _entries((out / MARKER).read_text(encoding="utf-8", errors="surrogateescape")) if has_marker(out) else {}


@lru_cache(maxsize=4)
def _entries(text: str) -> Listing:
    """Return the entries of a marker, which a run asks for several times."""
    found: dict[str, set[str]] = {}
    # Not splitlines: a name can contain characters that only Python treats as line ends.
    for line in text.split("\n"):
        entry = _ENTRY.fullmatch(line.removesuffix("\r"))
        if entry:
            escaped, digest, name = entry.groups()
            if escaped:
                name = re.sub(r"\\[\\nr]", lambda code: _UNESCAPED[code[0]], name)
            if _is_inside(name) and not is_terraforms(name):
                found.setdefault(name, set()).add(digest)
    return {name: frozenset(digests) for name, digests in found.items()}


def unlisted(out: Path) -> dict[str, list[str]]:
    """Return the names of files that no run wrote, by folder, where something deploys the whole folder."""
    listed = read_listing(out)
    found: dict[str, list[str]] = {}
    for path in sorted(path for pattern in _DEPLOYED for path in out.glob(pattern) if path.is_file()):
        folder, name = path.relative_to(out).parent.as_posix(), path.name
        if f"{folder}/{name}" not in listed:
            found.setdefault(folder, []).append(name)
    return found


def read_incomplete(out: Path) -> list[str]:
    """Return the parts that the last run could not write, according to the marker."""
    text = (out / MARKER).read_text(encoding="utf-8", errors="surrogateescape") if has_marker(out) else ""
    found = [line.removeprefix(_INCOMPLETE) for line in text.split("\n") if line.startswith(_INCOMPLETE)]
    return [part for line in found for part in line.strip().split(", ")]


def listing_text(listing: Listing, incomplete: Sequence[str] = ()) -> str:
    """Return the text of a marker: one line for each hash, sorted by path, separated by empty lines.

    The empty lines let Git merge changes of adjacent files. ``incomplete`` are the missing parts.
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
    """Return the hash of a regular file in hexadecimal; an empty text for anything else, without reading it."""
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
    """Return whether a path equals or is below one of ``places``."""
    return any(name == place or name.startswith(f"{place}/") for place in places)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.as_posix() == name not in ("", ".", MARKER)
