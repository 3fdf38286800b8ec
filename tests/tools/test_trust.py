"""``make trust`` counts what ran: a check that ran nothing, or could not do its work, is no proof."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from support.tools import ROOT

TRUST = runpy.run_path(str(ROOT / "tools" / "trust.py"))

CASES = {
    "nothing": ("", "RAN NOTHING", False),
    "a pass": ('<testcase name="a"/>', "passed", True),
    "a failure among passes": ('<testcase name="a"/><testcase name="b"><failure/></testcase>', "FAILED", False),
    "an error": ('<testcase name="b"><error/></testcase>', "FAILED", False),
    "skips alone": ('<testcase name="a"><skipped message="no tool"/></testcase>', "RAN NOTHING", False),
    "a waiver": ('<testcase name="a"><skipped message="waived: no service"/></testcase>', "NOT RUN, waived", True),
    "a waiver and a failure": (
        '<testcase name="a"><skipped message="waived: x"/></testcase><testcase name="b"><failure/></testcase>',
        "FAILED",
        False,
    ),
}


def result(report: str) -> Any:
    found = TRUST["Result"]("name", "says", "pytest", "9", 7)
    TRUST["count"](found, f"<testsuites><testsuite>{report}</testsuite></testsuites>")
    return found


@pytest.mark.parametrize(("report", "status", "is_good"), CASES.values(), ids=CASES)
def test_only_what_ran_and_passed_is_good(report: str, status: str, is_good: bool) -> None:
    found = result(report)
    assert (found.status, found.is_good) == (status, is_good)


def test_the_reason_of_what_did_not_run_is_kept() -> None:
    assert result(CASES["skips alone"][0]).why == ["skipped: .a: no tool"]


def test_every_test_of_a_check_exists_and_every_test_of_trust_is_in_a_check() -> None:
    named = [test for check in TRUST["CHECKS"].values() for test in check.tests]
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert {f"tests/trust/{path.name}" for path in Path(__file__).parent.parent.glob("trust/test_*.py")} <= {*named}


def test_every_tool_is_locked() -> None:
    assert all(TRUST["locked"](check.tool) for check in TRUST["CHECKS"].values())


def test_an_unknown_check_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["trust.py", "licenses"])
    with pytest.raises(SystemExit, match=r"no check licenses, expected .*licences"):
        TRUST["main"]()
