"""A stack with its state in S3, planned and applied by `qcdk`: what changes by hand, and a lock that is lost."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from aws.service import Aws, served
from support.operations.stacks import STACK, PlannedProject
from support.project import Project

pytestmark = [pytest.mark.slow, pytest.mark.terraform]

ACCOUNT, REGION, BUCKET = "111111111111", "eu-central-1", "bakery-home-tfstate"
LOCK = f"{STACK}.tfstate.tflock"
PROVIDERS = {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.100.0, < 7.0.0"}}}
BACKEND = {
    "s3": {"bucket": BUCKET, "key": f"{STACK}.tfstate", "region": REGION, "use_lockfile": True, "use_path_style": True}
}


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    with served(ACCOUNT, REGION, tmp_path) as service:
        place = {"LocationConstraint": REGION}
        service.ask("s3", "create_bucket", Bucket=BUCKET, CreateBucketConfiguration=place)
        yield service


@pytest.fixture
def made(tmp_path: Path, aws: Aws) -> PlannedProject:
    project = PlannedProject(Project.small(tmp_path / "project"), aws.environment)
    write(project)
    return project


def write(project: PlannedProject, **resources: Any) -> None:
    recipe = {"name": "/bakery/recipe", "type": "String", "value": "flour", "description": "by hand"}
    project.write(
        {"aws_ssm_parameter": {"recipe": recipe}, **resources},
        backend=BACKEND,
        terraform=PROVIDERS,
        provider={"aws": [{"region": REGION}]},
    )


def test_what_somebody_changes_by_hand_is_drift_and_an_apply_takes_it_back(made: PlannedProject, aws: Aws) -> None:
    assert made.run("plan", STACK).status == 0
    assert not aws.has_object(BUCKET, f"{STACK}.tfstate")
    done = made.run("apply", STACK, "--yes")
    assert done.status == 0, done.error
    assert (made.folder / ".terraform.lock.hcl").exists(), "Terraform recorded the versions of the providers"
    assert aws.has_object(BUCKET, f"{STACK}.tfstate")
    assert made.run("drift", STACK).status == 0

    aws.ask("ssm", "put_parameter", Name="/bakery/recipe", Value="sand", Type="String", Overwrite=True)
    found = made.run("drift", STACK, "--format", "json")
    assert found.status == 1, found.error
    (item,) = json.loads(found.out)["objects"]
    assert (item["name"], item["impact"]) == ("aws_ssm_parameter.recipe", "in-place")
    (value,) = (change for change in item["changes"] if change["field"] == "value")
    assert (value["before"], value["after"]) == ("(sensitive)", "(another sensitive value)")
    assert "sand" not in (made.planned / "summary.md").read_text()

    assert made.run("plan", STACK).status == 0
    assert made.run("apply", STACK, "--yes").status == 0
    assert aws.ask("ssm", "get_parameter", Name="/bakery/recipe")["Parameter"]["Value"] == "flour"
    assert made.run("drift", STACK).status == 0
    assert not aws.has_object(BUCKET, LOCK)


def test_an_apply_that_is_killed_leaves_its_lock_and_the_next_one_says_whose_it_is(
    made: PlannedProject, aws: Aws, ending: ExitStack
) -> None:
    applying = slowly(made, aws, ending)
    applying.send_signal(signal.SIGKILL)
    applying.communicate(timeout=60)
    kill_terraform(made)
    refused = made.run("apply", STACK, "--yes", "--lock-timeout", "0s")
    assert refused.status == 2
    assert "home-aws: the state is locked by " in refused.error
    assert "(apply) since " in refused.error
    command = refused.error.rpartition("release it: terraform ")[2].split()
    made.terraform.init("-backend-config=use_path_style=true")
    assert command[1] == "force-unlock"
    made.terraform.run("force-unlock", "-force", command[2])
    assert made.run("drift", STACK, "--lock-timeout", "0s").status == 1


def test_an_apply_whose_lock_is_taken_away_does_not_pass(made: PlannedProject, aws: Aws, ending: ExitStack) -> None:
    applying = slowly(made, aws, ending)
    aws.ask("s3", "delete_object", Bucket=BUCKET, Key=LOCK)
    (made.project.root / "go").touch()
    _, said = applying.communicate(timeout=120)
    assert applying.returncode == 3, said
    assert "home-aws: Error releasing the state lock: " in said
    assert made.run("drift", STACK).status == 0, "it was applied, and the state was written"


@pytest.fixture
def ending() -> Iterator[ExitStack]:
    """What ends at the end of the test, however it goes."""
    with ExitStack() as stack:
        yield stack


def end(made: PlannedProject, applying: "subprocess.Popen[str]") -> None:
    (made.project.root / "go").touch()
    applying.kill()
    applying.communicate()
    kill_terraform(made)


def slowly(made: PlannedProject, aws: Aws, ending: ExitStack) -> "subprocess.Popen[str]":
    """Start an apply that holds the lock until there is a file ``go``."""
    wait = f"until test -e {made.project.root}/go; do sleep 0.1; done"
    write(made, terraform_data={"dough": {"provisioner": [{"local-exec": {"command": wait}}]}})
    assert made.run("plan", STACK).status == 0
    applying = made.start("apply", STACK, "--yes")
    ending.callback(lambda: end(made, applying))
    deadline = time.monotonic() + 300
    while not aws.has_object(BUCKET, LOCK):
        assert applying.poll() is None, applying.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1)  # until the resource has begun
    return applying


def kill_terraform(made: PlannedProject) -> None:
    """Kill the Terraform of this project, as the end of a machine does."""
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"-chdir={made.folder}".encode() in words:
            os.kill(int(process.name), signal.SIGKILL)
