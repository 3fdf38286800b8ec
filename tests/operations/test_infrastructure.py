"""Stacks are planned and applied by the real Terraform: the plan that somebody has read, or nothing."""

import json
import shutil
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.operations.terraform import holder
from support.operations.stacks import STACK, PlannedProject, Said
from support.project import Project

pytestmark = [pytest.mark.slow, pytest.mark.terraform]

Run = Callable[..., Said]


@pytest.fixture
def made(project: Callable[[], Project]) -> PlannedProject:
    found = PlannedProject(project())
    found.write({"terraform_data": {"oven": {"input": "hot"}}})
    return found


def applied(made: PlannedProject) -> PlannedProject:
    assert made.run("plan", STACK).status == 0
    assert made.run("apply", STACK, "--yes").status == 0
    return made


def holding(made: PlannedProject) -> None:
    """Write a change that takes until there is a file ``go``."""
    wait = f"until test -e {made.project.root}/go; do sleep 0.1; done"
    made.write(
        {
            "terraform_data": {
                "oven": {"input": "hot"},
                "dough": {"provisioner": [{"local-exec": {"command": wait}}]},
                "bread": {"depends_on": ["terraform_data.dough"]},
            }
        }
    )


def await_true(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_plan_is_shown_kept_and_applied(made: PlannedProject) -> None:
    planned = made.run("plan", STACK, "--format", "markdown")
    assert planned.status == 0, planned.error
    assert planned.out == (made.planned / "summary.md").read_text()
    assert "## Infrastructure: `home-aws`" in planned.out
    assert "+ `terraform_data.oven` in `home-aws`: a new resource; existing ones stay" in planned.out
    record = json.loads((made.planned / "record.json").read_text())
    assert record["plan"] in planned.out
    assert record["changes"] is True
    assert stat.S_IMODE((made.planned / "plan").stat().st_mode) == 0o600
    assert not (made.project.root / "state").exists()

    done = made.run("apply", STACK, "--yes")
    assert done.status == 0, done.error
    assert "a new resource; existing ones stay" in done.out
    assert "terraform_data.oven: Creation complete" in done.error
    assert "home-aws is applied: 1 resource changed" in done.error

    again = made.run("plan", STACK)
    assert "no difference" in again.out
    assert made.run("apply", STACK).error.endswith("home-aws: nothing to apply\n")
    assert made.run("drift", STACK).status == 0


def test_an_apply_asks_for_approval(made: PlannedProject) -> None:
    assert made.run("plan", STACK).status == 0
    refused = made.run("apply", STACK)
    assert (refused.status, "home-aws requires approval: add --yes" in refused.error) == (2, True)
    made.project.replace_in_environment("home", "target: local", "target: local\napproval: false")
    assert made.run("apply", STACK).status == 0


def test_no_plan_is_applied_outside_of_the_change_windows(made: PlannedProject) -> None:
    assert made.run("plan", STACK).status == 0
    window = 'change_windows: [{ schedule: "0 0 29 2 *", hours: 1 }]'  # the next one is in 2028
    made.project.replace_in_environment("home", "target: local", f"target: local\n{window}")
    refused = made.run("apply", STACK, "--yes")
    assert refused.status == 2
    assert "no change window of home is open; nothing was changed" in refused.error
    done = made.run("apply", STACK, "--yes", "--emergency", "the oven is cold")
    assert done.status == 0
    assert "warning: no change window is open; emergency: the oven is cold" in done.error


def other_plan(made: PlannedProject) -> None:
    with (made.planned / "plan").open("ab") as file:
        file.write(b"x")


def other_files(made: PlannedProject) -> None:
    (made.folder / "more.auto.tfvars.json").write_text("{}")


def other_stack(made: PlannedProject) -> None:
    path = made.planned / "record.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"stack": "street-aws"}))


def other_version(made: PlannedProject) -> None:
    path = made.planned / "record.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"terraform": "1.0.0"}))


def other_state(made: PlannedProject) -> None:
    kept = made.project.root / "kept"
    shutil.copytree(made.planned, kept)
    made.write({"terraform_data": {"oven": {"input": "hot"}, "table": {}}})
    applied(made)
    made.write({"terraform_data": {"oven": {"input": "hot"}}})
    shutil.rmtree(made.planned)
    shutil.copytree(kept, made.planned)


def no_record(made: PlannedProject) -> None:
    (made.planned / "record.json").write_text('{"stack": "home-aws", "changes": 1}')


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (other_plan, "not the plan that was made with the summary, expected another plan: `qcdk plan home-aws`"),
        (other_files, "a plan of other files than those in "),
        (other_stack, "a plan of street-aws, expected one of home-aws"),
        (other_version, "a plan of Terraform 1.0.0, but this is "),
        (other_state, "home-aws: the state has changed since the plan was made; nothing was changed"),
        (no_record, "no record of a plan, expected the folder that `qcdk plan` has written"),
    ],
)
def test_another_plan_than_the_one_that_was_read_is_refused(
    made: PlannedProject, change: Callable[[PlannedProject], None], said: str
) -> None:
    assert made.run("plan", STACK).status == 0
    change(made)
    refused = made.run("apply", STACK, "--yes")
    assert refused.status == 2
    assert said in refused.error


