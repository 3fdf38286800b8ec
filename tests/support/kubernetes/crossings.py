"""How often Python calls into jsii, which is what synthesis spends its time on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from jsii._kernel.providers import process


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Yield a list that grows by one with every call that is made in this block."""
    calls: list[object] = []
    send = process._NodeProcess.send

    def noted(self: object, *arguments: object) -> object:
        calls.append(arguments)
        return send(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(process._NodeProcess, "send", noted)
        yield calls
