"""What the OpenSSF Scorecard asks of workflows: pinned dependencies, few permissions, nothing untrusted in scripts."""

import re
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.pipelines import Pipeline, write_pipelines
from quantacirc_cdk.pipelines.github import OwnWorkflows
from quantacirc_cdk.pipelines.remote import REMOTE
from support.pipelines.github import workflow
from support.pipelines.gitlab import WORDS, pipeline
from support.pipelines.jenkins import stages
from support.pipelines.jobs import ReadJob
from support.tools import ROOT

PINNED_ACTION = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
PINNED_IMAGE = re.compile(r"[\w./:-]+@sha256:[0-9a-f]{64}")
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)

Json = dict[str, Any]


@pytest.fixture(scope="module", params=["ci", "cd", "maintenance"])
def data(request: pytest.FixtureRequest, each: Path) -> Json:
    return workflow(each / "github" / ".github" / "workflows" / f"{request.param}.yml")


def steps(data: Json) -> list[Json]:
    return [step for job in data["jobs"].values() for step in job.get("steps", [])]


def test_actions_are_pinned_by_commit_with_the_version_beside_it(written: Path) -> None:
    text = "".join(path.read_text() for path in (written / "github").rglob("*.yml"))
    uses = re.findall(r"uses: (\S+)(.*)", text)
    assert len(uses) > 20
    for action, comment in uses:
        if not action.startswith("$/"):
            assert PINNED_ACTION.fullmatch(action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


@pytest.mark.slow
def test_images_are_pinned_by_digest(written: Path) -> None:
    data = pipeline(written / "gitlab")
    images = [job["image"] for name, job in data.items() if name not in WORDS and "image" in job]
    images += [cell["IMAGE"] for cell in data["tests"]["parallel"]["matrix"]]
    images += [
        job["agent"]["image"]
        for group in stages(written / "jenkins" / "Jenkinsfile")
        for job in group
        if "image" in job["agent"]
    ]
    images = [image for image in images if image != "$IMAGE"]
    assert len(images) > 10
    assert [image for image in images if not PINNED_IMAGE.fullmatch(image)] == []


def test_permissions_are_read_only_at_the_top_and_few_in_jobs(data: Json) -> None:
    assert data["permissions"] == {"contents": "read"}
    for name, job in data["jobs"].items():
        writes = {scope for scope, level in job.get("permissions", {}).items() if level == "write"}
        allowed = {"contents", "id-token"} if "environment" in job else set()
        signed = {"release-chart": {"id-token"}, "release-images": {"id-token"}}
        proposing = {"refresh-base": {"contents", "pull-requests"}}
        allowed |= {**signed, **proposing, "comment": {"pull-requests"}, "ci": {"pull-requests"}}.get(name, set())
        looks = re.match("(plan|preview|drift)-", name)
        allowed |= {"id-token"} if looks or (name == "ci" and "plan-prod-aws" in data["jobs"]) else set()
        allowed |= {"issues"} if name.startswith("drift-") else set()
        assert writes <= allowed, name


def test_only_a_step_that_pushes_or_comments_sees_a_token(data: Json) -> None:
    assert "github.token" not in str(data.get("env", {}))
    for job in data["jobs"].values():
        assert "github.token" not in str(job.get("env", {}))
    for step in steps(data):
        if "github.token" in str(step):
            assert re.search(r"scripts/(record|propose)\.sh|remote \w|gh pr comment|gh api|gh issue", step["run"]), (
                step["name"]
            )


def test_a_secret_is_that_of_an_environment(data: Json) -> None:
    """Whatever approval the environment requires, it requires before a job sees the token."""
    for name, job in data["jobs"].items():
        assert "secrets." not in str(job) or "environment" in job, name


def test_no_expression_stands_in_a_script(data: Json) -> None:
    assert [step["name"] for step in steps(data) if EXPRESSION.search(step.get("run", ""))] == []


def test_nothing_that_a_stranger_writes_is_read(data: Json) -> None:
    """Titles, bodies, branch names and labels of a pull request are text of whoever opened it."""
    trusted = re.compile(
        r"github\.(base_ref|event_name|ref|repository|run_id|token|workspace)|github\.event\.repository\.default_branch"
        r"|github\.event\.pull_request\.number|hashFiles\([^)]*\)|matrix\.PYTHON_RELEASE|runner\.os|vars\.[A-Z0-9_]+"
        r"|secrets\.GIT_TOKEN \|\| github\.token|steps\.grype\.outputs\.cmd"
        r"|steps\.changes\.outputs\.[a-z-]+"
        r"|github\.event_name == 'pull_request' && github\.ref \|\| github\.run_id"
        r"|github\.event_name == 'pull_request' && 'HEAD\^1' \|\| github\.event\.before"
    )
    found = EXPRESSION.findall(str(data))
    assert found
    assert [expression for expression in found if not trusted.fullmatch(expression)] == []


def test_no_trigger_gives_strangers_a_token(data: Json) -> None:
    assert data["on"].keys() <= {
        "push",
        "pull_request",
        "merge_group",
        "workflow_call",
        "schedule",
        "workflow_dispatch",
    }


def test_the_token_is_not_left_in_the_checkout(data: Json) -> None:
    checkouts = [step for step in steps(data) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_what_comments_runs_no_code_of_the_pull_request(data: Json, github: list[ReadJob]) -> None:
    for name, job in data["jobs"].items() if "pull_request" in data["on"] else ():
        if job.get("permissions", {}).get("pull-requests") == "write" and "steps" in job:
            assert not [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")], name
            assert "github.event.pull_request.head.repo.full_name == github.repository" in job["if"]
    assert [job.name for job in github if job.comments] == ["comment"]


def test_there_is_no_long_lived_secret(written: Path, github: list[ReadJob]) -> None:
    text = "".join(path.read_text() for path in written.rglob("*") if path.is_file())
    assert set(re.findall(r"secrets\.\w+", text)) <= {"secrets.GIT_TOKEN"}  # optional, for a protected branch
    for job in github:
        assert {name for name in job.tokens if not name.endswith("_TOKEN_FILE")} <= {"GIT_TOKEN", "REVIEW_TOKEN"}


def test_secrets_are_no_arguments(github: list[ReadJob]) -> None:
    """What is in a command's arguments every process on the machine can read; a federated token lives five minutes."""
    for job in github:
        for script in (*job.scripts, *job.on_failure, *job.cleanup):
            for line in script.text.splitlines():
                if "GIT_TOKEN" in line and line not in REMOTE.splitlines():
                    command = r"GIT_USER=\$GIT_USER GIT_TOKEN=\$GIT_TOKEN "
                    command += r"(REVIEW_TOKEN=\$\{REVIEW_TOKEN-\} \\|scripts/record\.sh )"
                    assert re.match(command, line), line


PAGED = re.compile(r"git (?:diff|log|show|branch|tag|blame|grep|shortlog)\b(?![^|;]*(?:--quiet|\|))")


def test_no_command_of_git_waits_for_a_key(github: list[ReadJob]) -> None:
    """Some servers give a job a terminal, where Git shows what it prints page by page."""
    texts = {job.name: "\n".join(one.text for one in (*job.scripts, *job.on_failure, *job.cleanup)) for job in github}
    texts |= {path.name: path.read_text() for path in (ROOT / "scripts").glob("*.sh")}
    found = [
        (name, line)
        for name, text in texts.items()
        for line in text.splitlines()
        if PAGED.search(re.sub(r"\$\([^()]*\)|>\S+", "", line)) and ">" not in line
    ]
    assert found == []
    assert any("git --no-pager diff" in text for text in texts.values())


def test_jobs_end_and_deployments_are_not_cached(data: Json) -> None:
    for job in data["jobs"].values():
        if "steps" in job:
            assert 1 <= job["timeout-minutes"] <= 60
        if "environment" in job:
            assert not [step for step in job["steps"] if "actions/cache@" in step.get("uses", "")]


def test_what_pushes_gives_the_token_to_a_builtin_only() -> None:
    (line,) = [line.strip() for line in REMOTE.splitlines() if "$token" in line]
    assert line.startswith("""GIT_CONFIG_VALUE_0="Authorization: Basic $(printf '%s:%s' "$user" "$token" | base64""")
    lines = [line.strip() for line in (ROOT / "scripts" / "remote.sh").read_text().splitlines()]
    assert [line for line in lines if "$GIT_TOKEN" in line] == [
        """authorization=$(printf '%s:%s' "$GIT_USER" "$GIT_TOKEN" | base64 --wrap=0)"""
    ]


def test_gh_asks_the_server_that_the_workflow_runs_on(data: Json) -> None:
    for step in steps(data):
        if "GH_TOKEN" in step.get("env", {}):
            first, *rest = step["run"].splitlines()
            assert first == "export GH_HOST=${GITHUB_SERVER_URL#*://} GH_ENTERPRISE_TOKEN=$GH_TOKEN"
            assert any("gh " in line for line in rest)


@pytest.mark.parametrize("own", ["./", "$/"])
def test_a_workflow_calls_another_one_of_its_commit(
    pipelines: tuple[Pipeline, ...], tmp_path: Path, own: OwnWorkflows
) -> None:
    write_pipelines(pipelines, tmp_path, default_branch="main", own_workflows=own)
    cd = workflow(tmp_path / "github" / ".github" / "workflows" / "cd.yml")
    assert cd["jobs"]["ci"]["uses"] == f"{own}.github/workflows/ci.yml"


def test_a_commit_of_a_pull_request_is_checked_once(written: Path) -> None:
    data = workflow(written / "github" / ".github" / "workflows" / "ci.yml")
    assert data["on"].keys() == {"pull_request", "merge_group", "workflow_call", "workflow_dispatch"}
    assert {"if": "$CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS", "when": "never"} in pipeline(written / "gitlab")[
        "workflow"
    ]["rules"]
