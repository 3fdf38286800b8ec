"""Run helm and kubectl: bounded in time, and in charge of what Ctrl-C does to them."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

GRACE_SECONDS = 10
"""Time that a program has to end after it was asked to."""


_RUNNING: set["subprocess.Popen[str]"] = set()


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a program ended."""

    status: int | None
    """Exit status; None where it was stopped because its time was over."""
    out: str
    error: str

    @property
    def ok(self) -> bool:
        """Whether it did what it should."""
        return self.status == 0

    @property
    def said(self) -> str:
        """The last line of its errors, the one that says what is wrong."""
        lines = [line.strip() for line in self.error.splitlines() if line.strip()]
        return lines[-1].removeprefix("Error: ").removeprefix("error: ") if lines else ""


def run(command: Sequence[str], *, seconds: float, input: str | None = None, to_the_end: bool = False) -> Done:
    """Run a program and return how it ended.

    The terminal's Ctrl-C never reaches it: it runs in a session of its own. On an interrupt it is asked to end; with
    ``to_the_end`` it may finish first, because half of what it does is worse than all of it.
    """
    process = subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    _RUNNING.add(process)
    try:
        out, error = process.communicate(input, timeout=seconds)
    except subprocess.TimeoutExpired:
        out, error = _stop(process)
        return Done(status=None, out=out, error=error or f"no answer within {seconds:.0f} s")
    except BaseException:
        try:
            if to_the_end:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.communicate(timeout=GRACE_SECONDS)
        finally:
            _stop(process)  # also when somebody interrupts the waiting
        raise
    finally:
        _RUNNING.discard(process)
    return Done(status=process.returncode, out=out, error=error)


def stop_all() -> None:
    """Ask every program that runs in a thread to end, so that waiting for the thread takes no time."""
    for process in list(_RUNNING):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)


def _stop(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Ask the program and all it started to end, then make it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=GRACE_SECONDS)
    return "", ""
