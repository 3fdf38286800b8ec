"""A staging folder beside the output that replaces it whole, under a lock.

A run that is killed at any moment leaves the output as it was; the next run clears what the killed one left behind. Two
runs at once take turns.
"""

import errno
import filecmp
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.errors import OutputError, Problem
from quantacirc_cdk.synth.swap import put_in_place, recover


@dataclass(frozen=True, kw_only=True)
class Stage:
    """An empty folder to write to, and the lock that makes it ours."""

    folder: Path
    lock: int | None
    """Descriptor of the lock, which child processes must close; None where there is no lock."""


@contextmanager
def staging(out: Path, on_wait: Callable[[], None]) -> Iterator[Stage]:
    """Yield an empty folder on the same file system as ``out``, alone; it is removed at the end.

    ``on_wait`` is called when another run holds the lock. Raises ``OutputError`` when nothing can be written there.
    """
    out = out.absolute()
    with failures_explained(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        _refuse_read_only(out)
        with _locked(out.parent, on_wait) as lock:
            recover(out, _discarded(out))
            _clear(out)
            # A name of its own: a killed run's workers may still write to theirs for a moment.
            folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.new-", dir=out.parent))
            folder.chmod(out.stat().st_mode if out.exists() else 0o755)
            try:
                yield Stage(folder=folder, lock=lock)
            finally:
                _clear(out)


def publish(stage: Stage, out: Path, replaced: list[str]) -> bool:
    """Make ``out`` equal to the stage in the parts named by ``replaced``, keeping its other files; True if it changed.

    ``replaced`` are paths relative to ``out``; below each, files that the stage lacks disappear.
    """
    out, new = out.absolute(), stage.folder
    if not differences(new, out, replaced):
        return False
    _remove_others(new, set(replaced))
    _carry_over(out, new, set(replaced))
    put_in_place(new, out, _discarded(out))
    return True


def differences(new: Path, old: Path, parts: list[str]) -> list[str]:
    """Return the files below ``parts`` that are in one folder only or differ, sorted."""
    found: set[str] = set()
    for part in parts:
        names = {f"{part}/{name}".rstrip("/") for folder in (new, old) for name in _files(folder / part)}
        found |= {name for name in names if not _same(new / name, old / name)}
    return sorted(found)


def _files(folder: Path) -> Iterator[str]:
    """Yield the files below a folder, relative to it; for a file the empty name."""
    if folder.is_file():
        yield ""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield Path(parent, name).relative_to(folder).as_posix()


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)


def _remove_others(new: Path, replaced: set[str], below: str = "") -> None:
    """Remove what is outside the replaced parts: a part may be written whole to publish a piece of it."""
    for entry in list(os.scandir(new / below)):
        name = f"{below}/{entry.name}".lstrip("/")
        if name in replaced:
            continue
        if any(part.startswith(f"{name}/") for part in replaced):
            _remove_others(new, replaced, name)
        elif entry.is_dir(follow_symlinks=False):
            _take_out(Path(entry.path), new)
        else:
            Path(entry.path).unlink()


def _take_out(folder: Path, new: Path) -> None:
    """Move a folder out of ``new`` at once; whoever still tidies up in it, as jsii does at its end, meets nobody."""
    aside = Path(tempfile.mkdtemp(prefix=f"{new.name}-", dir=new.parent))
    folder.rename(aside / folder.name)
    shutil.rmtree(aside, ignore_errors=True)  # what is left goes with the stage


def _carry_over(old: Path, new: Path, replaced: set[str], below: str = "") -> None:
    """Link into ``new`` what ``old`` has outside the replaced parts."""
    if not (old / below).is_dir():
        return
    for entry in sorted(os.scandir(old / below), key=lambda entry: entry.name):
        name = f"{below}/{entry.name}".lstrip("/")
        if name in replaced:
            continue
        if entry.is_dir(follow_symlinks=False):
            (new / name).mkdir(exist_ok=True)
            _carry_over(old, new, replaced, name)
        else:
            _link(Path(entry.path), new / name)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV):
            raise
        shutil.copy2(source, target, follow_symlinks=False)


def _discarded(out: Path) -> Path:
    return out.with_name(f".{out.name}.old")


def _clear(out: Path) -> None:
    for left_behind in (*out.parent.glob(f".{out.name}.new-*"), _discarded(out)):
        shutil.rmtree(left_behind, ignore_errors=True)


def _refuse_read_only(out: Path) -> None:
    if out.is_symlink():
        raise OutputError(Problem(file=str(out), what="a symbolic link", expected="a folder, or nothing yet"))
    if out.exists() and not out.is_dir():
        raise OutputError(Problem(file=str(out), what="a file", expected="a folder, or nothing yet"))
    if out.is_dir() and not out.stat().st_mode & stat.S_IWUSR:
        raise OutputError(Problem(file=str(out), what="the folder is read-only", expected="a folder to write to"))


@contextmanager
def _locked(folder: Path, on_wait: Callable[[], None]) -> Iterator[int | None]:
    """Hold an advisory lock on a folder; released by the system even when the process is killed."""
    try:
        import fcntl
    except ImportError:  # Windows: no advisory locks on folders; runs there must not overlap
        yield None
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


@contextmanager
def failures_explained(out: Path) -> Iterator[None]:
    """Turn what the system says of a failed write into an ``OutputError``."""
    try:
        yield
    except OSError as error:
        reasons = {
            errno.ENOSPC: "the disk is full",
            errno.EDQUOT: "the disk quota is used up",
            errno.EROFS: "the file system is read-only",
            errno.EACCES: "no permission to write there",
            errno.EPERM: "no permission to write there",
            errno.EBUSY: "the folder is in use as a mount point",
        }
        what = f"cannot be written: {reasons.get(error.errno or 0, error.strerror or str(error))}"
        problem = Problem(file=str(out), what=f"{what}; nothing was changed")
        raise OutputError(problem) from error
