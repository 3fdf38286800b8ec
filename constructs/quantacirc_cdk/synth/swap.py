"""Put a new folder in an old one's place in a single step, so that nobody ever sees half of it, and lose no file.

The staging folder is ``.<name>.qcdk-<random>`` beside the output. It holds ``owner``, which says that it is ours,
``made``, which the apps write to, ``new``, which takes the output's place and then is the old output, and ``journal``,
which says what the old output holds: so a run that is killed between any two steps can be ended by the next one.
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
    """Make a folder beside ``out``, with a name of its own: a killed run's workers may still write to theirs."""
    folder = Path(tempfile.mkdtemp(prefix=staging_prefix(out), dir=out.parent))
    (folder / _OWNER).write_text("Made by qcdk synth; the next run removes it.\n", encoding="utf-8")
    return folder


def clear_left_behind(out: Path) -> None:
    """End the runs that were killed and remove their staging folders; to be called while the lock is held."""
    for entry in list(os.scandir(out.parent)):
        if entry.name.startswith(staging_prefix(out)) and entry.is_dir(follow_symlinks=False):
            folder = Path(entry.path)
            if (folder / _OWNER).is_file():
                _finish(folder, out)
                shutil.rmtree(folder / "made", ignore_errors=True)
                if {one.name for one in os.scandir(folder)} <= {_OWNER, _JOURNAL}:
                    for name in (_JOURNAL, _OWNER):
                        (folder / name).unlink(missing_ok=True)
            with suppress(OSError):  # it is somebody else's, or something is left for the next run
                folder.rmdir()


def staging_prefix(out: Path) -> str:
    """Return how the names of the folders begin that a run makes beside ``out``."""
    return f".{out.name}.qcdk-"


@dataclass(kw_only=True)
class Swap:
    """A new folder that is to take the place of ``out``."""

    out: Path
    new: Path
    """The folder ``new`` of a staging folder."""
    discarded: Listing
    """Files of the old output that may be deleted, by path with the hash of their content."""
    carried: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Device and inode of the files of the old output that are in the new one, too, by path."""

    def run(self) -> None:
        """Put ``new`` in place and delete the old output."""
        journal = {
            "new": _identity(self.new),
            "discarded": {name: sorted(digests) for name, digests in self.discarded.items()},
            "carried": self.carried,
        }
        (self.new.parent / _JOURNAL).write_text(json.dumps(journal), encoding="utf-8")
        put_in_place(self.new, self.out, self.new.with_name(_OLD))
        _finish(self.new.parent, self.out)


def put_in_place(new: Path, place: Path, old: Path) -> None:
    """Move the folder ``new`` to ``place``; what was there is at ``new`` then, or at ``old``.

    On Linux and macOS this is one atomic exchange. Elsewhere, and on the rare file system that cannot exchange, it is
    two renames; the next run mends what a kill between the two leaves.
    """
    if not place.exists():
        new.rename(place)
    elif not _exchange(new, place):
        place.rename(old)
        new.rename(place)


def _finish(folder: Path, out: Path) -> None:
    """End a run at whatever step it stopped; what is left of the old output afterwards could not be removed."""
    new, old = folder / "new", folder / _OLD
    try:
        journal = json.loads((folder / _JOURNAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # it was still making the new folder
        shutil.rmtree(new, ignore_errors=True)
        return
    if old.exists() and not out.exists():
        old.rename(out)
    for place in (old, new):
        if not place.exists():
            continue
        if _identity(place) == journal["new"]:  # never put in place; the files that are carried over are links
            shutil.rmtree(place, ignore_errors=True)
        else:
            _settle(place, out, journal["discarded"], journal["carried"])


def _settle(old: Path, out: Path, discarded: dict[str, list[str]], carried: dict[str, list[int]]) -> None:
    """Delete the old output but for files that nobody has seen before: those follow into the new one."""
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
        with suppress(OSError):  # something has appeared in it: the next run takes care of that
            Path(parent).rmdir()


def _keep(path: Path, target: Path, carried: list[int] | None) -> None:
    """Move a file that appeared in the old output while the new one was made into the new one."""
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
    """Exchange two folders atomically; False where the system has no such call."""
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
