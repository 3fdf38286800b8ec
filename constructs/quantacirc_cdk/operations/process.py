"""Run helm, kubectl and other programs with timeouts and controlled handling of Ctrl-C."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from quantacirc_cdk.reading import MAX_JSON_BYTES
from quantacirc_cdk.text.terminal import without_colours

GRACE_SECONDS = 10
"""Seconds between the request to end a program and its kill."""


_RUNNING: set["subprocess.Popen[bytes]"] = set()


@dataclass(frozen=True, kw_only=True)
class Done:
    """Result of a program."""

    status: int | None
    """Exit status; None if it was stopped by the timeout."""
    out: str
    error: str

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.status == 0

    @property
    def said(self) -> str:
        """The last line of its standard error, which contains the reason."""
        lines = [line.strip() for line in self.error.splitlines() if line.strip()]
        return lines[-1].removeprefix("Error: ").removeprefix("error: ") if lines else ""


def run(
    command: Sequence[str],
    *,
    seconds: float,
    input: str | None = None,
    to_the_end: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Done:
    """Run a program and return its result; ``environment`` takes the place of the process's own.

    It runs in a separate session, so that Ctrl-C of the terminal does not reach it. On an interrupt, it is asked to
    end; with ``to_the_end`` it may finish first, because a partial change would be worse.
    """
    process = subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    exchange = _Exchange(process, input)
    _RUNNING.add(process)
    try:
        exchange.wait(seconds)
    except subprocess.TimeoutExpired:
        _stop(process, exchange)
        return Done(status=None, out=exchange.out, error=exchange.error or f"no answer within {seconds:.0f} s")
    except BaseException:
        try:
            if to_the_end:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    exchange.wait(GRACE_SECONDS)
        finally:
            _stop(process, exchange)  # Also if the wait is interrupted.
        raise
    finally:
        _RUNNING.discard(process)
    if exchange.too_much:
        return Done(status=None, out="", error=f"it printed more than {MAX_JSON_BYTES:,} bytes")
    return Done(status=process.returncode, out=exchange.out, error=exchange.error or _signal(process.returncode))


def _signal(status: int) -> str:
    """Return the words for a program that a signal ended before it said anything; nothing for another end."""
    if status >= 0:
        return ""
    try:
        return f"it was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"it was ended by signal {-status}"


class _Exchange:
    """Input and output of a program, with a size limit, which ``communicate`` does not have."""

    def __init__(self, process: "subprocess.Popen[bytes]", input: str | None) -> None:
        self.too_much = False
        self._process = process
        self._printed: dict[str, bytes] = {}
        pipes = {"out": process.stdout, "error": process.stderr}
        self._readers = [
            threading.Thread(target=self._read, args=(name, pipe), daemon=True) for name, pipe in pipes.items() if pipe
        ]
        if input is not None:
            threading.Thread(target=self._write, args=(input.encode(),), daemon=True).start()
        for reader in self._readers:
            reader.start()

    @property
    def out(self) -> str:
        """Its standard output."""
        return self._printed.get("out", b"").decode("utf-8", "replace")

    @property
    def error(self) -> str:
        """Its standard error, without colours."""
        return without_colours(self._printed.get("error", b"").decode("utf-8", "replace"))

    def wait(self, seconds: float) -> None:
        """Wait until the program has ended. Raises ``TimeoutExpired``."""
        deadline = time.monotonic() + seconds
        for reader in self._readers:
            reader.join(max(0.0, deadline - time.monotonic()))
            if reader.is_alive():
                raise subprocess.TimeoutExpired(self._process.args, seconds)
        self._process.wait(max(0.01, deadline - time.monotonic()))

    def _read(self, name: str, pipe: IO[bytes]) -> None:
        with pipe:
            self._printed[name] = pipe.read(MAX_JSON_BYTES + 1)
            if len(self._printed[name]) > MAX_JSON_BYTES:
                self.too_much = True
                self._printed[name] = b""
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def _write(self, data: bytes) -> None:
        pipe = self._process.stdin
        with contextlib.suppress(OSError):  # It has closed its input.
            if pipe is not None:
                with pipe:
                    pipe.write(data)


def stop_all() -> None:
    """Ask every program in a thread to end, so that waiting for the thread is quick."""
    for process in list(_RUNNING):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)


def _stop(process: "subprocess.Popen[bytes]", exchange: _Exchange) -> None:
    """Ask the program and its children to end, then kill them."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            exchange.wait(GRACE_SECONDS)
            return
