"""Error output and exit status of a failed command."""

import errno
import os
import sys
import traceback
from pathlib import Path

from quantacirc_cdk.cli import colour
from quantacirc_cdk.errors import InternalError, Problem, QuantacircError, debugging
from quantacirc_cdk.text.terminal import printable

_OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a write that name no file."""
_PACKAGE = Path(__file__).resolve().parent.parent


def report(error: BaseException) -> int:
    """Print an error, with its traceback in debug mode, and return the exit status."""
    known = _known(error)
    if debugging():
        text = known.trace or "".join(traceback.format_exception(error))
        print(text.rstrip("\n"), file=sys.stderr)
    for problem in known.problems:
        colour.error(problem)
    for line in known.printed:
        print(f"  {printable(line)}", file=sys.stderr)
    return known.exit_status


def _known(error: BaseException) -> QuantacircError:
    if isinstance(error, QuantacircError):
        return error
    if isinstance(error, OSError) and error.filename is not None:
        name = error.filename.decode(errors="replace") if isinstance(error.filename, bytes) else str(error.filename)
        return QuantacircError(Problem(file=name, what=error.strerror or type(error).__name__))
    if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
        return QuantacircError(Problem(what=os.strerror(error.errno), expected="room to write"))
    return InternalError(
        f"internal error: {_summary(error)}, at {_place(error)}; please report it with the output of --debug"
    )


def _summary(error: BaseException) -> str:
    """Return the type of an exception and the first line of its message."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _place(error: BaseException) -> str:
    """Return the file and line of the last call in this package, else of the last call."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    return next((f"{frame.filename}:{frame.lineno}" for frame in reversed(own or frames)), "an unknown place")
