"""The three servers do the same: what each would run is read back from its own file and compared."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.pipelines import Pipeline
from support.pipelines import github as on_github
from support.pipelines import gitlab as on_gitlab
from support.pipelines.jenkins import declarative, stages
from support.pipelines.jobs import ReadJob
from support.tools import ROOT

pytestmark = pytest.mark.slow

SAME = (
    "condition",
    "scripts",
    "on_failure",
    "cleanup",
    "approval",
    "environment",
    "fixed",
    "tokens",
    "gives",
    "minutes",
    "comments",
)


def names(jobs: list[ReadJob]) -> list[str]:
    return [job.name for job in jobs]


def test_the_same_jobs_in_the_same_order(
    github: list[ReadJob], gitlab: list[ReadJob], jenkins: list[ReadJob], pipelines: tuple[Pipeline, ...]
) -> None:
    assert len(github) > 10
    assert names(github) == names(gitlab) == names(jenkins)
    assert len(github) == sum(len(job.copies) for pipeline in pipelines for job in pipeline.jobs)


@pytest.mark.parametrize("what", SAME)
def test_each_job_is_the_same(what: str, github: list[ReadJob], gitlab: list[ReadJob], jenkins: list[ReadJob]) -> None:
    def of(jobs: list[ReadJob]) -> dict[str, Any]:
        return {job.name: getattr(job, what) for job in jobs}

    assert of(github) == of(gitlab)
    assert of(github) == of(jenkins)
    assert any(of(github).values())


def test_people_set_the_same_variables(github: list[ReadJob], gitlab: list[ReadJob], jenkins: list[ReadJob]) -> None:
    assert {job.name: job.asked for job in github} == {job.name: job.asked for job in jenkins}
    for ours, theirs in zip(github, gitlab, strict=True):
        assert not ours.asked & theirs.fixed.keys()


def test_a_job_waits_for_the_same_jobs(github: list[ReadJob], gitlab: list[ReadJob], jenkins: list[ReadJob]) -> None:
    """Jenkins has stages in place of needs: there a job waits for more, never for less."""
    for ours, theirs, stage in zip(github, gitlab, jenkins, strict=True):
        assert ours.waits_for == theirs.waits_for
        assert ours.waits_for <= stage.waits_for


def test_artifacts_arrive(github: list[ReadJob], gitlab: list[ReadJob], jenkins: list[ReadJob]) -> None:
    assert [job.takes for job in github] == [job.takes for job in jenkins]
    assert [bool(job.takes) for job in github] == [bool(job.takes) for job in gitlab]
    given = frozenset[str]().union(*(job.gives for job in gitlab))
    assert all(job.takes <= given for job in gitlab)


def test_tokens_are_for_the_same_audience(written: Path) -> None:
    ours = on_github.audiences(written / "github")
    assert ours == on_gitlab.audiences(written / "gitlab")
    assert ours["release-images"]["SIGSTORE_TOKEN_FILE"] == "sigstore"


def test_only_one_job_at_a_time_changes_an_environment(written: Path) -> None:
    cd = on_github.workflow(written / "github" / ".github" / "workflows" / "cd.yml")
    groups = {name: job["concurrency"]["group"] for name, job in cd["jobs"].items() if "environment" in job}
    data = on_gitlab.pipeline(written / "gitlab")
    assert groups == {name: job["resource_group"] for name, job in data.items() if "resource_group" in job}
    assert len(groups) == 3
    found = [job for group in stages(written / "jenkins" / "Jenkinsfile") for job in group]
    assert groups == {job["name"]: job["steps"]["lock"] for job in found if job["steps"]["lock"]}


def test_a_run_that_waits_for_an_approval_holds_up_nothing_on_jenkins(written: Path) -> None:
    whole = declarative(written / "jenkins" / "Jenkinsfile")
    assert "disableConcurrentBuilds" not in whole["options"]
    (waiting,) = [job for group in stages(written / "jenkins" / "Jenkinsfile") for job in group if "input" in job]
    assert "lock" not in waiting["options"]  # as an option it would be held while the stage waits


def test_only_a_change_of_what_is_released_builds_and_deploys(written: Path, app: dict[str, Any]) -> None:
    cd = on_github.workflow(written / "github" / ".github" / "workflows" / "cd.yml")
    assert cd["on"]["push"]["paths"] == list(app["PATHS"])
    data = on_gitlab.pipeline(written / "gitlab")
    names = [name for name in cd["jobs"] if name != "ci"]
    wanted = [path.replace("**", "**/*") for path in app["PATHS"]]
    assert [data[name]["rules"][0]["changes"] for name in names] == len(names) * [wanted]
    changed = " or ".join([*(f"changes {path}" for path in app["PATHS"]), "somebody"])
    found = {job["name"]: job["when"] for group in stages(written / "jenkins" / "Jenkinsfile") for job in group}
    assert all(found[name]["condition"].endswith(f" and ({changed})") for name in names)


def test_what_is_released_are_files_of_this_repository(app: dict[str, Any]) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for path in app["PATHS"]:
        assert any(name == path or name.startswith(path.removesuffix("**")) for name in tracked), path


def test_jenkins_runs_the_stages_of_the_definition(written: Path, pipelines: tuple[Pipeline, ...]) -> None:
    found = [[job["name"].split(" ")[0] for job in group] for group in stages(written / "jenkins" / "Jenkinsfile")]
    wanted = [
        [job.name for job in pipeline.jobs for _ in job.copies if job.stage == stage]
        for pipeline in pipelines
        for stage in pipeline.stages
    ]
    assert found == wanted
