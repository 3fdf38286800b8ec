"""Give each forked process its own Node.js. jsii would share the parent's: both would read each other's responses."""

import atexit
import os
from functools import wraps
from typing import Any

_inherited: list[Any] = []
"""Node.js of parent processes; kept, so that their pipes stay as they are."""


def separate_after_fork() -> None:
    """Make a forked process start its own Node.js with its first jsii request, and load the same libraries into it.

    Objects that the parent has created cannot be used there.
    """
    import jsii
    from jsii import _reference_map
    from jsii._kernel.providers.process import _NodeProcess
    from jsii._kernel.types import LoadRequest, LoadResponse

    if getattr(_NodeProcess.send, "separate", False) or not hasattr(os, "register_at_fork"):
        return
    send = _NodeProcess.send
    loaded: list[LoadRequest] = []
    forked = False

    @wraps(send)  # Keeps the marks of other wrappers.
    def separate(self: Any, request: Any, response_type: Any) -> Any:
        nonlocal forked
        if forked:
            forked = False
            del self.stop
            self.start()
            for one in loaded:
                send(self, one, LoadResponse)
        response = send(self, request, response_type)
        if isinstance(request, LoadRequest):
            loaded.append(request)
        return response

    def begin() -> None:
        nonlocal forked
        forked = True
        provider: Any = jsii.kernel.provider
        process = provider._process
        _inherited.append(process._process)
        atexit.unregister(process.stop)
        process.stop = lambda: None  # It would end the parent's.
        _reference_map._refs._refs.clear()

    separate.separate = True  # type: ignore[attr-defined]
    _NodeProcess.send = separate  # type: ignore[method-assign]
    os.register_at_fork(after_in_child=begin)
