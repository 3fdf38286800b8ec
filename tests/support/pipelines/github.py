"""Read GitHub workflows."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from support.pipelines.jobs import ReadJob, Script, clean

Json = dict[str, Any]
APPROVAL = "Check that an approval is required"
COMMENT = "Comment on the pull request"
IDENTITY = "Prove our identity to "
INSTALLED = "Put grype on PATH"
SUMMARY = "Show the summary"
ISSUE = "Report it in an issue"
RENEWAL = "Renew our identity in the background"
RENEWED = "Stop renewing our identity"
OWN = (APPROVAL, COMMENT, IDENTITY, INSTALLED, SUMMARY, ISSUE, RENEWAL, RENEWED)
"""Steps that only GitHub has, or that each server has in its own words."""
CHANGES = "changes"
WRITE_TOKENS = {"contents": "GIT_TOKEN", "issues": "ISSUE_TOKEN", "pull-requests": "REVIEW_TOKEN"}


def workflow(path: Path) -> Json:
    """Return a workflow; the key ``on``, which YAML 1.1 takes for true, is text."""
    data = yaml.safe_load(path.read_text())
    data["on"] = data.pop(True)
    return dict(data)


def read_github(folder: Path) -> list[ReadJob]:
    """Return the jobs of ``ci.yml``, ``cd.yml`` and, where there is one, ``maintenance.yml``, in their order."""
    workflows = folder / ".github" / "workflows"
    ci, cd = (workflow(workflows / f"{name}.yml") for name in ("ci", "cd"))
    own = {name: data for name, data in ci["jobs"].items() if name != CHANGES}
    checks = [job for name, data in own.items() for job in _jobs(name, data, ci, frozenset())]
    assert cd["on"].keys() == {"push"}
    called = {name for name, data in cd["jobs"].items() if data.get("uses", "").endswith("/ci.yml")}
    every = frozenset(job.name for job in checks if job.condition == "always")
    found = list(checks)
    for name, data in cd["jobs"].items():
        if name not in called and name != CHANGES:
            found += _jobs(name, data, cd, every if called & set(data["needs"]) else frozenset())
    if (path := workflows / "maintenance.yml").exists():
        maintenance = workflow(path)
        for name, data in maintenance["jobs"].items():
            found += _jobs(name, data, maintenance, frozenset())
    return found


def _jobs(name: str, data: Json, whole: Json, gate: frozenset[str]) -> Iterator[ReadJob]:
    cells = data.get("strategy", {}).get("matrix", {}).get("include", [{}])
    for cell in cells:
        label = _filled(data["name"], cell)
        yield _job(label, data, whole, gate, cell)
    assert name == data["name"].split(" ")[0]


def _job(label: str, data: Json, whole: Json, gate: frozenset[str], cell: Json) -> ReadJob:
    environment = {key: _filled(value, cell) for key, value in data.get("env", {}).items()}
    steps = data["steps"]
    runs = [step for step in steps if "run" in step]
    mine = [step for step in runs if not step["name"].startswith(OWN) and "if" not in step]
    late = [step for step in runs if step.get("if") == "failure() || cancelled()"]
    after = [step for step in late if not step["name"].startswith(IDENTITY)]
    end = [step for step in runs if step.get("if") == "always()" and step["name"] != RENEWED]
    assert all(step in [*late, *end] or step["name"] == RENEWED for step in runs if "if" in step)
    permissions = data.get("permissions", {})
    deployment = data.get("environment", {}).get("name")
    guards = [step for step in runs if step["name"] == APPROVAL]
    assert all(step["env"]["NAME"] == deployment for step in guards)
    return ReadJob(
        name=label,
        condition=_condition(data, whole),
        waits_for=frozenset(
            name for name in data.get("needs", []) if name in whole["jobs"] and name not in ("ci", CHANGES)
        )
        | gate,
        scripts=tuple(_script(step) for step in mine),
        on_failure=tuple(_script(step) for step in after),
        cleanup=tuple(_script(step) for step in end),
        approval=bool(guards),
        environment=deployment,
        fixed={key: value for key, value in environment.items() if not value.startswith(("$", "build/tokens/"))},
        asked=frozenset(key for key, value in environment.items() if value.startswith("${{ vars.")),
        tokens=frozenset(key for key in environment if key.endswith("_TOKEN_FILE"))
        | {WRITE_TOKENS[scope] for scope, level in permissions.items() if level == "write" and scope != "id-token"},
        takes=_arguments(steps, "actions/download-artifact", "name"),
        gives=_arguments(steps, "actions/upload-artifact", "path"),
        minutes=data["timeout-minutes"],
        comments=any(step["name"] == COMMENT for step in runs),
        paths=_paths(label, whole),
        issue=next((step["env"]["ISSUE_TITLE"] for step in runs if step["name"] == ISSUE), ""),
        lock=str(data.get("concurrency", {}).get("group", "")).partition("${{")[0],
    )


def _paths(label: str, whole: Json) -> frozenset[str]:
    """Return the globs that the job `changes` looks at for another one."""
    text = whole["jobs"].get(CHANGES, {}).get("steps", [{}])[-1].get("run", "")
    lines = [shlex.split(line) for line in text.splitlines() if line.startswith(("changed ", "differs "))]
    globs = {word for line in lines if line[:2] == ["changed", label] for word in line[2:]}
    return frozenset(globs | {f"{line[3]}/**" for line in lines if line[:2] == ["differs", label]})


def audiences(folder: Path) -> dict[str, dict[str, str]]:
    """Return for each job the audience of each token it asks for."""
    cd = workflow(folder / ".github" / "workflows" / "cd.yml")
    found: dict[str, dict[str, str]] = {}
    for name, data in cd["jobs"].items():
        for step in data.get("steps", []):
            if step["name"].startswith(IDENTITY):
                match = re.search(r'&audience=(\S+)" \| jq .*>"\$(\w+)"', step["run"])
                assert match, step["run"]
                found.setdefault(name, {})[match[2]] = match[1]
    return found


def _condition(data: Json, whole: Json) -> str:
    if "github.event_name == 'pull_request'" in data.get("if", ""):
        return "pull-request"
    if "schedule" in whole["on"]:
        return "schedule"
    return "default-branch" if whole["on"].keys() == {"push"} else "always"


def _filled(value: Any, cell: Mapping[str, Any]) -> str:
    text = re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda match: str(cell[match[1]]), str(value))
    return text.replace("${{ github.workspace }}", "<workspace>")


def _script(step: Json) -> Script:
    return Script(step["name"], clean(step["run"]))


def _arguments(steps: list[Json], action: str, argument: str) -> frozenset[str]:
    return frozenset(step["with"][argument] for step in steps if step.get("uses", "").startswith(f"{action}@"))
