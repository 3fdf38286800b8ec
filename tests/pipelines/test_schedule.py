"""A schedule runs the pipeline that has one, on the default branch, and no other; no other has its jobs."""

from dataclasses import replace
from pathlib import Path

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.pipelines import Pipeline, write_pipelines
from support.pipelines.github import workflow
from support.pipelines.gitlab import pipeline
from support.pipelines.jenkins import declarative

pytestmark = pytest.mark.slow

TIMES = "17 5 * * 1"


def test_jobs_that_make_test_only_warns_of_run_on_a_schedule(pipelines: tuple[Pipeline, ...]) -> None:
    (scheduled,) = [one for one in pipelines if one.schedule]
    assert [job.steps[0].run for job in scheduled.jobs] == ["make waivers\n", "docker/refresh-base.sh\n"]


def test_github_starts_it_at_its_times_or_by_hand(written: Path) -> None:
    data = workflow(written / "github" / ".github" / "workflows" / "maintenance.yml")
    assert data["on"] == {"schedule": [{"cron": TIMES}], "workflow_dispatch": {}}


def test_jenkins_starts_it_on_the_default_branch_only(written: Path) -> None:
    path = written / "jenkins" / "Jenkinsfile"
    assert declarative(path, "main")["triggers"] == {"cron": f"TZ=Etc/UTC\n{TIMES}"}
    assert declarative(path, "a-change")["triggers"] == {"cron": ""}


def test_gitlab_runs_nothing_else_in_a_scheduled_pipeline(written: Path) -> None:
    data = pipeline(written / "gitlab")
    assert data["workflow"]["rules"][0]["if"] == '$CI_PIPELINE_SOURCE == "schedule"'
    sources = {name: job["rules"][0]["if"] for name, job in data.items() if name not in ("workflow", "stages")}
    own = [name for name, rule in sources.items() if '$CI_PIPELINE_SOURCE == "schedule"' in rule]
    assert own == ["waivers", "refresh-base"]
    others = ('$CI_PIPELINE_SOURCE != "schedule"', '$CI_PIPELINE_SOURCE == "merge_request_event"')
    assert [name for name, rule in sources.items() if name not in own and not rule.endswith(others)] == []


def test_what_no_server_would_run_is_refused(pipelines: tuple[Pipeline, ...], tmp_path: Path) -> None:
    ci, _, maintenance = pipelines
    late = replace(maintenance, schedule="every monday")
    lost = replace(ci, jobs=(*ci.jobs[:1], replace(ci.jobs[1], when="schedule")))
    with pytest.raises(PropsError) as refused:
        write_pipelines([lost, late], tmp_path, default_branch="main")
    text = str(refused.value)
    assert 'the schedule "every monday"' in text
    assert f'ci/{ci.jobs[1].name}: runs when "schedule"' in text
    assert list(tmp_path.iterdir()) == []


def test_a_project_without_a_schedule_has_no_trigger_for_one(pipelines: tuple[Pipeline, ...], tmp_path: Path) -> None:
    write_pipelines(pipelines[:2], tmp_path, default_branch="main")
    assert "triggers" not in (tmp_path / "jenkins" / "Jenkinsfile").read_text()
    assert not (tmp_path / "github" / ".github" / "workflows" / "maintenance.yml").exists()
