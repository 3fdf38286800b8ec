"""This repository runs the pipelines it generates, and two workflows that are not generated."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.pipelines.actions import PINS
from support.pipelines.github import workflow
from support.tools import ROOT, require

HERE = ROOT / ".github" / "workflows"
BY_HAND = ("analysis.yml", "release.yml")
"""Workflows that `make synth` does not write."""

Json = dict[str, Any]


def test_the_workflows_here_are_the_generated_ones(written: Path) -> None:
    generated = written / "github" / ".github" / "workflows"
    here = sorted(path.name for path in HERE.iterdir() if path.name not in BY_HAND)
    assert here == sorted(path.name for path in generated.iterdir())
    for path in generated.iterdir():
        said = f"copy dist/cicd/github/.github/workflows/{path.name} to .github/workflows/"
        assert (HERE / path.name).read_text() == path.read_text(), said


def jobs(name: str) -> dict[str, Json]:
    found: dict[str, Json] = workflow(HERE / name)["jobs"]
    return found


@pytest.mark.slow
def test_the_checkers_find_nothing_in_the_others(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name in BY_HAND:
        (folder / name).write_bytes((HERE / name).read_bytes())
    files = sorted(folder.iterdir())
    for command in (
        [require("actionlint", "run `make test`"), "-no-color", *files],
        [
            require("zizmor", "run `make test`"),
            "--offline",
            "--no-progress",
            "--persona=auditor",
            "--no-ignores",
            tmp_path,
        ],
        [require("check-jsonschema", "run `make test`"), "--builtin-schema", "vendor.github-workflows", *files],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "suppressed" not in done.stdout


@pytest.mark.parametrize("name", BY_HAND)
def test_their_actions_are_pinned_and_renovate_finds_them(name: str) -> None:
    text = (HERE / name).read_text()
    uses = re.findall(r"uses: (?P<action>[^@\s]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)\n", text)
    assert len(uses) == text.count("uses:") > 4
    for action, commit, version in uses:
        assert PINS.get(action, (commit, version)) == (commit, version), action
    managers = json.loads((ROOT / "renovate.json").read_text())["customManagers"]
    [manager] = [
        one
        for one in managers
        if any(re.search(each.strip("/"), f".github/workflows/{name}") for each in one["managerFilePatterns"])
    ]
    [expression] = manager["matchStrings"]
    assert len(re.findall(expression.replace("(?<", "(?P<"), text)) == len(uses)


def test_only_the_job_that_publishes_proves_its_identity_and_runs_no_code() -> None:
    data = workflow(HERE / "release.yml")
    assert data["permissions"] == {"contents": "read"}
    found = {name: job for name, job in data["jobs"].items() if "id-token" in job.get("permissions", {})}
    assert list(found) == ["publish"]
    publish = found["publish"]
    assert publish["environment"] == {"name": "pypi"}
    assert not [step for step in publish["steps"] if "run" in step or "checkout" in step["uses"]]
    assert "secrets." not in (HERE / "release.yml").read_text()


def test_nothing_is_published_before_the_second_build() -> None:
    needs = {name: job.get("needs", []) for name, job in jobs("release.yml").items()}
    assert needs == {"build": [], "compare": ["build"], "publish": ["compare"], "notes": ["publish"]}
    assert any("sha256sum --check --strict" in step.get("run", "") for step in jobs("release.yml")["compare"]["steps"])


def test_the_code_of_pull_requests_gets_no_identity() -> None:
    assert jobs("analysis.yml")["scorecard"]["if"] == "github.event_name != 'pull_request'"
    assert "id-token" not in jobs("analysis.yml")["codeql"]["permissions"]
