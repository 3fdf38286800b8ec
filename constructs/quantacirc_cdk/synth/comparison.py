"""Changes of the output folder in a run, and files in it that no earlier run wrote."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from quantacirc_cdk.errors import OutputError, Problem
from quantacirc_cdk.synth.edits import kept_by_git
from quantacirc_cdk.synth.ownership import (
    MARKER,
    Listing,
    is_below,
    is_terraforms,
    read_incomplete,
    read_listing,
    sha256,
)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The difference between generated and existing files, with sorted paths relative to the output folder."""

    written: list[str]
    """Files to write: new or with different content."""
    removed: list[str]
    """Files that an earlier run wrote and this one does not."""
    edited: list[str]
    """Files to replace or remove with content that no run wrote."""
    refreshed: list[str]
    """Files to write with equal content, because their mode differs."""
    blocked: list[str]
    """Folders with your files in the place of a generated file."""
    discarded: Listing
    """Files of the present output that the run may delete, with their present hashes."""
    listing: Listing
    """New content of the marker."""
    listed: Listing
    """Present content of the marker."""
    incomplete: list[str]
    """Missing parts to record in the marker."""
    was_incomplete: list[str]
    """Missing parts that the marker records."""

    @property
    def changed(self) -> list[str]:
        """The files that differ; the marker if nothing else differs."""
        same = (self.listing, self.incomplete) == (self.listed, self.was_incomplete)
        return sorted([*self.written, *self.removed]) or ([] if same else [MARKER])


def compare(made: Path, out: Path, places: Sequence[str], incomplete: Sequence[str] = ()) -> Comparison:
    """Compare generated files with those in ``out``, in ``places``: paths relative to both.

    ``incomplete`` are the parts that could not be generated. Raises ``OutputError`` if an app has generated a link, or
    a file with a name that Terraform uses.
    """
    listed, there = read_listing(out), _Folder(out)
    names = sorted({f"{place}/{name}".rstrip("/") for place in places for name in _files(made / place)})
    _refuse_unusable(made, out, names)
    listing = {name: digests for name, digests in listed.items() if not is_below(name, places)}
    stale = [name for name in listed if is_below(name, places) and there.is_file(name) and name not in set(names)]
    written, refreshed, folders, in_the_way = [], [], [], set[str]()
    for name in names:
        listing[name] = frozenset([sha256(made / name)])
        obstacle = there.obstacle(name)
        if obstacle is not None:
            in_the_way.add(obstacle)
        elif there.is_folder(name):
            folders.append(name)
        elif not there.is_file(name):
            pass
        elif listing[name] != {there.digest(name)}:
            in_the_way.add(name)
        elif (made / name).stat().st_mode == (out / name).stat().st_mode:
            continue
        else:
            refreshed.append(name)
            continue
        written.append(name)
    replaced = {*stale, *in_the_way}
    return Comparison(
        written=written,
        removed=sorted(replaced.difference(names)),
        edited=sorted(name for name in replaced if there.digest(name) not in listed.get(name, ())),
        refreshed=refreshed,
        blocked=[name for name in folders if any(f"{name}/{file}" not in replaced for file in _files(out / name))],
        discarded={name: frozenset([there.digest(name)]) for name in (*replaced, *refreshed, MARKER)},
        listing=listing,
        listed=listed,
        incomplete=[*incomplete],
        was_incomplete=read_incomplete(out),
    )


def refuse_edited(comparison: Comparison, out: Path, *, force: bool) -> None:
    """Raise ``OutputError`` for every file that a run would replace and that cannot be recovered.

    With ``force``, only for a folder with your files in the place of a generated file.
    """
    problems = [
        Problem(
            file=str(out / name),
            what="a folder with your files, in the place of a generated file",
            expected="no folder",
        )
        for name in comparison.blocked
    ]
    if not force and comparison.edited:
        kept = kept_by_git(out, comparison.edited)
        problems += [
            Problem(
                file=str(out / name),
                what="edited since it was generated" if name in comparison.listed else "a file that is not generated",
                expected="no such file, or --force to replace it",
            )
            for name in comparison.edited
            if name not in kept
        ]
    if problems:
        raise OutputError(problems)


def _refuse_unusable(made: Path, out: Path, names: Sequence[str]) -> None:
    """Raise ``OutputError`` for generated files that could not be distinguished from your own."""
    terraforms = [name for name in names if is_terraforms(name)]
    links = [name for name in names if (made / name).is_symlink()]
    problems = [
        *(Problem(file=str(out / name), what="a name that Terraform uses", expected="another") for name in terraforms),
        *(Problem(file=str(out / name), what="a symbolic link is generated", expected="a file") for name in links),
    ]
    if problems:
        raise OutputError(problems)


def _files(folder: Path) -> Iterator[str]:
    """Yield the files below a folder, relative to it; an empty name for a file."""
    if folder.is_file():
        yield ""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield Path(parent, name).relative_to(folder).as_posix()


class _Folder:
    """The output folder, without following links."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.modes: dict[str, int | None] = {}
        self.digests: dict[str, str] = {}

    def digest(self, name: str) -> str:
        if name not in self.digests:
            self.digests[name] = sha256(self.path / name)
        return self.digests[name]

    def is_file(self, name: str) -> bool:
        mode = self.mode(name)
        return mode is not None and stat.S_ISREG(mode) and self.obstacle(name) is None

    def is_folder(self, name: str) -> bool:
        mode = self.mode(name)
        return mode is not None and stat.S_ISDIR(mode)

    def obstacle(self, name: str) -> str | None:
        """Return what blocks a file: a parent that is not a folder, or a folder in its place."""
        for parent in list(PurePosixPath(name).parents)[-2::-1]:
            mode = self.mode(str(parent))
            if mode is None:
                return None
            if not stat.S_ISDIR(mode):
                return str(parent)
        mode = self.mode(name)
        return name if mode is not None and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode) else None

    def mode(self, name: str) -> int | None:
        if name not in self.modes:
            try:
                self.modes[name] = (self.path / name).lstat().st_mode
            except (FileNotFoundError, NotADirectoryError):
                self.modes[name] = None
        return self.modes[name]
