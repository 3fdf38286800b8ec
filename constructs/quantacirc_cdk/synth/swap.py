"""Replace a folder by a new one in a single step, without a partial state and without losing files.

The staging folder is ``.<name>.qcdk-<random>`` beside the output. It contains ``owner``, which marks it as ours;
``made``, which the apps write to; ``new``, which is exchanged with the output; and ``journal``, the list of the old
output's files. With it, the next run can complete a run that was killed between any two steps.
"""

import ctypes
import errno
import json
import os
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from quantacirc_cdk.synth.ownership import Listing, sha256

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # sys/stdio.h on macOS

_OWNER = "owner"
_JOURNAL = "journal"
_OLD = "old"


def new_staging_folder(out: Path) -> Path:
    """Create a folder beside ``out`` with a unique name, because workers of a killed run may still write to theirs."""
    folder = Path(tempfile.mkdtemp(prefix=staging_prefix(out), dir=out.parent))
    (folder / _OWNER).write_text("Created by qcdk synth; the next run removes it.\n", encoding="utf-8")
    return folder


def clear_left_behind(out: Path) -> None:
    """Complete killed runs and remove their staging folders. Call it while holding the lock."""
    for entry in list(os.scandir(out.parent)):
        if entry.name.startswith(staging_prefix(out)) and entry.is_dir(follow_symlinks=False):
            folder = Path(entry.path)
            if (folder / _OWNER).is_file():
                _finish(folder, out)
                shutil.rmtree(folder / "made", ignore_errors=True)
                if {one.name for one in os.scandir(folder)} <= {_OWNER, _JOURNAL}:
                    for name in (_JOURNAL, _OWNER):
                        (folder / name).unlink(missing_ok=True)
            with suppress(OSError):  # It is not ours, or the next run must complete it.
                folder.rmdir()


def staging_prefix(out: Path) -> str:
    """Return the prefix of the names of folders that a run creates beside ``out``."""
    return f".{out.name}.qcdk-"


@dataclass(kw_only=True)
class Swap:
    """A new folder to replace ``out``."""

    out: Path
    new: Path
    """The folder ``new`` of a staging folder."""
    discarded: Listing
    """Files of the old output that may be deleted: hash of the content by path."""
    carried: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Device and inode, by path, of files that are in both the old and the new output."""

    def run(self) -> None:
        """Put ``new`` in place, and delete the old output."""
        journal = {
            "new": _identity(self.new),
            "discarded": {name: sorted(digests) for name, digests in self.discarded.items()},
            "carried": self.carried,
        }
        (self.new.parent / _JOURNAL).write_text(json.dumps(journal), encoding="utf-8")
        put_in_place(self.new, self.out, self.new.with_name(_OLD))
        _finish(self.new.parent, self.out)


def put_in_place(new: Path, place: Path, old: Path) -> None:
    """Move the folder ``new`` to ``place``. The previous folder is then at ``new`` or ``old``.

    On Linux and macOS, this is one atomic exchange. On other systems, and on file systems without exchange, it is two
    renames, and the next run repairs a kill between them.
    """
    if not place.exists():
        new.rename(place)
    elif not _exchange(new, place):
        place.rename(old)
        new.rename(place)


def _finish(folder: Path, out: Path) -> None:
    """Complete a run that stopped at any step. Files of the old output remain if they cannot be removed."""
    new, old = folder / "new", folder / _OLD
    try:
        journal = json.loads((folder / _JOURNAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # It was still creating the new folder.
        shutil.rmtree(new, ignore_errors=True)
        return
    if old.exists() and not out.exists():
        old.rename(out)
    for place in (old, new):
        if not place.exists():
            continue
        if _identity(place) == journal["new"]:  # It was not put in place; the carried files are links.
            shutil.rmtree(place, ignore_errors=True)
        else:
            _settle(place, out, journal["discarded"], journal["carried"])


def _settle(old: Path, out: Path, discarded: dict[str, list[str]], carried: dict[str, list[int]]) -> None:
    """Delete the old output, except for files that appeared meanwhile: those are moved to the new one."""
    for parent, folders, names in os.walk(old):
        mode = stat.S_IMODE(Path(parent).stat().st_mode)
        if mode & 0o700 != 0o700:
            Path(parent).chmod(mode | 0o700)
        links = [name for name in folders if Path(parent, name).is_symlink()]
        for path in (Path(parent, name) for name in (*names, *links)):
            name = path.relative_to(old).as_posix()
            if carried.get(name) != _identity(path) and sha256(path) not in discarded.get(name, ()):
                _keep(path, out / name, carried.get(name))
            else:
                path.unlink()
    for parent, _, _ in os.walk(old, topdown=False):
        with suppress(OSError):  # A file has appeared in it: the next run moves it.
            Path(parent).rmdir()


def _keep(path: Path, target: Path, carried: list[int] | None) -> None:
    """Move a file that appeared in the old output into the new one."""
    if os.path.lexists(target) and _identity(target) != carried:
        number = 0
        while os.path.lexists(target):
            target = target.with_name(f"{path.name}.orig{number or ''}")
            number += 1
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)


def _identity(path: Path) -> list[int]:
    status = path.lstat()
    return [status.st_dev, status.st_ino]


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders atomically; return False if the system does not support it."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            status = libc.renamex_np(os.fsencode(one), os.fsencode(other), ctypes.c_uint(_RENAME_SWAP))
        else:
            status = libc.renameat2(
                _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)
            )
    except (AttributeError, OSError, TypeError):
        return False
    if status == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(other))
