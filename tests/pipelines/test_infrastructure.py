"""The pipeline plans a stack on a pull request, applies the plan before the release, and looks for drift."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import ModelError, PropsError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.pipelines import Issue, Pipeline, Runner, Step, terraform_access, write_pipelines
from quantacirc_cdk.pipelines.model import Job
from support.pipelines.act import results
from support.pipelines.github import read_github, workflow
from support.pipelines.gitlab import pipeline, read_gitlab
from support.pipelines.harness import IDENTITY, git
from support.pipelines.infrastructure import STACKS, ApplyingServer
from support.pipelines.jenkins import read_jenkins
from support.pipelines.jobs import ReadJob
from support.project import Project
from support.unseen import unseen_project

pytestmark = pytest.mark.integration

Read = dict[str, list[ReadJob]]
ALL = "|".join(STACKS)


@pytest.fixture(scope="module")
def read(applying: Path) -> Read:
    return {
        "github": read_github(applying / "github"),
        "gitlab": read_gitlab(applying / "gitlab"),
        "jenkins": read_jenkins(applying / "jenkins" / "Jenkinsfile"),
    }


@pytest.fixture
def server(tmp_path: Path) -> ApplyingServer:
    return ApplyingServer(tmp_path)


def record(server: ApplyingServer, *stacks: str) -> None:
    """Say that a pipeline has applied stacks as they are now."""
    for stack in stacks:
        made = git(server.work, *IDENTITY, "commit-tree", "-m", "x", f"HEAD:dist/terraform/stacks/{stack}").strip()
        git(server.work, "push", "--quiet", "origin", f"{made}:refs/applied/{stack}")


def by_name(jobs: list[ReadJob]) -> dict[str, ReadJob]:
    return {job.name: job for job in jobs if re.search(rf"-({ALL})$", job.name) or job.name.startswith("deploy-")}


@pytest.mark.slow
def test_each_server_has_the_same_jobs(read: Read) -> None:
    jobs = {name: by_name(found) for name, found in read.items()}
    assert jobs["github"].keys() == jobs["gitlab"].keys() == jobs["jenkins"].keys()
    assert len(jobs["github"]) == 4 * len(STACKS) + 3
    for what in ("condition", "scripts", "on_failure", "approval", "environment", "fixed", "gives", "minutes", "issue"):
        for other in ("gitlab", "jenkins"):
            for name, job in jobs["github"].items():
                assert getattr(job, what) == getattr(jobs[other][name], what), (what, other, name)
    for name, job in jobs["github"].items():
        assert job.asked == jobs["jenkins"][name].asked, name
        assert job.waits_for == jobs["gitlab"][name].waits_for, name
        assert job.waits_for <= jobs["jenkins"][name].waits_for, name
        assert job.tokens == jobs["gitlab"][name].tokens, name
        if job.paths:
            assert job.paths == jobs["gitlab"][name].paths, name
            assert job.condition == "pull-request" or job.paths == jobs["jenkins"][name].paths, name


def test_a_stack_is_applied_after_its_plan_and_the_release_before_and_before_its_own(read: Read) -> None:
    jobs = by_name(read["github"])
    assert jobs["apply-prod-aws"].waits_for == {"plan-prod-aws", "deploy-staging"}
    assert "apply-prod-aws" in jobs["deploy-prod"].waits_for
    assert jobs["apply-dev-aws"].waits_for == {"plan-dev-aws"}
    assert {name: job.approval for name, job in jobs.items() if job.approval} == {
        "apply-prod-aws": True,
        "deploy-prod": True,
    }
    assert [script.label for script in jobs["apply-prod-aws"].scripts][-2:] == [
        "Apply the plan",
        "Record what is applied",
    ]
    assert jobs["deploy-prod"].scripts[0].label == "See that the infrastructure is applied"


def test_only_one_job_at_a_time_applies_a_stack(read: Read) -> None:
    for found in read.values():
        locks = {job.name: job.lock for job in found if job.name.startswith("apply-")}
        assert locks == {f"apply-{stack}": f"infrastructure-{stack}" for stack in STACKS}


def test_a_plan_and_the_look_for_drift_have_credentials_of_their_own(applying: Path) -> None:
    found = {}
    for name in ("ci", "cd", "maintenance"):
        found |= workflow(applying / "github" / ".github" / "workflows" / f"{name}.yml")["jobs"]
    gitlab = pipeline(applying / "gitlab")
    for job in ("preview-prod-aws", "plan-prod-aws", "drift-prod-aws"):
        assert found[job]["env"]["AWS_ROLE_ARN"] == "${{ vars.AWS_ROLE_ARN_PLAN_PROD }}"
        assert gitlab[job]["variables"]["AWS_ROLE_ARN"] == "$AWS_ROLE_ARN_PLAN_PROD"
        assert "environment" not in found[job]
    assert found["apply-prod-aws"]["env"]["AWS_ROLE_ARN"] == "${{ vars.AWS_ROLE_ARN }}"
    assert found["apply-prod-aws"]["environment"]["name"] == "prod"
    assert "head.repo.full_name == github.repository" in found["preview-prod-aws"]["if"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("aws", "export AWS_WEB_IDENTITY_TOKEN_FILE"),
        ("gcp", 'export GOOGLE_APPLICATION_CREDENTIALS="$PWD/build/gcp.json"'),
        ("azure", "ARM_USE_OIDC=true"),
    ],
)
def test_terraform_gets_a_token_of_each_cloud(target: str, said: str, tmp_path: Path) -> None:
    made = unseen_project(tmp_path)
    made.replace_in_environment("north", "target: aws", f"target: {target}")
    project = load_project(made.root)
    access = terraform_access(project.system, project.environments["north"], Step(name="Plan", run="plan\n"))
    (step,) = access.steps
    assert said in step.run
    assert step.run.endswith("\nplan\n")
    assert set(step.proves) == access.identity_tokens.keys()


def test_a_new_environment_has_no_such_job(applying: Path, written: Path, read: Read) -> None:
    assert not [job for job in read_github(written / "github") if job.name.startswith(("plan-", "apply-", "drift-"))]
    assert not [job for job in read["github"] if "local" in job.name]


def test_a_local_environment_has_nothing_to_apply(project: Callable[[], Project]) -> None:
    made = project()
    made.replace_in_environment("home", "target: local", "target: local\ninfrastructure: pipeline")
    with pytest.raises(ModelError, match=r"home.yaml:2: infrastructure: a local environment, which has no stack"):
        load_project(made.root)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"issue": Issue(title="x", file="y")}, "an issue without a token to write it"),
        ({"scope": "Plan prod"}, 'the scope "Plan prod"'),
        ({"paths": ("x/**",)}, 'paths in a job that runs when "always"'),
    ],
)
def test_jobs_that_no_server_would_run_are_refused(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    runner = Runner(github="ubuntu-24.04", label="x")
    job = Job(name="look", stage="look", runner=runner, steps=(Step(name="Look", run="true\n"),), **change)
    with pytest.raises(PropsError, match=said):
        write_pipelines([Pipeline(name="ci", jobs=(job,))], tmp_path, default_branch="main")


def test_two_schedules_are_refused(pipelines: tuple[Pipeline, ...], tmp_path: Path) -> None:
    *_, maintenance = pipelines
    again = replace(maintenance, name="again", jobs=tuple(replace(job, name="again") for job in maintenance.jobs))
    with pytest.raises(PropsError, match="2 pipelines with a schedule"):
        write_pipelines([*pipelines, again], tmp_path, default_branch="main")


@pytest.mark.slow
@pytest.mark.terraform
@pytest.mark.parametrize("dialect", ["github", "gitlab", "jenkins"])
def test_a_pull_request_says_what_its_stack_would_change(server: ApplyingServer, read: Read, dialect: str) -> None:
    wanted = {"preview-dev-aws", "preview-prod-aws", "difference", "comment"}
    jobs = [job for job in read[dialect] if job.name in wanted]
    # Without the change that the comment compares with.
    server.merge("Another", {server.file("prod-aws"): server.stack("prod-aws", "two")})
    ran = server.run(jobs, condition=("pull-request",), unchanged="preview-dev", one_shell=dialect == "gitlab")
    assert ran == dict.fromkeys(sorted(wanted - {"preview-dev-aws"}), "success") | {}, server.output
    comment = (server.folder / "clone" / "build" / "comment.md").read_text()
    assert comment.startswith("### Blast radius:")
    assert "## Infrastructure: `prod-aws`" in comment
    assert "## Infrastructure: `dev-aws`" not in comment
    assert server.applied("prod-aws") is None


@pytest.mark.slow
@pytest.mark.terraform
@pytest.mark.parametrize("dialect", ["github", "gitlab", "jenkins"])
def test_the_plan_is_applied_before_the_release_and_an_apply_that_fails_stops_it(
    server: ApplyingServer, read: Read, dialect: str
) -> None:
    jobs = [job for job in read[dialect] if job.condition == "default-branch"]
    files = {server.file("prod-aws"): server.stack("prod-aws", "two", fails=True)}
    server.merge("A stack whose apply fails", files)
    asked = ("REGISTRY_USER", "AWS_ROLE_ARN")
    ran = server.run(jobs, condition=("default-branch",), one_shell=dialect == "gitlab", asked=asked)
    assert ran["apply-dev-aws"] == ran["deploy-dev"] == ran["deploy-staging"] == "success", server.output
    assert (ran["apply-prod-aws"], ran["deploy-prod"]) == ("failed", "skipped")
    assert server.applied("staging-aws") == "one"
    assert "error: terraform_data.bread is not complete" in server.output
    assert not server.called("deploy-prod")


@pytest.mark.slow
@pytest.mark.terraform
def test_drift_is_reported_by_the_nightly_job(server: ApplyingServer, read: Read) -> None:
    jobs = [job for job in read["github"] if job.name in ("drift-dev-aws", "drift-prod-aws")]
    ran = server.run(jobs, condition=("schedule",))
    assert ran == {"drift-dev-aws": "success", "drift-prod-aws": "success"}, server.output
    summary = server.folder / "clone" / "build" / "infrastructure" / "prod-aws" / "summary.md"
    assert "`terraform_data.oven`" in summary.read_text()
    ran = server.run(jobs, condition=("schedule",), fail=r"^drift-dev-aws \| qcdk drift")
    assert ran["drift-dev-aws"] == "success", "a stand-in that exits with 1 says that there is drift"


@pytest.mark.slow
@pytest.mark.terraform
def test_act_applies_what_has_changed_before_the_release(server: ApplyingServer) -> None:
    record(server, "dev-aws", "staging-aws")
    server.merge("Another", {server.file("prod-aws"): server.stack("prod-aws", "two")})
    ran = results(server, "cd")
    assert {name for name in ran if name.endswith("-aws")} == {"plan-prod-aws", "apply-prod-aws"}, server.output
    assert set(ran.values()) == {"succeeded"}
    assert {"deploy-dev", "deploy-staging", "deploy-prod"} <= ran.keys()
    assert (server.applied("dev-aws"), server.applied("prod-aws")) == (None, "two")
    calls = server.called()
    assert calls.index("qcdk apply prod-aws") < calls.index("deploy.sh prod --undo-file build/undo")


@pytest.mark.slow
@pytest.mark.terraform
def test_act_applies_with_the_next_merge_what_was_not_applied(server: ApplyingServer) -> None:
    record(server, "dev-aws", "staging-aws", "prod-aws")
    server.merge("Another", {server.file("prod-aws"): server.stack("prod-aws", "two", fails=True)})
    ran = results(server, "cd")
    assert (ran["deploy-staging"], ran["apply-prod-aws"]) == ("succeeded", "failed"), server.output
    assert "deploy-prod" not in ran
    # Somebody mends what made it fail, outside of the stack: the next merge does not change its files.
    broken = server.state("prod-aws").read_text()
    assert '"bread"' in broken
    server.merge("Explain it", {"docs/more.md": "More.\n"})
    ran = results(server, "cd")
    assert {name for name in ran if name.endswith("-aws")} == {"plan-prod-aws", "apply-prod-aws"}, server.output
    # A revert leads back to what is recorded as applied.
    server.merge("Back", {server.file("prod-aws"): server.stack("prod-aws", "one")})
    ran = results(server, "cd")
    assert not {name for name in ran if name.endswith("-aws")}
    assert ran["deploy-prod"] == "succeeded", server.output


@pytest.mark.slow
@pytest.mark.terraform
@pytest.mark.parametrize("dialect", ["gitlab", "jenkins"])
def test_a_release_waits_for_an_apply_of_an_earlier_run(server: ApplyingServer, read: Read, dialect: str) -> None:
    jobs = [job for job in read[dialect] if job.condition == "default-branch"]
    record(server, "dev-aws", "staging-aws", "prod-aws")
    server.merge("Nobody approves its apply", {server.file("prod-aws"): server.stack("prod-aws", "two")})
    asked = ("REGISTRY_USER", "AWS_ROLE_ARN")
    run = partial(server.run, condition=("default-branch",), one_shell=dialect == "gitlab", asked=asked)
    assert run(jobs, approved=())["apply-prod-aws"] == "waiting", server.output
    server.merge("A change of something else", {"docs/more.md": "More.\n"})
    assert run(jobs, unchanged="(plan|apply)-")["deploy-prod"] == "failed"
    assert "error: the last apply of the stack prod-aws was not the one of this commit" in server.output
    assert server.called("deploy-prod", "deploy.sh") == []
    # Started by hand, GitLab and Jenkins run all jobs.
    assert set(run(jobs).values()) == {"success"}, server.output
    assert server.applied("prod-aws") == "two"
    assert run(jobs, unchanged="(plan|apply)-")["deploy-prod"] == "success", server.output


@pytest.mark.slow
@pytest.mark.terraform
@pytest.mark.parametrize("open_issue", ["", "41"])
def test_act_opens_an_issue_for_drift_or_brings_it_up_to_date(server: ApplyingServer, open_issue: str) -> None:
    with (server.programs / "gh").open("a") as program:
        listed = f'[{{"number": {open_issue}, "title": "Drift in prod-aws"}}]' if open_issue else "[]"
        program.write(f"if [ \"$1 $2\" = 'issue list' ]; then echo '{listed}'; fi\n")
    ran = results(server, "maintenance", event="schedule", reviewers=False)
    assert ran["drift-prod-aws"] == "succeeded", server.output
    file = "--body-file build/infrastructure/prod-aws/summary.md"
    said = [call for call in server.called("drift-prod-aws", "gh issue") if " list " not in call]
    assert said == [f"gh issue edit 41 {file}" if open_issue else f"gh issue create --title Drift in prod-aws {file}"]
