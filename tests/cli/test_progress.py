"""The progress of ``qcdk synth``: lines in a log, a line for each part on a terminal, nothing with ``--quiet``."""

import io
import sys

import pytest

from quantacirc_cdk.cli import colour
from quantacirc_cdk.cli import progress as module
from quantacirc_cdk.cli.progress import progress
from quantacirc_cdk.synth import Event

STARTED = Event(part="kubernetes", state="started")
DONE = Event(part="kubernetes", state="done", files=12, seconds=0.25)
WAITING = Event(part="lock", state="waiting")


def test_a_log_gets_a_line_for_each_part_that_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as listener:
        for event in (WAITING, STARTED, DONE):
            listener(event)
    shown = capsys.readouterr()
    assert shown.err.splitlines() == ["waiting for another run to end", "kubernetes: 12 files, 0.2 s"]
    assert shown.out == ""


def test_nothing_is_said_where_nobody_wants_it(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=True) as listener:
        for event in (WAITING, STARTED, DONE):
            listener(event)
    assert capsys.readouterr() == ("", "")


def test_with_verbose_the_time_of_each_part_is_one_of_the_phases(monkeypatch: pytest.MonkeyPatch) -> None:
    phases: list[tuple[str, float]] = []
    monkeypatch.setattr(module, "verbose", lambda: True)
    monkeypatch.setattr(module, "done", lambda name, seconds: phases.append((name, seconds)))
    with progress(quiet=True) as listener:
        for event in (WAITING, STARTED, DONE):
            listener(event)
    assert phases == [("generate kubernetes", 0.25)]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_terminal_shows_each_part_and_is_given_back(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    raw = io.BytesIO()
    screen = io.TextIOWrapper(raw, encoding=encoding, errors="replace", write_through=True)
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(colour, "animated", lambda _: True)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as listener:
        assert raw.getvalue() == b"", "its thread must not start before the workers are forked"
        listener(WAITING)
        listener(STARTED)
        listener(DONE)
    text = raw.getvalue().decode(encoding)
    assert "waiting for another run to end" in text
    assert "kubernetes" in text
    assert "12 files" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1


def test_a_terminal_that_gets_no_event_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(colour, "animated", lambda _: True)
    with progress():
        pass
    assert screen.getvalue() == ""
