"""Tokens live for minutes and sessions for an hour: what comes late in a job gets new ones."""

import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from quantacirc_cdk.apps import pipeline
from support.pipelines import github as on_github
from support.pipelines.github import read_github
from support.pipelines.gitlab import read_gitlab
from support.pipelines.jenkins import stages
from support.unseen import unseen_project

pytestmark = pytest.mark.integration

AGAIN = "Connect to the cluster again"


@pytest.mark.parametrize("name", ["deploy-staging", "deploy-prod"])
def test_github_proves_the_identity_again_before_it_rolls_back(written: Path, name: str) -> None:
    cd = on_github.workflow(written / "github" / ".github" / "workflows" / "cd.yml")
    steps = cd["jobs"][name]["steps"]
    labels = [step["name"] for step in steps]
    back = labels.index("Roll back")
    assert labels[back - 2 : back] == ["Prove our identity to sts.amazonaws.com", AGAIN]
    assert {step["if"] for step in steps[back - 2 : back + 1]} == {"failure() || cancelled()"}


@pytest.mark.slow
def test_jenkins_gets_tokens_when_it_has_the_lock_and_again_for_the_rollback(each: Path) -> None:
    found = [stage for group in stages(each / "jenkins" / "Jenkinsfile") for stage in group]
    locked = [stage for stage in found if stage["steps"]["lock"]]
    assert {"deploy-dev", "deploy-staging", "deploy-prod"} <= {stage["name"] for stage in locked}
    for stage in locked:
        assert not [name for name in stage["environment"] if name.endswith("_TOKEN_FILE")]
        tokens = stage["steps"]["credentials"]
        assert "AWS_WEB_IDENTITY_TOKEN_FILE" in tokens
        again = any(step.get("sh") == AGAIN for step in stage["steps"]["undo"])
        assert stage["steps"]["undoCredentials"] == (tokens if again else {})
    assert found[-1]["steps"]["undoCredentials"] == {}


@pytest.mark.parametrize(
    ("target", "login"), [("aws", "aws eks update-kubeconfig"), ("gcp", "gcloud auth login"), ("azure", "az login")]
)
def test_each_cloud_is_logged_in_to_again_where_there_is_something_to_roll_back(
    target: str, login: str, tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    made = unseen_project(tmp_path / "project")
    made.replace_in_environment("north", "target: aws", f"target: {target}")
    out = write(made.root)
    for jobs in (read_github(out / "github"), read_gitlab(out / "gitlab")):
        (job,) = [job for job in jobs if job.name == "deploy-north"]
        labels = [script.label for script in job.on_failure]
        assert labels[:2] == [AGAIN, "Roll back"]
        assert login in job.on_failure[0].text
    # The job has no undo file before it deploys: perhaps it could not connect.
    config = tmp_path / "kubeconfig"
    config.touch()
    command = ["bash", "-euo", "pipefail", "-c", job.on_failure[0].text]
    environment = {"PATH": "/usr/bin:/bin", "KUBECONFIG": str(config)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    assert config.exists()


def test_a_job_of_more_than_an_hour_renews_its_tokens_until_it_ends(
    tmp_path: Path, write: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = unseen_project(tmp_path / "project")
    workflow = Path("github", ".github", "workflows", "cd.yml")
    short = on_github.workflow(write(made.root) / workflow)["jobs"]["deploy-north"]
    assert "renew" not in str(short)
    monkeypatch.setattr("quantacirc_cdk.model.site.Site.pause_seconds", 2400)
    job = on_github.workflow(write(made.root) / workflow)["jobs"]["deploy-north"]
    by_name = {step["name"]: step for step in job["steps"]}
    labels = list(by_name)
    assert labels.index("Renew our identity in the background") < labels.index(
        "Prove our identity to sts.amazonaws.com"
    )
    stop = by_name["Stop renewing our identity"]
    assert labels.index(stop["name"]) > labels.index("Roll back")
    assert stop["if"] == "always()"
    run = by_name["Renew our identity in the background"]["run"]
    minutes = job["timeout-minutes"]
    assert f"minute < {minutes}; minute += 4" in run
    # The server issues a new token each time, and does not answer the second time.
    programs = {
        "sleep": 'echo "$*" >>slept\nexec /bin/sleep 0.1\n',
        "curl": """\
echo x >>asked
count=$(wc -l <asked)
[ $count -ne 2 ] || exit 22
echo "{\\"value\\": $count}"
""",
    }
    (tmp_path / "bin").mkdir()
    for name, body in programs.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{body}")
        (tmp_path / "bin" / name).chmod(0o755)
    environment = {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1/token?",
        **{name: value for name, value in job["env"].items() if name.endswith("_TOKEN_FILE")},
    }
    start = partial(subprocess.run, cwd=tmp_path, env=environment, check=True, timeout=30)
    start(["bash", "-eo", "pipefail", "-c", run.replace(f"minute < {minutes}", "minute < 40")])
    token = tmp_path / environment["AWS_WEB_IDENTITY_TOKEN_FILE"]
    deadline = time.monotonic() + 20
    while not token.exists() or int(token.read_text()) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert set((tmp_path / "slept").read_text().split()) == {"4m"}
    start(["bash", "-eo", "pipefail", "-c", stop["run"]])


def test_kubectl_on_aks_logs_in_with_the_token_of_the_job(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    made = unseen_project(tmp_path)
    made.replace_in_environment("north", "target: aws", "target: azure")
    (job,) = [job for job in read_github(write(made.root) / "github") if job.name == "deploy-north"]
    (connect,) = [script.text for script in job.scripts if script.label == "Connect to the cluster"]
    assert "kubelogin convert-kubeconfig --login workloadidentity" in connect


@pytest.mark.parametrize("pauses", [0, 2400])
def test_a_release_with_pauses_is_looked_at_with_a_new_session(
    pauses: int, tmp_path: Path, write: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quantacirc_cdk.model.site.Site.pause_seconds", pauses)
    made = unseen_project(tmp_path)
    out = write(made.root)
    pipeline.synthesize(made.root, tmp_path / "default")
    for folder in (out, tmp_path / "default"):
        data = on_github.workflow(folder / "github" / ".github" / "workflows" / "cd.yml")["jobs"]["deploy-north"]
        labels = [step["name"] for step in data["steps"]]
        health = labels.index("Check health")
        late = ["Prove our identity to sts.amazonaws.com", AGAIN]
        assert (labels[health - 2 : health] == late) is (pauses > 0)
        assert "if" not in data["steps"][health - 1]
