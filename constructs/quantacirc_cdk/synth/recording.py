"""Record the files and folders that a run reads, with Python's audit events.

The events are listed at https://docs.python.org/3/library/audit_events.html.
"""

import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import source_from_cache
from pathlib import Path
from typing import Any

_PACKAGE = str(Path(__file__).resolve().parents[1])
_INSTALLED = tuple({f"{path}{os.sep}" for path in (*sysconfig.get_paths().values(), _PACKAGE, sys.prefix)})
_SYSTEM = ("/dev/", "/proc/", "/sys/")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_OUTSIDE = ("socket.connect", "socket.getaddrinfo", "os.system", "os.exec", "os.posix_spawn", "os.fork")
"""Events after which the output can depend on more than files."""


class Recording:
    """The files and folders that this process has read since the recording began."""

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._outside = False

    @property
    def read(self) -> frozenset[str] | None:
        """Absolute paths; None if the process started a program other than jsii's, or opened a connection."""
        if self._outside:
            return None
        here = Path.cwd()  # Relative paths refer to the initial current folder, which our code never changes.
        return frozenset(filter(_is_input, (_source(str(here / path)) for path in self._paths)))

    def read_outside(self, folder: Path) -> frozenset[str] | None:
        """Return the paths outside ``folder``."""
        read, below = self.read, folder.absolute()
        return None if read is None else frozenset(path for path in read if not Path(path).is_relative_to(below))

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Record an audit event."""
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, str | bytes | os.PathLike) and not (isinstance(flags, int) and flags & _WRITES):
                self._paths.add(os.fsdecode(path))
        elif event in ("os.listdir", "os.scandir"):
            if isinstance(arguments[0], str | bytes | os.PathLike):
                self._paths.add(os.fsdecode(arguments[0]))
        elif event == "subprocess.Popen":
            self._outside = self._outside or not _is_engine(arguments[1])
        elif event in _OUTSIDE:
            self._outside = True


_recordings: list[Recording] = []
_hooked = False


@contextmanager
def recording() -> Iterator[Recording]:
    """Record what this process reads in this block."""
    global _hooked  # A hook cannot be removed, so all recordings share one.
    if not _hooked:
        sys.addaudithook(_note)
        _hooked = True
    one = Recording()
    _recordings.append(one)
    try:
        yield one
    finally:
        _recordings.remove(one)


def _note(event: str, arguments: tuple[Any, ...], recordings: list[Recording] = _recordings) -> None:
    # A default is there until the process ends. Python clears the variables of modules before, and calls hooks after.
    for one in recordings:
        one.note(event, arguments)


def _is_engine(command: object) -> bool:
    """Return whether a program is jsii's Node.js, which reads only installed packages."""
    words = command if isinstance(command, list | tuple) else [command]
    return any("jsii" in os.fsdecode(word) for word in words[:3] if isinstance(word, str | bytes | os.PathLike))


def _source(path: str) -> str:
    """Return the path of the source of a compiled module, which is what Python compares."""
    if not path.endswith(".pyc"):
        return path
    try:
        return source_from_cache(path)
    except ValueError:
        return path


def _is_input(path: str) -> bool:
    return not f"{path}{os.sep}".startswith((*_SYSTEM, *_INSTALLED))
