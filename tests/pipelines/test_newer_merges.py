"""A newer merge stops no run of an earlier one, and takes the place of a release that Argo CD applies."""

import subprocess
from pathlib import Path

import pytest

from quantacirc_cdk.apps import pipeline
from quantacirc_cdk.pipelines import ARRIVED
from support.pipelines import github as on_github
from support.pipelines import gitlab as on_gitlab
from support.pipelines.harness import git
from support.unseen import unseen_project

pytestmark = pytest.mark.integration

IDENTITY = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")


@pytest.mark.parametrize("name", ["ci", "cd"])
def test_only_runs_of_a_pull_request_are_in_one_group_on_github(each: Path, name: str) -> None:
    workflow = on_github.workflow(each / "github" / ".github" / "workflows" / f"{name}.yml")
    if name == "cd":
        assert "concurrency" not in workflow
        return
    # In a group, a newer run cancels the one that runs, or else the one that waits. A run has one id.
    group = "ci-${{ github.event_name == 'pull_request' && github.ref || github.run_id }}"
    assert workflow["concurrency"] == {"group": group, "cancel-in-progress": True}


def test_no_run_of_the_deployed_branch_is_cancelled_on_gitlab(each: Path) -> None:
    rules = on_gitlab.pipeline(each / "gitlab")["workflow"]["rules"]
    found = {rule["if"]: rule.get("auto_cancel", {}).get("on_new_commit") for rule in rules}
    assert found == {
        '$CI_PIPELINE_SOURCE == "schedule"': "none",
        '$CI_PIPELINE_SOURCE == "merge_request_event"': None,
        "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH": "none",
        "$CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS": None,
        "$CI_COMMIT_BRANCH": None,
    }
    assert list(found).index("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH") == 2  # The first that matches decides.


def test_no_run_is_aborted_on_jenkins(each: Path) -> None:
    text = (each / "jenkins" / "Jenkinsfile").read_text()
    assert "abortPrevious" not in text
    assert "disableConcurrentBuilds" not in text
    assert "milestone" not in text


def test_jobs_of_the_default_pipeline_fetch_with_a_token_that_may_only_read(tmp_path: Path) -> None:
    made = unseen_project(tmp_path / "project")
    made.replace_in_environment("bench", "extends: north", "extends: north\ndelivery: argocd")
    pipeline.synthesize(made.root, tmp_path / "out")
    jobs = on_github.workflow(tmp_path / "out" / "github" / ".github" / "workflows" / "cd.yml")["jobs"]
    steps = {"deploy-north": "Fetch what was merged meanwhile", "deploy-bench": "Wait until the cluster has it"}
    for name, label in steps.items():
        assert jobs[name]["permissions"]["contents"] == "read"
        (step,) = [step for step in jobs[name]["steps"] if step["name"] == label]
        assert step["env"] == {"GIT_TOKEN": "${{ github.token }}", "GIT_USER": "x-access-token"}
        assert "remote fetch --quiet origin" in step["run"]
        assert not [other for other in jobs[name]["steps"] if other is not step and "GIT_TOKEN" in other.get("env", {})]
    gitlab = on_gitlab.pipeline(tmp_path / "out" / "gitlab")
    assert {name: gitlab[name]["variables"]["GIT_TOKEN"] for name in steps} == dict.fromkeys(steps, "$CI_JOB_TOKEN")


def test_a_job_that_waits_for_argo_cd_waits_for_what_was_merged_meanwhile(tmp_path: Path) -> None:
    origin, clone, programs = tmp_path / "origin", tmp_path / "clone", tmp_path / "bin"
    manifests = origin / "dist" / "kubernetes" / "dev"
    manifests.mkdir(parents=True)
    git(origin, "init", "--quiet", "--initial-branch", "main")
    (manifests / "Service.a.yaml").write_text("older\n")
    (manifests / "Service.gone.yaml").write_text("older\n")
    git(origin, "add", "--all")
    git(origin, *IDENTITY, "commit", "--quiet", "--message", "Older")
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    (manifests / "Service.a.yaml").write_text("newer\n")
    (manifests / "Service.gone.yaml").unlink()
    git(origin, "add", "--all")
    git(origin, *IDENTITY, "commit", "--quiet", "--message", "Newer")
    programs.mkdir()
    # The cluster has the newer commit.
    has = 'case $one in --filename=*) grep -q newer "${one#*=}" || exit 1 ;; esac'
    (programs / "kubectl").write_text(f"#!/bin/sh\nfor one; do\n{has}\ndone\n")
    (programs / "kubectl").chmod(0o755)
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin", "ENVIRONMENT": "dev", "CONTEXT": "c", "DEFAULT_BRANCH": "main",
        "WAIT_SECONDS": "20", "POLL_SECONDS": "0",
    }  # fmt: skip
    command = ["bash", "-euo", "pipefail", "-c", ARRIVED.run]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (programs / "kubectl").write_text("#!/bin/sh\nexit 1\n")
    late = {**environment, "WAIT_SECONDS": "1"}
    done = subprocess.run(command, cwd=clone, env=late, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Argo CD has not applied the release in time" in done.stderr
