"""Detect that Node.js was stopped. jsii itself would wait forever."""

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

from quantacirc_cdk.errors import QuantacircError

SECONDS = "QCDK_NODE_TIMEOUT"
"""Environment variable: seconds without activity during a request after which Node.js counts as stopped; 8 by
default.
"""
_DEFAULT_SECONDS = 8.0
_INTERVAL_SECONDS = 0.5


class Watchdog:
    """Kills a Node.js process that uses no processor time during a request; runs in a separate thread.

    A request can take any time while Node.js uses the processor.
    """

    def __init__(self) -> None:
        """Read the limit. Raises ``QuantacircError`` for one that is no number."""
        self.seconds = _seconds()
        self.fired = False
        """Whether it has killed Node.js."""
        self._asked: int | None = None
        self._requests = 0
        self._process_id = 0

    def begins(self, process: int) -> None:
        """Record that a request was sent to the process with this identifier."""
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
            now = (self._requests, _processor_seconds(process) if process else 0.0)
            if process is None or now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since >= self.seconds:
                self.fired = True
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                return


def _seconds() -> float:
    try:
        return max(1.0, float(os.environ.get(SECONDS, _DEFAULT_SECONDS)))
    except ValueError:
        raise QuantacircError(f"{SECONDS} is not a number of seconds: {os.environ[SECONDS]}") from None


def _processor_seconds(process: int) -> float:
    """Return the processor time of a process; 0 if the system does not provide it."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        pass
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        command = ["ps", "-o", "time=", "-p", str(process)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
        hours, minutes, seconds = ["0", "0", *done.stdout.strip().split(":")][-3:]
        return 3600.0 * int(hours) + 60.0 * int(minutes) + float(seconds)
    return 0.0
