"""Detect that Node.js was killed or stopped. jsii itself would report invalid JSON, or wait forever."""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import QuantacircError

SECONDS = "QCDK_NODE_TIMEOUT"
"""Environment variable: seconds without activity during a request after which Node.js counts as stopped; 8 by
default.
"""
_DEFAULT_SECONDS = 8.0
_INTERVAL_SECONDS = 0.5


class NodeError(QuantacircError):
    """The Node.js process of jsii has ended or stopped."""


def watch() -> None:
    """Make every jsii request of this process raise ``NodeError`` if Node.js has ended or stopped.

    A request can take any time while Node.js uses the processor.
    """
    from jsii._kernel.providers.process import _NodeProcess

    if getattr(_NodeProcess.send, "watched", False):
        return
    send: Callable[..., Any] = _NodeProcess.send
    watchdog = _Watchdog(_seconds())

    @wraps(send)
    def watched(self: Any, request: Any, response_type: Any) -> Any:
        watchdog.begins(self._process)
        try:
            return send(self, request, response_type)
        except (ValueError, OSError) as error:  # The output is not JSON, or the input is closed.
            if self._process.poll() is None and not watchdog.fired:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout=1)
            status = self._process.poll()
            if status is None and not watchdog.fired:
                raise
            raise NodeError(_explanation(status, watchdog)) from error
        finally:
            watchdog.ends()

    watched.watched = True  # type: ignore[attr-defined]
    _NodeProcess.send = watched  # type: ignore[method-assign]


def _explanation(status: int | None, watchdog: "_Watchdog") -> str:
    if watchdog.fired:
        return (
            f"Node.js, which the constructs run on, did nothing for {watchdog.seconds:g} s and was ended; "
            f"{SECONDS} sets another limit"
        )
    how = f"by signal {-status}" if status is not None and status < 0 else f"with status {status}"
    return f"Node.js, which the constructs run on, was ended {how}: by hand, or for lack of memory"


def _seconds() -> float:
    try:
        return max(1.0, float(os.environ.get(SECONDS, _DEFAULT_SECONDS)))
    except ValueError:
        raise QuantacircError(f"{SECONDS} is not a number of seconds: {os.environ[SECONDS]}") from None


class _Watchdog:
    """Kills a Node.js process that uses no processor time during a request; runs in a separate thread."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.fired = False
        self._asked: subprocess.Popen[bytes] | None = None
        self._requests = 0
        self._process_id = 0

    def begins(self, process: "subprocess.Popen[bytes]") -> None:
        """Record that a request was sent."""
        self._asked = process
        self._requests += 1
        if self._process_id != os.getpid():  # Also after a fork, which does not copy threads.
            self._process_id = os.getpid()
            threading.Thread(target=self._run, daemon=True).start()

    def ends(self) -> None:
        """Record that the response has arrived."""
        self._asked = None

    def _run(self) -> None:
        seen, since = (0, 0.0), time.monotonic()
        while True:
            time.sleep(_INTERVAL_SECONDS)
            process = self._asked
            now = (self._requests, _processor_seconds(process.pid) if process else 0.0)
            if process is None or now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since >= self.seconds:
                self.fired = True
                process.kill()
                return


def _processor_seconds(pid: int) -> float:
    """Return the processor time of a process; 0 if the system does not provide it."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        pass
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        command = ["ps", "-o", "time=", "-p", str(pid)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
        hours, minutes, seconds = ["0", "0", *done.stdout.strip().split(":")][-3:]
        return 3600.0 * int(hours) + 60.0 * int(minutes) + float(seconds)
    return 0.0
