"""The pipeline of a project without an app of its own: valid for each server, and an environment after its base."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.apps import pipeline
from quantacirc_cdk.model import load_project
from support.pipelines.github import read_github
from support.pipelines.gitlab import read_gitlab
from support.pipelines.jenkins import RefusedError, declarative, read_jenkins
from support.pipelines.jobs import ReadJob
from support.project import Project
from support.tools import require
from support.unseen import unseen_project

pytestmark = pytest.mark.integration

SOUTH = """\
extends: north
delivery: {delivery}
domain: south.plant.example
cluster: { context: plant-south }
network: { cidr: 10.78.0.0/16 }
clouds: { aws: { state: { bucket: plant-south-state } }, gcp: null, azure: null }
"""


@pytest.fixture
def made(tmp_path: Path) -> Project:
    project = unseen_project(tmp_path / "plant")
    project.write_environment("south", SOUTH.replace("{delivery}", "helm"))
    project.replace_in_system("branch: trunk", "branch: main")
    project.replace_in_environment("bench", "target: local", "target: local\ndelivery: manual")
    return project


def written(project: Project) -> Path:
    pipeline.synthesize(project.root, project.root / "cicd")
    return project.root / "cicd"


@pytest.mark.slow
def test_each_server_gets_the_same_jobs_in_the_same_order(made: Project) -> None:
    out = written(made)
    servers = [
        read_github(out / "github"),
        read_gitlab(out / "gitlab"),
        read_jenkins(out / "jenkins" / "Jenkinsfile"),
    ]
    expected = ["output", "difference", "comment", "deploy-north", "deploy-south"]
    assert [[job.name for job in jobs] for jobs in servers] == [expected] * 3


def test_the_checkers_of_workflows_find_nothing(made: Project) -> None:
    workflows = sorted((written(made) / "github" / ".github" / "workflows").iterdir())
    how = "run `make test`, which installs it"
    for command in (
        [require("actionlint", how), "-no-color"],
        [require("zizmor", how), "--offline", "--no-progress", "--persona=auditor", "--no-ignores"],
    ):
        run = subprocess.run([*command, *workflows], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout


def scripts(project: Project, name: str) -> str:
    (job,) = [job for job in read_gitlab(written(project) / "gitlab") if job.name == name]
    return said(job)


def said(job: ReadJob) -> str:
    return "\n".join(str(script) for script in (*job.scripts, *job.on_failure))


def test_helm_deploys_and_takes_back(made: Project) -> None:
    assert "qcdk deploy" in scripts(made, "deploy-south")
    assert "qcdk rollback" in scripts(made, "deploy-south")


@pytest.mark.parametrize("qcdk", ["exit 3", None])
def test_a_failed_rollback_leaves_no_kubeconfig(made: Project, tmp_path: Path, qcdk: str | None) -> None:
    """Also where `.venv` was never made."""
    job = yaml.safe_load((written(made) / "gitlab" / ".gitlab-ci.yml").read_text())["deploy-south"]
    folder, config = tmp_path / "job", tmp_path / "job" / "build" / "kubeconfig"
    config.parent.mkdir(parents=True)
    config.touch()
    if qcdk:
        (folder / ".venv" / "bin").mkdir(parents=True)
        (folder / ".venv" / "bin" / "qcdk").write_text(f"#!/bin/sh\n{qcdk}\n")
        (folder / ".venv" / "bin" / "qcdk").chmod(0o755)
    environment = {
        "PATH": "/usr/bin:/bin",
        "KUBECONFIG": str(config),
        "CI_JOB_STATUS": "failed",
        "ENVIRONMENT": "south",
    }
    command = ["bash", "-c", "\n".join(job["after_script"])]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == (3 if qcdk else 127)
    assert not config.exists()


@pytest.mark.slow
def test_a_failed_rollback_on_jenkins_ends_with_the_first_failure(made: Project) -> None:
    """The reader lets the rollback fail too."""
    path = written(made) / "jenkins" / "Jenkinsfile"
    (job,) = [job for job in read_jenkins(path) if job.name == "deploy-south"]
    assert [script.label for script in job.on_failure] == ["Connect to the cluster again", "Roll back"]
    assert next(script.label for script in job.cleanup) == "Remove the kubeconfig"
    for wrong, why in (("catchError(buildResult: 'FAILURE'", "hides the first"), ("throw failure", "is ignored")):
        text = path.read_text()
        head = text[: text.index(wrong)]
        line = text[len(head) :].splitlines()[0]
        changed = path.with_name("Changed")
        changed.write_text(text.replace(line, "if (true) {" if line.endswith("{") else ""))
        with pytest.raises(RefusedError, match=f"a (second )?failure {why}"):
            declarative(changed)


def test_a_late_job_waits_for_what_argo_cd_applies_and_not_for_its_own_commit(made: Project, tmp_path: Path) -> None:
    made.write_environment("south", SOUTH.replace("{delivery}", "argocd"))
    (job,) = [job for job in read_gitlab(written(made) / "gitlab") if job.name == "deploy-south"]
    labels = [script.label for script in job.scripts]
    take = labels.index("Take what Argo CD applies")
    assert labels[take + 1] == "Wait until the cluster has it"

    def git(*arguments: str) -> None:
        who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.c"}
        who |= {f"{name.replace('AUTHOR', 'COMMITTER')}": value for name, value in who.items()}
        subprocess.run(["git", *arguments], cwd=tmp_path / "clone", env={**os.environ, **who}, check=True)

    manifest = tmp_path / "clone" / "dist" / "kubernetes" / "south" / "Service.web.k8s.yaml"
    manifest.parent.mkdir(parents=True)
    git("init", "--quiet", "--initial-branch", "main")
    for text in ("old", "new"):
        manifest.write_text(text)
        git("add", "--all")
        git("commit", "--quiet", "--message", text)
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    git("checkout", "--quiet", "--detach", "HEAD^")
    environment = {**os.environ, "DEFAULT_BRANCH": "main", "ENVIRONMENT": "south"}
    command = ["bash", "-euo", "pipefail", "-c", job.scripts[take].text]
    subprocess.run(command, cwd=tmp_path / "clone", env=environment, check=True)
    assert manifest.read_text() == "new"


def test_argo_cd_is_waited_for(made: Project) -> None:
    made.write_environment("south", SOUTH.replace("{delivery}", "argocd"))
    assert "kubectl" in scripts(made, "deploy-south")
    assert "Argo CD has not applied" in scripts(made, "deploy-south")
    assert "qcdk deploy" not in scripts(made, "deploy-south")


def test_it_uses_nothing_that_only_this_repository_has(made: Project) -> None:
    for path in written(made).rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert not [word for word in ("make ", "scripts/", "docker/", "apps/pipeline.py") if word in text], path


def test_without_an_environment_to_deliver_there_is_no_deployment(made: Project) -> None:
    for name in ("north", "south"):
        made.replace_in_environment(name, "domain:", "delivery: manual\ndomain:" if name == "north" else "domain:")
    made.replace_in_environment("south", "delivery: helm", "delivery: manual")
    project = load_project(made.root)
    assert pipeline.cd(project).jobs == ()
    out = written(made)
    assert [path.name for path in (out / "github" / ".github" / "workflows").iterdir()] == ["ci.yml"]
