"""A staging folder beside the output, to replace the output in one step, under a lock.

A run that is killed at any time leaves the output unchanged, and the next run removes its staging folder. Concurrent
runs wait for each other.
"""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.errors import OutputError, Problem
from quantacirc_cdk.synth.comparison import Comparison
from quantacirc_cdk.synth.ownership import write_listing
from quantacirc_cdk.synth.swap import Swap, clear_left_behind, new_staging_folder


@dataclass(frozen=True, kw_only=True)
class Stage:
    """An empty folder to write to, and its lock."""

    folder: Path
    lock: int | None
    """Descriptor of the lock, which child processes must close; None if there is no lock."""


@contextmanager
def staging(out: Path, on_wait: Callable[[], None]) -> Iterator[Stage]:
    """Yield an empty, exclusive folder on the same file system as ``out``, and remove it at the end.

    ``on_wait`` is called if another run holds the lock. Raises ``OutputError`` if the folder cannot be written.
    """
    out = out.absolute()
    with failures_explained(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with _locked(out.parent, on_wait) as lock:
            clear_left_behind(out)
            folder = new_staging_folder(out) / "made"
            folder.mkdir()
            try:
                yield Stage(folder=folder, lock=lock)
            finally:
                clear_left_behind(out)


def publish(stage: Stage, out: Path, comparison: Comparison) -> bool:
    """Apply the comparison to ``out`` in one step; return whether anything changed.

    All other files are kept: they are linked into the new folder, as are files that appear meanwhile.
    """
    if not comparison.changed:
        return False
    out = out.absolute()
    _refuse_while_terraform_runs(out)
    new = stage.folder.with_name("new")
    new.mkdir()
    swap = Swap(out=out, new=new, discarded=comparison.discarded)
    if out.is_dir():
        swap.carried = _carry_over(out, new, {*comparison.discarded, *comparison.written})
    for name in (*comparison.written, *comparison.refreshed):
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        (stage.folder / name).rename(new / name)
    write_listing(new, comparison.listing, comparison.incomplete)
    if out.is_dir():
        _copy_folder_modes(out, new)
    swap.run()
    return True


def _carry_over(old: Path, new: Path, left_out: set[str], below: str = "") -> dict[str, tuple[int, int]]:
    """Link the files of ``old`` into ``new``, except ``left_out``. Return the device and inode of each by path.

    A folder that would be empty without the excluded files is also left out.
    """
    carried: dict[str, tuple[int, int]] = {}
    for entry in sorted(os.scandir(old / below), key=lambda entry: entry.name):
        name = f"{below}/{entry.name}".lstrip("/")
        if entry.is_dir(follow_symlinks=False):
            _refuse_unmovable(Path(entry.path))
            (new / name).mkdir()
            carried |= _carry_over(old, new, left_out, name)
            if any(Path(entry.path).iterdir()):
                with suppress(OSError):  # The folder is not empty.
                    (new / name).rmdir()
        elif name not in left_out:
            _link(Path(entry.path), new / name)
            status = entry.stat(follow_symlinks=False)
            carried[name] = (status.st_dev, status.st_ino)
    return carried


def _refuse_unmovable(folder: Path) -> None:
    """Raise ``OSError`` for a folder whose files cannot be linked."""
    if folder.is_mount():
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(folder))
    if (
        sys.platform != "win32"
        and folder.stat().st_uid != os.geteuid()
        and not os.access(folder, os.R_OK | os.W_OK | os.X_OK)
    ):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV):
            raise
        shutil.copy2(source, target, follow_symlinks=False)


def _copy_folder_modes(old: Path, new: Path) -> None:
    """Copy the owner, mode and access list of each folder from ``old`` to ``new``, the innermost first."""
    for parent, _, _ in os.walk(new, topdown=False):
        before = old / Path(parent).relative_to(new)
        if before.is_dir() and not before.is_symlink():
            status = before.stat()
            with suppress(OSError):  # Only root can change the owner of a folder.
                os.chown(parent, status.st_uid, status.st_gid)
            shutil.copystat(before, parent)
            os.utime(parent)


def _refuse_while_terraform_runs(out: Path) -> None:
    """Raise ``OutputError`` if Terraform has locked a state in ``out``, because it would write the state to a deleted
    folder.
    """
    locks = sorted(
        Path(parent, name)
        for parent, _, names in os.walk(out)
        for name in names
        if name.startswith(".") and name.endswith(".tfstate.lock.info")
    )
    if locks:
        expected = "no running Terraform; if none is running, delete the file"
        raise OutputError(Problem(file=str(lock), what="Terraform locks a state", expected=expected) for lock in locks)


@contextmanager
def _locked(folder: Path, on_wait: Callable[[], None]) -> Iterator[int | None]:
    """Hold an advisory lock on a folder. The system releases it even if the process is killed.

    The lock is on the folder itself, so no lock file can stay behind or appear among the user's files; libraries such
    as ``filelock`` lock a file only.
    """
    try:
        import fcntl
    except ImportError:  # Windows has no advisory locks on folders; runs must not overlap there.
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
    """Turn the system error of a failed write into an ``OutputError``."""
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
        place = error.filename if isinstance(error.filename, str) and error.filename.startswith(f"{out}/") else out
        problem = Problem(file=str(place), what=f"{what}; nothing was changed")
        raise OutputError(problem) from error
