"""The only reader of external input: files, pipes and JSON, with limits of size and time.

Unusual input, such as a pipe without a writer or an endless device, ends with an error.
"""

import json
import os
import select
import stat
import sys
import time
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import ModelError, Problem

MAX_BYTES = 1_000_000
"""Maximum size of a file in bytes."""
MAX_JSON_BYTES = 50_000_000
"""Maximum size in bytes of a JSON document from a program."""
MAX_VALUES = 2_000_000
"""Maximum number of values in such a document, which determines the memory that it takes."""
SECONDS = "QCDK_INPUT_TIMEOUT"
"""Environment variable: timeout in seconds for reading a pipe; 8 by default."""
DEFAULT_SECONDS = 8.0
_PIECE = 1 << 16


def read_file(path: Path, shown: str, *, expected: str, limit: int = MAX_BYTES, pipes: bool = False) -> bytes:
    """Return the content of the file at ``path``; messages use the name ``shown``.

    Raises ``ModelError`` if it is missing, cannot be read, is larger than ``limit`` bytes, or is neither a regular file
    nor, with ``pipes``, a pipe such as a shell's ``<(command)``.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        raise ModelError(Problem(file=shown, what="no such file", expected=expected)) from None
    except (OSError, ValueError) as error:
        raise _unreadable(shown, error, expected) from None
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISREG(kind):
            return _all(descriptor, shown, limit)
        if pipes and stat.S_ISFIFO(kind):
            return _stream(descriptor, shown, limit)
        raise ModelError(Problem(file=shown, what=f"cannot be read: it is {_described(kind)}", expected=expected))
    except OSError as error:
        raise _unreadable(shown, error, expected) from None
    finally:
        os.close(descriptor)


def read_standard_input(*, limit: int = MAX_BYTES, seconds: float = DEFAULT_SECONDS) -> bytes:
    """Return the content of standard input, which must end within ``seconds``. Raises ``ModelError`` like
    ``read_file``.
    """
    shown = "standard input"
    try:
        descriptor = sys.stdin.fileno()
    except (OSError, ValueError, AttributeError):  # Not a real file, if a program calls ``main``.
        return _bounded(sys.stdin.read(limit + 1).encode(), shown, limit)
    try:
        if os.isatty(descriptor) or stat.S_ISREG(os.fstat(descriptor).st_mode):
            return _all(descriptor, shown, limit)
        return _stream(descriptor, shown, limit, seconds)
    except OSError as error:
        raise _unreadable(shown, error, "a file or a pipe") from None


def parse_json(text: str | bytes) -> Any:
    """Return the value of a JSON text.

    Raises ``ValueError`` for invalid JSON (https://www.rfc-editor.org/rfc/rfc8259), and for a document that is too
    deeply nested or too large.
    """
    if len(text) > MAX_JSON_BYTES:
        raise ValueError(f"more than {MAX_JSON_BYTES:,} bytes")
    signs: tuple[Any, ...] = (b",", b"[", b"{") if isinstance(text, bytes) else (",", "[", "{")
    if sum(text.count(sign) for sign in signs) > MAX_VALUES:
        raise ValueError(f"more than {MAX_VALUES:,} values")
    try:
        return json.loads(text, parse_constant=_refused)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _all(descriptor: int, shown: str, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while size <= limit and (piece := os.read(descriptor, limit + 1 - size)):
        pieces.append(piece)
        size += len(piece)
    return _bounded(b"".join(pieces), shown, limit)


def _stream(descriptor: int, shown: str, limit: int, seconds: float = DEFAULT_SECONDS) -> bytes:
    """Return the content of a pipe or device, which must end in time."""
    seconds = _seconds(seconds)
    deadline, pieces, size = time.monotonic() + seconds, [b""], 0
    while size <= limit:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            what = f"no end after {seconds:g} s"
            raise ModelError(
                Problem(file=shown, what=what, expected=f"all of it in time; {SECONDS} sets another limit")
            )
        try:
            piece = os.read(descriptor, _PIECE)
        except BlockingIOError:
            continue
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return _bounded(b"".join(pieces), shown, limit)


def _bounded(data: bytes, shown: str, limit: int) -> bytes:
    if len(data) > limit:
        raise ModelError(Problem(file=shown, what="the file is too large", expected=f"at most {limit:,} bytes"))
    return data


def _seconds(default: float) -> float:
    try:
        return float(os.environ.get(SECONDS, default))
    except ValueError:
        raise ModelError(Problem(key=SECONDS, what=f'found "{os.environ[SECONDS]}"', expected="seconds")) from None


def _unreadable(shown: str, error: OSError | ValueError, expected: str) -> ModelError:
    reason = getattr(error, "strerror", None) or str(error)
    return ModelError(Problem(file=shown, what=f"cannot be read: {reason}", expected=expected))


def _described(kind: int) -> str:
    names = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    return names.get(stat.S_IFMT(kind), "a device")
