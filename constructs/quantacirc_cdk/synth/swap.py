"""Put a new folder in an old one's place in a single step, so that nobody ever sees half of it."""

import ctypes
import errno
import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # sys/stdio.h on macOS


def put_in_place(new: Path, place: Path, discarded: Path) -> None:
    """Move the folder ``new`` to ``place`` and what was there to ``discarded``; all on one file system.

    On Linux and macOS this is one atomic exchange. Elsewhere, and on the rare file system that cannot exchange, it is
    two renames; ``recover`` mends what a kill between the two leaves.
    """
    if not place.exists():
        new.rename(place)
    elif _exchange(new, place):
        new.rename(discarded)
    else:
        place.rename(discarded)
        new.rename(place)


def recover(place: Path, discarded: Path) -> None:
    """Undo a ``put_in_place`` that was killed between its two renames."""
    if discarded.exists() and not place.exists():
        discarded.rename(place)


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
