"""The Git server keeps what a pipeline has applied: jobs compare with it, not with the commit before."""

import subprocess
from pathlib import Path

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.pipelines import Job, Pipeline, Runner, Step, write_pipelines
from quantacirc_cdk.pipelines.changes import what_differs
from quantacirc_cdk.pipelines.remote import RECORD_APPLIED, REMOTE, SEE_APPLIED, applied_ref
from support.pipelines.harness import IDENTITY, git

pytestmark = pytest.mark.integration

STACK = "prod-aws"
FOLDER = f"dist/terraform/stacks/{STACK}"
RUNNER = Runner(github="ubuntu-24.04", label="x")


class Repository:
    """A Git server, and the clones of jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = folder / "origin.git"
        git(folder, "init", "--quiet", "--bare", "--initial-branch", "main", str(self.origin))
        self.work = folder / "work"
        git(folder, "clone", "--quiet", str(self.origin), str(self.work))
        git(self.work, "checkout", "--quiet", "-B", "main")
        self.merge(f"{FOLDER}/main.tf.json", "one")

    def merge(self, name: str, text: str) -> None:
        (self.work / name).parent.mkdir(parents=True, exist_ok=True)
        (self.work / name).write_text(text)
        git(self.work, "add", "--all")
        git(self.work, *IDENTITY, "commit", "--quiet", "--message", "A change")
        git(self.work, "push", "--quiet", "origin", "HEAD:main")

    def job(self, script: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a script in a new shallow clone, as a server does."""
        clone = self.folder / "clone"
        subprocess.run(["rm", "-rf", clone], check=True)
        git(self.folder, "clone", "--quiet", "--depth", "1", f"file://{self.origin}", str(clone))
        variables = {"PATH": "/usr/bin:/bin", "STACK": STACK, "GIT_USER": "x", "GIT_TOKEN": "a-token"}
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=clone,
            env={**variables, "RETRY_SECONDS": "0", **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def differs(self) -> str:
        """Return what the job `changes` of GitHub says of a job that plans the stack."""
        job = Job(
            name="plan",
            stage="plan",
            runner=RUNNER,
            steps=(),
            when="default-branch",
            paths=(f"{FOLDER}/**",),
            applied=applied_ref(STACK),
        )
        output = self.folder / "output"
        output.unlink(missing_ok=True)
        done = self.job(what_differs([job]), GITHUB_OUTPUT=str(output))
        assert done.returncode == 0, done.stderr
        return output.read_text().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_what_was_never_applied_is_planned_and_not_released(repository: Repository) -> None:
    assert repository.differs() == "plan=true"
    done = repository.job(SEE_APPLIED)
    assert done.returncode == 1
    assert "error: the last apply of the stack prod-aws was not the one of this commit" in done.stderr
    assert repository.job(RECORD_APPLIED).returncode == 0
    assert repository.differs() == "plan=false"
    assert repository.job(SEE_APPLIED).returncode == 0


def test_a_change_that_was_not_applied_stays_one_for_every_later_merge(repository: Repository) -> None:
    assert repository.job(RECORD_APPLIED).returncode == 0
    repository.merge(f"{FOLDER}/main.tf.json", "two")
    repository.merge("docs/more.md", "More.")
    assert repository.differs() == "plan=true"
    assert repository.job(SEE_APPLIED).returncode == 1
    assert repository.job(RECORD_APPLIED).returncode == 0
    assert repository.differs() == "plan=false"
    assert repository.job(SEE_APPLIED).returncode == 0
    repository.merge(f"{FOLDER}/more.tf.json", "three")
    assert repository.differs() == "plan=true"


def test_a_server_that_does_not_answer_is_no_reason_to_go_on(repository: Repository) -> None:
    assert repository.job(RECORD_APPLIED).returncode == 0
    gone = f"git remote set-url origin file://{repository.folder}/gone\n"
    done = repository.job(gone + SEE_APPLIED)
    assert done.returncode != 0
    assert "does not appear to be a git repository" in done.stderr
    done = repository.job(gone + RECORD_APPLIED)
    assert done.returncode == 1
    assert "error: the stack prod-aws is applied, but the record of it cannot be pushed" in done.stderr


def test_the_token_goes_to_git_in_its_environment_and_is_not_needed(repository: Repository) -> None:
    programs = repository.folder / "bin"
    programs.mkdir()
    (programs / "git").write_text('#!/bin/sh\nprintf "%s|%s\\n" "$*" "${GIT_CONFIG_VALUE_0-none}"\n')
    (programs / "git").chmod(0o755)
    path = {"PATH": f"{programs}:/usr/bin:/bin"}
    said = repository.job(f"{REMOTE}remote fetch origin\n", **path).stdout
    assert said == "fetch origin|Authorization: Basic eDphLXRva2Vu\n"
    assert repository.job(f"{REMOTE}remote fetch origin\n", **path, GIT_TOKEN="").stdout == "fetch origin|none\n"


def test_a_job_that_compares_with_what_is_applied_has_one_folder(tmp_path: Path) -> None:
    look = Step(name="Look", run="true\n")
    job = Job(
        name="look", stage="look", runner=RUNNER, steps=(look,), when="default-branch", paths=("a.txt",), applied="x"
    )
    pipelines = [
        Pipeline(name="ci", jobs=(Job(name="test", stage="test", runner=RUNNER, steps=(look,)),)),
        Pipeline(name="cd", after="ci", jobs=(job,)),
    ]
    with pytest.raises(PropsError, match="expected one folder in paths"):
        write_pipelines(pipelines, tmp_path, default_branch="main")
