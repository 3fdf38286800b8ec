"""What one part leaves, another takes; and only while a synthesis runs."""

import threading
from multiprocessing import Pipe
from pathlib import Path

import pytest

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.handover import FOLDER, LOOK, WAIT, leave, take, tell_through


def test_without_a_run_nothing_is_left_and_nobody_waits(tmp_path: Path) -> None:
    leave(tmp_path, "a.json", lambda: pytest.fail("asked for what nobody takes"))
    assert list(tmp_path.iterdir()) == []
    assert take(tmp_path, "a.json") is None


def test_whoever_comes_first_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / FOLDER).mkdir()
    monkeypatch.setattr("quantacirc_cdk.handover._others", None)
    ours, theirs = Pipe()
    tell_through(theirs)
    found: list[str | None] = []
    taker = threading.Thread(target=lambda: found.append(take(tmp_path, "a.json")), daemon=True)
    taker.start()
    for name, text in (("b.json", "another"), ("a.json", "text" * 100_000)):
        taker.join(0.05)
        assert taker.is_alive()
        leave(tmp_path, name, lambda text=text: text)
        told = [ours.recv(), ours.recv()]  # what the process that runs the parts does
        assert sorted(told) == [LOOK, WAIT]
        ours.send(LOOK)
    taker.join(10)
    assert found == ["text" * 100_000]


def test_what_nobody_will_leave_is_named(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    with pytest.raises(QuantacircError, match=r"^helm has ended without helm\.parity\.json"):
        take(tmp_path, "helm.parity.json")
