"""The table of environments and parameters: every difference with its reason, in text, JSON and Markdown."""

import json
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.helm.derive import Derived
from quantacirc_cdk.helm.parity import parity
from quantacirc_cdk.model import Project
from quantacirc_cdk.report.parity import FORMATS, as_markdown, as_text
from support.kubernetes.manifests import ENVIRONMENTS
from support.tools import ROOT

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def derived(project: Project) -> Derived:
    return system_chart(project, ROOT / "dist" / "kubernetes").derived()


def row(found: dict[str, Any], path: str) -> dict[str, Any]:
    (one,) = [row for row in found["parameters"] if row["path"] == path]
    return dict(one)


@pytest.mark.slow
def test_every_difference_has_a_reason_and_a_description(derived: Derived) -> None:
    found = parity(derived)
    assert found["environments"] == ENVIRONMENTS
    assert len(found["parameters"]) > 20
    assert [row["path"] for row in found["parameters"] if not (row["reason"] and row["description"])] == []


def test_the_values_are_those_of_the_environments(derived: Derived, project: Project) -> None:
    found = parity(derived)
    for name, one in project.environments.items():
        assert row(found, "environment")["values"][name] == name
        storage = one.components["bus"].storage
        if storage:
            assert row(found, "bus.persistence.size")["values"][name] == storage


def test_some_environments_show_what_those_differ_in(derived: Derived) -> None:
    one = parity(derived, [ENVIRONMENTS[0]])
    assert one["parameters"] == []
    assert "environment" not in as_markdown(one).partition("\n\n")[2]
    everything = parity(derived, [ENVIRONMENTS[0]], everything=True)
    assert len(everything["parameters"]) == everything["declared"] == len(derived.parameters)
    two = {row["path"] for row in parity(derived, ENVIRONMENTS[:2])["parameters"]}
    assert two <= {row["path"] for row in parity(derived)["parameters"]}
    assert "environment" in two


def test_a_terminal_sees_equal_values_once_and_of_mappings_what_differs() -> None:
    values = {
        "a": {"limits": {"cpu": "1", "memory": "1Gi"}},
        "b": {"limits": {"cpu": "1", "memory": "2Gi"}},
        "c": {"limits": {"cpu": "1", "memory": "1Gi"}},
    }
    text = as_text(
        {
            "declared": 9,
            "environments": ["a", "b", "c"],
            "parameters": [{"path": "web.resources", "reason": "load", "undeclared": False, "values": values}],
            "without_values": [],
        }
    )
    assert "differ in 1 of 9" in text
    assert [line.split() for line in text.splitlines()[2:]] == [
        ["web.resources:", "load"],
        ["a,", "c", "limits.memory:", "1Gi"],
        ["b", "limits.memory:", "2Gi"],
    ]


def test_no_value_breaks_a_table_or_a_terminal() -> None:
    hostile = {"a": "x | `y` \x1b[31m\n", "b": ""}
    found = {
        "declared": 1,
        "environments": ["a", "b"],
        "parameters": [{"path": "p", "reason": "r", "undeclared": False, "values": hostile}],
        "without_values": [],
    }
    assert "\x1b" not in as_text(found)
    lines = [line for line in as_markdown(found).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {5}
    assert json.loads(FORMATS["json"](found)) == found


def test_the_page_of_the_report_is_the_table(report: Path, derived: Derived) -> None:
    assert (report / "parity.md").read_text() == as_markdown(parity(derived))
