"""``make faults`` counts a cell only if its test has passed."""

import runpy

from support.tools import ROOT

FAULTS = runpy.run_path(str(ROOT / "tools" / "faults.py"))


def case(system: str, inside: str = "") -> str:
    told = {"fault": "API lost", "system": system, "ran": "Deploy 1", "cluster": "oven:1", "record": "not recorded"}
    properties = "".join(f'<property name="{name}" value="{value}"/>' for name, value in told.items())
    content = f"<properties>{properties}</properties>{inside}"
    return f'<testcase classname="tests.x" name="test_a[{system}]">{content}</testcase>'


def test_a_cell_whose_test_failed_was_skipped_or_is_not_there_is_missing() -> None:
    report = case("github") + case("gitlab", "<failure/>") + '<testcase name="test_without_a_fault"/>'
    found = FAULTS["cells"](f"<testsuites>{report}</testsuites>")
    assert [cell["outcome"] for cell in found] == ["passed", "failure"]
    assert FAULTS["missing"](found) == ["API lost: gitlab", "API lost: jenkins"]


def test_systems_with_the_same_outcome_share_a_paragraph() -> None:
    found = FAULTS["cells"](f"<testsuites>{case('github')}{case('jenkins')}</testsuites>")
    lines = [line.split() for line in FAULTS["table"](found).splitlines()]
    assert lines == [
        ["──", "API", "lost"],
        ["passed", "GitHub,", "Jenkins"],
        ["ran", "Deploy", "1"],
        ["cluster", "oven:1"],
        ["record", "not", "recorded"],
        ["test", "x::test_a"],
    ]
