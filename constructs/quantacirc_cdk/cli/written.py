"""Write a file that a user names, such as that of ``--destination``."""

import errno
from pathlib import Path

_IN_PLACE = (errno.EACCES, errno.EBUSY, errno.EPERM, errno.EROFS)
"""Errors where a file can only be written to: it is mounted by itself, or its folder belongs to others."""


def write_file(path: Path, data: str | bytes, root: Path) -> None:
    """Write a file whole or not at all, and make its folder.

    Raises ``OutputError`` for a source of the project at ``root``, and for a file that a synthesis wrote.
    """
    from quantacirc_cdk.errors import OutputError, Problem
    from quantacirc_cdk.model.edit import replace

    target = path.resolve()
    refuse_sources(path, root)
    if output := _output_with(target):
        what = f"a generated file of {output}, which would be overwritten"
        raise OutputError(Problem(file=str(path), what=what, expected="a file outside of the output"))
    content = data.encode() if isinstance(data, str) else data
    if path.exists() and not path.is_file():  # A pipe, or a terminal.
        path.write_bytes(content)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        replace(target, content)
    except OSError as error:
        if error.errno not in _IN_PLACE:
            raise
        target.write_bytes(content)


def refuse_sources(path: Path, root: Path) -> None:
    """Raise ``OutputError`` for a place among the sources of the project at ``root``, or of another one."""
    from quantacirc_cdk.errors import OutputError, Problem

    target = path.resolve()
    projects = [root.resolve(), *(one for one in target.parents if (one / "apps" / "system.yaml").is_file())]
    if any(target.is_relative_to(one / "apps") for one in projects):
        what = "among the sources of a project, which would be overwritten"
        raise OutputError(Problem(file=str(path), what=what, expected="another place"))


def _output_with(target: Path) -> Path | None:
    """Return the output that a file is the marker of, or that lists it there."""
    from quantacirc_cdk.synth.ownership import MARKER, has_marker, read_listing

    folder = next(filter(has_marker, target.parents), None)
    listed = folder and (target.name == MARKER or target.relative_to(folder).as_posix() in read_listing(folder))
    return folder if listed else None
