"""Standard output and error of ``qcdk``: a full disk, a closed pipe or a poor encoding never changes what it does."""

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
    """A descriptor whose first error in writing is kept in ``lost``, and ends neither the command nor its status."""

    lost: OSError | None = None

    def write(self, data: Any) -> int:
        """Write what can be written; return the length of ``data``, or of a first part."""
        if self.lost is not None:
            return len(data)
        try:
            while (written := super().write(data)) is None:  # the descriptor does not block, and is not ready
                select.select([], [self.fileno()], [])
        except OSError as error:
            self.lost = error
            return len(data)
        return written


def prepare() -> Output:
    """Make the standard streams fit for whatever they are connected to; return what is behind standard output."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # closed: the next file that is opened must not take its place
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    codecs.register_error(_ERRORS, _simpler)
    output = Output(1, "w", closefd=False)
    sys.stdout = _text(output, sys.stdout)
    sys.stderr = _text(Output(2, "w", closefd=False), sys.stderr, line_buffering=True)
    return output


def finish(output: Output, status: int) -> int:
    """Write what is left; return ``status``, or ``LOST_OUTPUT`` where it is 0 and standard output took not everything.

    A reader that ended, as ``head`` does, has seen enough: that is no loss.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    if output.lost is None or isinstance(output.lost, BrokenPipeError):
        return status
    print(f"error: standard output cannot be written: {output.lost.strerror}", file=sys.stderr)
    return status or LOST_OUTPUT


def reader_is_gone() -> bool:
    """Whether standard output leads nowhere any more, for commands that would go on for ever."""
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
    """Replace characters that an encoding lacks: a few by something that looks alike, others by their escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_SIMPLER.get(one) or one.encode("unicode_escape").decode("ascii") for one in text), error.end
