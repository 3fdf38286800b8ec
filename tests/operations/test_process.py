"""Programs are bounded in time and in what they print."""

import sys
import time

import pytest

from quantacirc_cdk.operations import process
from quantacirc_cdk.operations.process import run
from quantacirc_cdk.operations.terraform import Ended


def test_what_goes_in_comes_out() -> None:
    text = "ä" * 500_000
    code = "import sys; data = sys.stdin.read(); print('E', file=sys.stderr); sys.stdout.write(data)"
    done = run([sys.executable, "-X", "utf8", "-c", code], seconds=30, input=text)
    assert (done.status, done.out, done.error) == (0, text, "E\n")


def test_a_program_that_reads_nothing_is_no_error() -> None:
    done = run([sys.executable, "-c", "print(1)"], seconds=30, input="x" * 1_000_000)
    assert (done.ok, done.out) == (True, "1\n")


def test_a_program_that_prints_without_end_is_ended(monkeypatch) -> None:
    monkeypatch.setattr(process, "MAX_JSON_BYTES", 100_000)
    began = time.monotonic()
    done = run(["yes"], seconds=30)
    assert (done.status, done.out, done.error) == (None, "", "it printed more than 100,000 bytes")
    assert time.monotonic() - began < 10


def test_what_a_program_says_is_kept_without_colours() -> None:
    done = run(["sh", "-c", r"printf '\033[1m\033[31mError: \033[0mno chart\n' >&2; exit 1"], seconds=30)
    assert done.said == "no chart"


def test_what_terraform_prints_for_people_is_shown_as_its_errors() -> None:
    ended = Ended(status=1)
    ended.printed.extend(["╷", "│ Warning: old", "╵", "\x1b[31m╷\x1b[0m", "│ \x1b[1mError: no such option", "╵"])
    assert [one.what for one in ended.problems("prod-aws")] == ["Error: no such option"]


@pytest.mark.integration
def test_a_program_that_takes_too_long_keeps_what_it_said() -> None:
    done = run(["sh", "-c", "echo begun >&2; sleep 30"], seconds=0.3)
    assert (done.status, done.error) == (None, "begun\n")


@pytest.mark.parametrize(("number", "name"), [("KILL", "SIGKILL"), ("SEGV", "SIGSEGV"), ("40", "signal 40")])
def test_a_program_that_a_signal_ends_in_silence_has_a_reason(number: str, name: str) -> None:
    assert run(["sh", "-c", f"kill -{number} $$"], seconds=30).said == f"it was ended by {name}"
    said = run(["sh", "-c", f"echo no memory >&2; kill -{number} $$"], seconds=30).said
    assert said == "no memory"
    assert run(["false"], seconds=30).said == ""
