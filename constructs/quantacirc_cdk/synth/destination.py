"""Refuse output folders with other content."""

import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import quantacirc_cdk
from quantacirc_cdk.errors import OutputError, Problem
from quantacirc_cdk.synth.ownership import MARKER, has_marker


def check_destination(root: Path, out: Path, *, force: bool = False) -> None:
    """Raise ``OutputError`` for an unsuitable output folder.

    Unsuitable are the root, the home folder, the project ``root`` and its sources, all their parent folders, and links
    to them; links, files and read-only folders; and, without ``force``, a folder that is not empty and has no marker.
    """
    shown = str(out)
    reason = next(_reasons(root.resolve(), out.resolve()), None)
    if reason:
        raise OutputError(Problem(file=shown, what=reason, expected="a folder for generated output only"))
    if out.is_symlink():
        raise OutputError(
            Problem(file=shown, what="a symbolic link", expected="a folder that exists or can be created")
        )
    if out.exists() and not out.is_dir():
        raise OutputError(Problem(file=shown, what="a file", expected="a folder that exists or can be created"))
    if out.is_dir():
        if not out.stat().st_mode & stat.S_IWUSR:
            raise OutputError(Problem(file=shown, what="the folder is read-only", expected="a writable folder"))
        if not force and not has_marker(out) and any(out.iterdir()):
            what = f"the folder is not empty and has no {MARKER}, so it is not an output folder of qcdk synth"
            expected = "an empty folder, or --force to write beside its files"
            raise OutputError(Problem(file=shown, what=what, expected=expected))


def check_not_inside(out: Path) -> None:
    """Raise ``OutputError`` if the current folder is ``out`` or below: it would be deleted."""
    with suppress(FileNotFoundError):  # The current folder no longer exists.
        what = next(_holds(out.resolve(), Path.cwd(), "the current folder"), None)
        if what:
            raise OutputError(Problem(file=str(out), what=what, expected="another folder, or a run from outside of it"))


def _reasons(root: Path, place: Path) -> Iterator[str]:
    if place == Path(place.anchor):
        yield "the root of the file system"
    with suppress(RuntimeError):  # There is no home folder.
        yield from _holds(place, Path.home().resolve(), "your home folder")
    yield from _holds(place, root, "the project")
    yield from _output_of_others(root, place)
    if place.is_relative_to(root) and place != root / "dist":
        yield from _sources(root, place)


def _output_of_others(root: Path, place: Path) -> Iterator[str]:
    """Yield the output that a folder is in, and the other project whose `dist/` it is in."""
    for above in place.parents:
        if has_marker(above):
            yield f"inside the output {above}"
        elif above != root and place.is_relative_to(above / "dist") and (above / "apps" / "system.yaml").is_file():
            yield f"the output of another project, {above}"


def _holds(place: Path, other: Path, name: str) -> Iterator[str]:
    if place == other:
        yield name
    elif place in other.parents:
        yield f"a folder above {name}, {other}"


def _sources(root: Path, place: Path) -> Iterator[str]:
    """Yield why a folder of the project contains sources: ``apps``, this package, or files that Git tracks."""
    code = Path(quantacirc_cdk.__file__).resolve().parents[1]
    top = root / place.relative_to(root).parts[0]
    for source in (root / "apps", root / ".git", code):
        if source.is_relative_to(root) and (place.is_relative_to(source) or place in source.parents):
            yield f"a part of the project's sources, {source.relative_to(root)}/"
    outputs = (folder for folder in (place, *place.parents) if folder.is_relative_to(top))
    if top.is_dir() and not any(map(has_marker, outputs)) and _is_tracked(root, top):
        yield f"a part of the project's sources: Git has files of {top.relative_to(root)}/"


def _is_tracked(root: Path, folder: Path) -> bool:
    command = ["git", "-C", str(root), "ls-files", "-z", "--", f":(literal){folder.name}"]
    try:
        return bool(subprocess.run(command, capture_output=True, check=False).stdout)  # noqa: S603
    except OSError:  # Git is not available.
        return False
