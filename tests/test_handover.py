"""What one part leaves, another takes; and only while a synthesis runs."""

import threading
from pathlib import Path

import pytest

from quantacirc_cdk.handover import FOLDER, leave, take


def test_without_a_run_nothing_is_left_and_nobody_waits(tmp_path: Path) -> None:
    leave(tmp_path, "a.json", lambda: pytest.fail("asked for what nobody takes"))
    assert list(tmp_path.iterdir()) == []
    assert take(tmp_path, "a.json") is None


def test_whoever_comes_first_waits(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    found: list[str | None] = []
    taker = threading.Thread(target=lambda: found.append(take(tmp_path, "a.json")))
    taker.start()
    leave(tmp_path, "b.json", lambda: "another")
    taker.join(0.05)
    assert taker.is_alive()
    leave(tmp_path, "a.json", lambda: "text" * 100_000)
    taker.join(10)
    assert found == ["text" * 100_000]