def test_a_failed_apply_says_what_is_done_and_how_to_go_on(made: PlannedProject) -> None:
    burn = {"provisioner": [{"local-exec": {"command": "echo it burns >&2; exit 3"}}]}
    made.write({"terraform_data": {"oven": {"input": "hot"}, "bread": burn | {"depends_on": ["terraform_data.oven"]}}})
    assert made.run("plan", STACK).status == 0
    failed = made.run("apply", STACK, "--yes")
    assert failed.status == 3
    assert "error: terraform_data.bread: local-exec provisioner error: " in failed.error
    assert "it burns" in failed.error
    assert "error: terraform_data.bread is not complete" in failed.error
    assert "the state has what was changed: 1 resource changed. To go on: qcdk plan home-aws" in failed.error

    again = made.run("plan", STACK)
    assert "[tainted]" in again.out


def test_a_stack_that_terraform_refuses_is_not_planned(made: PlannedProject) -> None:
    made.write({"terraform_data": {"oven": {"inptu": "hot"}}})
    refused = made.run("plan", STACK)
    assert refused.status == 2
    assert "error: home-aws: Extraneous JSON object property: " in refused.error
    assert not (made.planned / "plan").exists()
    nowhere = made.run("plan", "home-asw")
    assert (nowhere.status, 'no stack "home-asw", expected "home-aws"' in nowhere.error) == (2, True)


def test_a_state_that_somebody_else_holds_is_left_alone(made: PlannedProject) -> None:
    holding(made)
    assert made.run("plan", STACK).status == 0
    first = made.start("apply", STACK, "--yes")
    lock = made.project.root / "state" / ".home.tfstate.lock.info"
    await_true(lock.exists)
    refused = made.run("apply", STACK, "--yes", "--lock-timeout", "0s")
    assert refused.status == 2
    assert "home-aws: the state is locked by " in refused.error
    assert "(apply) since 20" in refused.error
    assert "; nothing was changed; if that run is over, release it: terraform -chdir=" in refused.error
    assert "force-unlock" in refused.error
    looked = made.run("drift", STACK, "--lock-timeout", "0s")
    assert (looked.status, "the state is locked by " in looked.error) == (2, True)
    waiting = made.start("drift", STACK, "--lock-timeout", "60s")
    (made.project.root / "go").touch()
    first.communicate(timeout=60)
    assert first.returncode == 0
    _, said = waiting.communicate(timeout=60)
    assert (waiting.returncode, said.endswith("home-aws: no drift\n")) == (0, True), said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_apply_ends_what_it_has_begun(made: PlannedProject, number: signal.Signals) -> None:
    holding(made)
    assert made.run("plan", STACK).status == 0
    applying = made.start("apply", STACK, "--yes")
    await_true((made.project.root / "state" / ".home.tfstate.lock.info").exists)
    time.sleep(0.5)
    applying.send_signal(number)
    time.sleep(0.5)
    (made.project.root / "go").touch()
    _, said = applying.communicate(timeout=60)
    assert applying.returncode == 130, said
    assert "To go on: qcdk plan home-aws, and apply that plan" in said
    assert not (made.project.root / "state" / ".home.tfstate.lock.info").exists()
    names = {one["name"] for one in json.loads((made.project.root / "state" / "home.tfstate").read_text())["resources"]}
    assert "bread" not in names


def test_drift_is_named_with_its_effect(made: PlannedProject) -> None:
    applied(made)
    made.write({"terraform_data": {"oven": {"input": "hot"}, "table": {"input": "set"}}})
    found = made.run("drift", STACK, "--format", "markdown")
    assert found.status == 1, found.error
    assert found.out == (made.planned / "summary.md").read_text()
    assert "`terraform_data.table`" in found.out
    assert not (made.planned / "plan").exists()


def test_arguments_of_the_environment_do_not_change_a_plan(made: PlannedProject) -> None:
    applied(made)
    made.environment |= {"TF_CLI_ARGS_plan": "-destroy"}
    assert "no difference" in made.run("plan", STACK).out


def test_the_holder_of_a_lock_is_read_from_terraforms_message() -> None:
    detail = """\
Error message: resource temporarily unavailable
Lock Info:
  ID:        06b2fd5c
  Path:      x.tfstate
  Operation: OperationTypeApply
  Who:       root@oven
  Version:   1.11.4
  Created:   2026-11-29 10:00:00 UTC
  Info:      \n"""
    assert holder(detail) == ("root@oven (apply) since 2026-11-29 10:00:00 UTC", "06b2fd5c")
    assert holder("no answer") == ("another run", "")


def test_a_stack_without_the_output_is_refused(made: PlannedProject, tmp_path: Path) -> None:
    refused = made.run("plan", STACK, "--out", str(tmp_path / "none"))
    assert (refused.status, "expected the output: run `qcdk synth`" in refused.error) == (2, True)
