"""The GitHub workflows, run by a runner of GitHub Actions, whose reading of conditions and matrices is not ours."""

from pathlib import Path

import pytest

from support.pipelines.act import results
from support.pipelines.harness import Server
from support.pipelines.jobs import ReadJob

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def names(jobs: list[ReadJob], *conditions: str) -> set[str]:
    return {job.name for job in jobs if job.condition in conditions}


def test_a_merged_change_passes_all_checks_and_is_released_to_every_environment(
    server: Server, github: list[ReadJob]
) -> None:
    ran = results(server, "cd")
    assert ran == dict.fromkeys(names(github, "always", "default-branch"), "succeeded"), server.output
    assert server.digests("dev") == server.digests("staging") == server.digests("prod")
    assert len(server.digests("prod")) == 3
    assert server.called("deploy-prod", "deploy.sh") == ["deploy.sh prod --undo-file build/undo"]
    assert server.called(program="rollback.sh") == []


@pytest.mark.fault("health fails")
def test_an_unhealthy_release_is_rolled_back_and_goes_no_further(server: Server) -> None:
    ran = results(server, "cd", fail=r"^deploy-staging \| health-check.sh")
    assert ran["deploy-dev"] == "succeeded", server.output
    assert ran["deploy-staging"] == "failed"
    assert "deploy-prod" not in ran
    assert server.called("deploy-staging")[-3:] == [
        "health-check.sh staging --timeout 10m",
        "rollback.sh staging --undo-file build/undo",
        "docker logout registry.quantacirc.example",
    ]
    assert server.digests("staging") == set()


@pytest.mark.fault("test fails")
def test_a_check_that_fails_releases_nothing(server: Server, github: list[ReadJob]) -> None:
    ran = results(server, "cd", fail=r"^lint \| make check")
    assert ran["lint"] == "failed", server.output
    assert not names(github, "default-branch") & ran.keys()


def test_a_pull_request_is_checked_and_told_and_releases_nothing(server: Server, github: list[ReadJob]) -> None:
    ran = results(server, "ci", event="pull_request")
    assert ran == dict.fromkeys(names(github, "always", "pull-request"), "succeeded"), server.output
    (comment,) = server.called("comment", "gh pr comment")
    assert comment == "gh pr comment 7 --edit-last --create-if-none --body-file build/difference.md"


def test_an_environment_without_reviewers_is_not_deployed_to(server: Server) -> None:
    ran = results(server, "cd", reviewers=False)
    assert (ran["deploy-staging"], ran["deploy-prod"]) == ("succeeded", "failed"), server.output
    assert server.called("deploy-prod", "deploy.sh") == []
