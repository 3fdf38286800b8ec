"""How long the phases of a command take, on standard error: ``qcdk --verbose``."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

VERBOSE = "QCDK_VERBOSE"
"""Environment variable that has the same effect as ``qcdk --verbose``."""

_process: int | None = None
"""The process whose phases are printed: not those that it forks, which work at the same time."""


def verbose() -> bool:
    """Return whether this process prints its phases."""
    return _process == os.getpid()


@contextmanager
def timed() -> Iterator[None]:
    """Print the phases of this block, and its whole time at the end."""
    global _process
    before, _process = _process, os.getpid()
    try:
        with phase("total"):
            yield
    finally:
        _process = before


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Print the time of this block, or of the decorated function, with ``qcdk --verbose``; also when it fails."""
    began = time.monotonic()
    try:
        yield
    finally:
        if verbose():
            done(name, time.monotonic() - began)


def done(name: str, seconds: float) -> None:
    """Print the time of a phase."""
    sys.stderr.write(f"time: {name}: {seconds:.2f} s\n")
    sys.stderr.flush()
