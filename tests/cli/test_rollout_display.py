"""The progress of a rollout: a line for each change in a log, a table on a terminal that is given back."""

import io
import sys

import pytest

from quantacirc_cdk.cli import colour
from quantacirc_cdk.cli.rollout_display import Display, display
from quantacirc_cdk.operations.report import Workload


def workload(name: str, ready: int, wanted: int = 2, reason: str = "") -> Workload:
    rollout = "complete" if ready == wanted else f"{ready} of {wanted} pods are ready"
    return Workload(
        name=name, kind="Deployment", ready=ready, wanted=wanted, updated=wanted, rollout=rollout,
        reasons=(reason,) if reason else () if ready == wanted else (rollout,),
    )  # fmt: skip


class Screen(io.StringIO):
    """Stands for standard error on a terminal, which can be closed."""

    encoding = "utf-8"
    closed_by_hand = False

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.closed_by_hand:
            raise OSError(5, "Input/output error")
        return super().write(text)


def test_a_log_gets_a_line_for_each_change_and_no_line_twice(capsys: pytest.CaptureFixture[str]) -> None:
    with display() as shown:
        assert type(shown) is Display
        shown.progress([workload("baker", 0), workload("shop", 2)])
        shown.progress([workload("baker", 0), workload("shop", 2)])
        shown.progress([workload("baker", 1), workload("shop", 2)])
        shown.say("rolling back")
        shown.progress([workload("baker", 0), workload("shop", 2)])
    assert capsys.readouterr().err.splitlines() == [
        "baker: 0/2 ready, 0 of 2 pods are ready",
        "shop: 2/2 ready",
        "baker: 1/2 ready, 1 of 2 pods are ready",
        "rolling back",
        "baker: 0/2 ready, 0 of 2 pods are ready",
    ]


def test_what_a_cluster_says_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    with display() as shown:
        shown.say("a \x1b[31mred\x1b[0m word")
        shown.progress([workload("baker", 0, reason="\x1b]0;title\x07")])
    assert "\x1b" not in capsys.readouterr().err


def terminal(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Let standard error be a terminal, until the end of the test."""
    found = Screen()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setattr(colour, "animated", lambda stream: stream is found)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    return found


HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"


def test_a_terminal_gets_a_table_below_the_messages_and_its_cursor_back(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    with display() as shown:
        shown.say("first")
        shown.progress([workload("baker", 0), workload("shop", 2)])
        shown.say("second \x1b[31m[bold]")
        shown.progress([workload("baker", 2), workload("shop", 2)])
        text = screen.getvalue()
        assert text.startswith("first\n")
        assert "second" in text
        assert "[bold]" in text, "a message is no markup"
        assert "\x1b[31m" not in text
        assert "0/2" in text.partition("second")[0]
        assert "2/2" in text
        assert {mark in text for mark in ("✓", "…")} == {True}
        assert text.count(HIDDEN) == 1
        assert SHOWN not in text
    assert screen.getvalue().count(SHOWN) == 1


def test_a_terminal_is_given_back_where_the_run_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)

    def interrupted() -> None:
        with display() as shown:
            shown.progress([workload("baker", 0)])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert screen.getvalue().count(SHOWN) == 1


def test_a_terminal_that_is_closed_stops_no_rollout(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    with display() as shown:
        shown.progress([workload("baker", 0)])
        screen.closed_by_hand = True
        shown.say("nobody reads this")
        shown.progress([workload("baker", 2)])
    with display() as shown:
        shown.say("nor this")
