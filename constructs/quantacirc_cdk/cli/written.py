"""Write a file that a user names, such as that of ``--destination``."""

import os
import tempfile
from pathlib import Path


def write_file(path: Path, data: str | bytes, root: Path) -> None:
    """Write a file whole or not at all, and make its folder.

    Raises ``OutputError`` for a source of the project at ``root``, and for a file that a synthesis wrote.
    """
    from quantacirc_cdk.errors import OutputError, Problem

    target = path.resolve()
    if target.is_relative_to((root / "apps").resolve()):
        what = "a source of the project, which would be overwritten"
        raise OutputError(Problem(file=str(path), what=what, expected="another file"))
    if output := _output_with(target):
        what = f"a generated file of {output}, which would be overwritten"
        raise OutputError(Problem(file=str(path), what=what, expected="a file outside of the output"))
    content = data.encode() if isinstance(data, str) else data
    if path.exists() and not path.is_file():  # A pipe, or a terminal.
        path.write_bytes(content)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:200]}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _output_with(target: Path) -> Path | None:
    """Return the output that lists a file in its marker."""
    from quantacirc_cdk.synth.ownership import has_marker, read_listing

    folder = next(filter(has_marker, target.parents), None)
    return folder if folder and target.relative_to(folder).as_posix() in read_listing(folder) else None


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
