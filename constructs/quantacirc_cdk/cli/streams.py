"""Standard output and error of ``qcdk``: a full disk, a closed pipe or a limited encoding never changes its effects."""

import codecs
import contextlib
import io
import os
import select
import sys
from typing import Any, TextIO

LOST_OUTPUT = 74
"""EX_IOERR of sysexits.h."""

_SIMPLER = {"✓": "ok", "✗": "x", "→": "->", "…": "...", "·": "-", "≥": ">=", "≤": "<=", "—": "-"}
_ERRORS = "quantacirc-simpler"


class Output(io.FileIO):
    """A file descriptor that records its first write error in ``lost``, without ending the command."""

    lost: OSError | None = None

    def write(self, data: Any) -> int:
        """Write as much as possible; return the number of bytes written."""
        if self.lost is not None:
            return len(data)
        try:
            while (written := super().write(data)) is None:  # The descriptor is non-blocking and not ready.
                select.select([], [self.fileno()], [])
        except OSError as error:
            self.lost = error
            return len(data)
        return written


def prepare() -> Output:
    """Prepare the standard streams; return the object behind standard output."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # Closed: reserve the descriptor, so that the next opened file does not get it. Writing to standard output
            # still fails.
            os.open(os.devnull, os.O_RDONLY if descriptor == 1 else os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    codecs.register_error(_ERRORS, _simpler)
    output = Output(1, "w", closefd=False)
    sys.stdout = _text(output, sys.stdout)
    sys.stderr = _text(Output(2, "w", closefd=False), sys.stderr, line_buffering=True)
    return output


def finish(output: Output, status: int) -> int:
    """Flush the output. Return ``status``, or ``LOST_OUTPUT`` if it is 0 and standard output lost data.

    Data after the reader has closed the pipe, as ``head`` does, does not count as lost.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    if output.lost is None or isinstance(output.lost, BrokenPipeError):
        return status
    print(f"error: standard output cannot be written: {output.lost.strerror}", file=sys.stderr)
    return status or LOST_OUTPUT


def reader_is_gone() -> bool:
    """Return whether the reader of standard output is gone, for commands that run until interrupted."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return isinstance(raw, Output) and raw.lost is not None


def _text(output: Output, before: TextIO | None, *, line_buffering: bool | None = None) -> io.TextIOWrapper:
    encoding = before.encoding if before is not None else "utf-8"
    if line_buffering is None:
        line_buffering = bool(before and before.line_buffering)
    return io.TextIOWrapper(
        io.BufferedWriter(output), encoding=encoding, errors=_ERRORS, line_buffering=line_buffering, write_through=False
    )


def _simpler(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace characters that an encoding does not have: some by a similar one, others by an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_SIMPLER.get(one) or one.encode("unicode_escape").decode("ascii") for one in text), error.end
