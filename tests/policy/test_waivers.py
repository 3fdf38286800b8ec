"""A waiver has a reason and a day it expires, and is for something that is found."""

from datetime import date
from pathlib import Path

import pytest

from quantacirc_cdk.model import load_project
from support.tools import ROOT
from support.waivers import Finding, Waiver, load_waivers, refused, unused

WAIVER = Waiver(check="A_1", resources=("Job.*",), reason="because", expires=date(2026, 2, 1))
FINDING = Finding("A_1", "Job.x")


def test_a_waiver_covers_its_check_on_its_resources_only() -> None:
    others = [Finding("A_2", "Job.x"), Finding("A_1", "CronJob.x")]
    assert refused([FINDING, *others], [WAIVER]) == sorted(others)


def test_a_waiver_for_what_nobody_finds_is_refused() -> None:
    assert unused([WAIVER], []) == ["A_1: nothing is found in Job.*"]
    assert unused([WAIVER], [FINDING]) == []


@pytest.mark.parametrize("missing", ["resources", "reason", "expires"])
def test_an_incomplete_waiver_is_refused(tmp_path: Path, missing: str) -> None:
    lines = {"check": "A_1", "resources": "[x]", "reason": "because", "expires": "2026-02-01"}
    text = "\n".join(f"  {key}: {value}" for key, value in lines.items() if key != missing)
    path = tmp_path / "waivers.yaml"
    path.write_text(f"-{text[1:]}\n")
    with pytest.raises(ValueError, match=rf"entry 1 \(A_1\): {missing}"):
        load_waivers("", path)


def test_one_scanners_waivers_are_not_anothers(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text("- {check: A_1, resources: [x], reason: y, expires: 2026-02-01}\n")
    assert [waiver.check for waiver in load_waivers("A_", path)] == ["A_1"]
    assert load_waivers("B_", path) == []


def test_every_waiver_is_of_a_scan_that_is_made() -> None:
    """One of no scan would stay for ever."""
    prefixes = tuple(f"CKV{two}_{what}_" for two in ("", "2") for what in ("K8S", "AWS", "GCP", "AZURE"))
    assert [waiver.check for waiver in load_waivers("") if not waiver.check.startswith(prefixes)] == []


@pytest.mark.integration
def test_unprotected_databases_are_waived_only_where_the_environment_is_disposable() -> None:
    environments = load_project(ROOT).environments
    waived = [r for one in load_waivers("CKV_AWS_") if one.check == "CKV_AWS_293" for r in one.resources]
    databases = [one for one in waived if "_read_" not in one]  # A read replica has only a copy of the data.
    assert databases
    for resource in databases:
        assert environments[resource.partition("-aws/")[0]].disposable, resource
