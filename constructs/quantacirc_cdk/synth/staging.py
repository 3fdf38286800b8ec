"""A staging folder beside the output, from which the output is replaced whole, under a lock.

A run that is killed at any moment leaves the output as it was; the next run clears what the killed one left behind. Two
runs at once take turns.
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
        with _locked(out.parent, on_wait) as lock:
            clear_left_behind(out)
            folder = new_staging_folder(out) / "made"
            folder.mkdir()
            try:
                yield Stage(folder=folder, lock=lock)
            finally:
                clear_left_behind(out)


def publish(stage: Stage, out: Path, comparison: Comparison) -> bool:
    """Write and remove in ``out`` what the comparison names, in one step; True if anything changed.

    All other files stay: they are linked into the new folder, and those that appear while it is made follow.
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
    """Link into ``new`` what ``old`` has besides ``left_out``; return the device and inode of each by its path.

    A folder that is empty without what is left out is left out, too.
    """
    carried: dict[str, tuple[int, int]] = {}
    for entry in sorted(os.scandir(old / below), key=lambda entry: entry.name):
        name = f"{below}/{entry.name}".lstrip("/")
        if entry.is_dir(follow_symlinks=False):
            _refuse_unmovable(Path(entry.path))
            (new / name).mkdir()
            carried |= _carry_over(old, new, left_out, name)
            if any(Path(entry.path).iterdir()):
                with suppress(OSError):  # it holds something
                    (new / name).rmdir()
        elif name not in left_out:
            _link(Path(entry.path), new / name)
            status = entry.stat(follow_symlinks=False)
            carried[name] = (status.st_dev, status.st_ino)
    return carried


def _refuse_unmovable(folder: Path) -> None:
    """Raise ``OSError`` for a folder whose files cannot be taken along."""
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
    """Give the folders of ``new`` the owner, mode and access list that they have in ``old``, the innermost first."""
    for parent, _, _ in os.walk(new, topdown=False):
        before = old / Path(parent).relative_to(new)
        if before.is_dir() and not before.is_symlink():
            status = before.stat()
            with suppress(OSError):  # only root can give folders away
                os.chown(parent, status.st_uid, status.st_gid)
            shutil.copystat(before, parent)
            os.utime(parent)


def _refuse_while_terraform_runs(out: Path) -> None:
    """Raise ``OutputError`` when Terraform holds a state in ``out``: it would write it to a folder that is gone."""
    locks = sorted(
        Path(parent, name)
        for parent, _, names in os.walk(out)
        for name in names
        if name.startswith(".") and name.endswith(".tfstate.lock.info")
    )
    if locks:
        expected = "no Terraform at work here; where none is, remove the file"
        raise OutputError(Problem(file=str(lock), what="Terraform locks a state", expected=expected) for lock in locks)


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
        place = error.filename if isinstance(error.filename, str) and error.filename.startswith(f"{out}/") else out
        problem = Problem(file=str(place), what=f"{what}; nothing was changed")
        raise OutputError(problem) from error
