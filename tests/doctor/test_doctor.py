"""``qcdk doctor``: every way in which a program can be there or not, what that means for a task, and what is said."""

import json
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.doctor import Finding, Need, Place, Program, Status, Task, environment_task, examine, tasks
from quantacirc_cdk.doctor.tasks import HELM, TERRAFORM
from quantacirc_cdk.operations.preflight import OLDEST_HELM, SKEW
from support.project import Project

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a program on an empty PATH: what it says, its exit status."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, said: str, status: int = 0) -> None:
        (folder / name).write_text(f"#!/bin/sh\nprintf '%s\\n' '{said}'\nexit {status}\n")
        (folder / name).chmod(0o755)

    return put


def program(name: str, oldest: tuple[int, ...] = ()) -> Program:
    return Program(name=name, command=(name, "--version"), oldest=oldest, get=f"get {name}")


def only(*needs: Need) -> Task:
    return Task(name="bake", what="bake bread", needs=needs)


def test_a_program_that_is_there_is_found_with_its_version_and_place(install: Install, tmp_path: Path) -> None:
    install("oven", "oven version v1.4.2, built today")
    diagnosis = examine([only(Need(programs=(program("oven", (1, 4)),)))])
    (finding,) = diagnosis.tasks[0].findings
    assert (finding.status, finding.version, finding.place) == (Status.OK, "1.4.2", str(tmp_path / "bin" / "oven"))
    assert diagnosis.ready


@pytest.mark.parametrize(
    ("said", "status", "expected", "note"),
    [
        ("oven 1.3.9", 0, Status.OLD, "1.3.9 is too old, 1.4 or newer is required"),
        ("cannot find my door", 3, Status.BROKEN, "cannot find my door"),
        ("", 3, Status.BROKEN, "ends with exit status 3"),
    ],
)
def test_a_program_that_is_old_or_broken_is_told_from_one_that_is_missing(
    install: Install, said: str, status: int, expected: Status, note: str
) -> None:
    install("oven", said, status)
    needs = [Need(programs=(program(name, (1, 4)),)) for name in ("oven", "mill")]
    diagnosis = examine([only(*needs)])
    oven, mill = diagnosis.tasks[0].findings
    assert (oven.status, oven.note, oven.get) == (expected, note, "get oven")
    assert (mill.status, mill.get) == (Status.MISSING, "get mill")
    assert not diagnosis.ready


def test_a_program_that_hangs_is_broken(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("oven", "")
    oven = Path(sys.modules["os"].environ["PATH"]) / "oven"
    oven.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    monkeypatch.setattr("quantacirc_cdk.doctor.program.SECONDS", 0.2)
    (finding,) = examine([only(Need(programs=(program("oven"),)))]).tasks[0].findings
    assert finding.status is Status.BROKEN
    assert "does not respond within" in finding.note


def test_one_of_several_is_enough_and_without_any_all_are_named(install: Install) -> None:
    several = Need(programs=(program("oven"), program("stove")))
    (nothing,) = examine([only(several)]).tasks[0].findings
    assert (nothing.name, nothing.get) == ("oven or stove", "get oven; or get stove")
    install("stove", "stove 2.0")
    diagnosis = examine([only(several)])
    assert [finding.name for finding in diagnosis.tasks[0].findings] == ["stove"]
    assert diagnosis.ready


def test_what_is_optional_is_named_and_keeps_nobody_from_the_task(install: Install) -> None:
    del install
    diagnosis = examine([only(Need(programs=(program("thermometer"),), optional=True))])
    assert diagnosis.tasks[0].findings[0].status is Status.MISSING
    assert diagnosis.ready


def test_a_library_is_found_by_its_distribution(install: Install) -> None:
    del install
    diagnosis = examine([only(Need(libraries=("pydantic",)), Need(libraries=("no-such-library",)))])
    found, missing = diagnosis.tasks[0].findings
    assert (found.status, missing.status, missing.get) == (Status.OK, Status.MISSING, "pip install no-such-library")


def test_a_plug_in_that_docker_does_not_have_is_missing_and_not_broken(install: Install) -> None:
    install("docker", "docker: unknown command: docker compose", 1)
    (task,) = [task for task in tasks() if task.name == "compose"]
    (finding,) = examine([task]).tasks[0].findings
    assert (finding.name, finding.status) == ("docker compose or podman-compose", Status.MISSING)


CLUSTER = Place(name="prod", target="aws", context="bakery-prod", kubernetes_version="1.34")


def test_an_environment_needs_its_context_its_cloud_and_a_kubectl_of_nearly_its_version(install: Install) -> None:
    install("aws", "aws-cli/2.31.0 Python/3.13")
    install("kubectl", "Client Version: v1.35.1 bakery-dev bakery-prod")
    assert examine([environment_task(CLUSTER)]).ready
    install("kubectl", "Client Version: v1.31.0 bakery-dev")
    diagnosis = examine([environment_task(CLUSTER)])
    by_name = {finding.name: finding for finding in diagnosis.tasks[0].findings}
    context = by_name['context "bakery-prod"']
    assert (context.status, context.get) == (
        Status.MISSING,
        "aws eks update-kubeconfig --alias bakery-prod --name CLUSTER",
    )
    skew = by_name["kubectl's version"]
    assert skew.note == f"is 1.31 and the cluster 1.34: at most {SKEW} minor version apart is supported"
    assert not skew.counts


def support_finding(target: str, version: str, today: date) -> Finding:
    place = Place(name="prod", target=target, context="bakery-prod", kubernetes_version=version)
    findings = examine([environment_task(place)], today).tasks[0].findings
    return next(finding for finding in findings if finding.name == f"Kubernetes {version}")


def test_a_version_that_loses_its_support_soon_is_said_with_the_day_and_what_follows(install: Install) -> None:
    install("kubectl", "Client Version: v1.34.0 bakery-prod")
    soon = support_finding("aws", "1.34", date(2026, 10, 3))
    assert soon.note == (
        "standard support of 1.34 on EKS ends on 2026-12-02; EKS then upgrades the control plane by itself"
    )
    assert (soon.status, soon.counts) == (Status.OLD, False)
    assert soon.get == "raise cluster.kubernetes_version by one (docs/upgrades.md)"


@pytest.mark.parametrize(
    ("target", "version", "today"),
    [("aws", "1.34", date(2026, 10, 2)), ("gcp", "1.34", date(2026, 8, 1)), ("azure", "1.99", date(2030, 1, 1))],
)
def test_a_version_with_support_or_unknown_to_the_calendar_is_no_problem(
    install: Install, target: str, version: str, today: date
) -> None:
    install("kubectl", "Client Version: v1.34.0 bakery-prod")
    assert support_finding(target, version, today).status is Status.OK


@pytest.mark.parametrize("target", ["local", "gcp", "azure"])
def test_every_cloud_says_how_its_context_comes_about(install: Install, target: str) -> None:
    install("kubectl", "Client Version: v1.34.0")
    place = Place(name="hall", target=target, context="bakery-hall", kubernetes_version="1.34")
    context = examine([environment_task(place)]).tasks[0].findings[-1]
    assert "bakery-hall" in context.get


def test_the_command_says_what_is_missing_and_its_status_too(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--for", "compare"]) == 1
    said = capsys.readouterr().out
    assert re.search(r"✗ compare: .*\n    ✗ git +missing; https://git-scm.com/downloads\n", said)
    assert said.endswith("ready: nothing\nlacking: compare (git)\n")
    install("git", "git version 2.51.0")
    assert main(["doctor", "--for", "compare,compare"]) == 0
    assert capsys.readouterr().out.endswith("ready: compare\n")


def test_the_command_reads_the_environment_from_the_project(
    install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project.small(tmp_path / "project")
    install("kubectl", "Client Version: v1.34.0 kind-bakery")
    install("git", "git version 2.51.0")
    assert main(["doctor", "home", "--for", "compare", "--format", "json", "--project", str(project.root)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ready"] is True
    assert [task["name"] for task in document["tasks"]] == ["compare", "home"]
    assert {"name": 'context "kind-bakery"', "status": "ok", "required": True} in document["tasks"][1]["needs"]
    assert main(["doctor", "hom", "--project", str(project.root)]) == 2
    assert '"home"' in capsys.readouterr().err


def test_an_unknown_task_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--for", "deploi"]) == 2
    assert '--for: no task "deploi", expected "deploy"' in capsys.readouterr().err


def test_help_names_every_task(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])
    said = capsys.readouterr().out
    assert f"tasks: {', '.join(task.name for task in tasks())}" in said
    assert "exit status" in said


def test_the_versions_asked_for_are_those_that_the_rest_of_the_library_asks_for() -> None:
    from quantacirc_cdk.terraform.backend import REQUIRED_TERRAFORM

    assert HELM.oldest == OLDEST_HELM
    assert f">= {'.'.join(map(str, TERRAFORM.oldest))}.0" == REQUIRED_TERRAFORM


def test_infrastructure_needs_complete_lock_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = Project.small(tmp_path)
    stack = tmp_path / "dist" / "terraform" / "stacks" / "prod-aws"
    stack.mkdir(parents=True)
    required = {"terraform": {"required_providers": {"queue": {"source": "registry.example/acme/queue"}}}}
    (stack / "cdk.tf.json").write_text(json.dumps(required))
    asked = ["doctor", "--for", "infrastructure", "--project", str(project.root), "--json"]
    assert main(asked) == 1
    needs = {need["name"]: need for need in json.loads(capsys.readouterr().out)["tasks"][0]["needs"]}
    found = needs["prod-aws: .terraform.lock.hcl"]
    assert (found["status"], found["required"], found["get"]) == ("missing", True, "qcdk provider-locks")
    hashes = "".join(f'"zh:{number}",\n' for number in range(5))
    lock = f'provider "registry.example/acme/queue" {{\n  version = "1.4.0"\n  hashes = [\n{hashes}  ]\n}}\n'
    (stack / ".terraform.lock.hcl").write_text(lock)
    main(asked)
    needs = {need["name"]: need for need in json.loads(capsys.readouterr().out)["tasks"][0]["needs"]}
    assert needs[".terraform.lock.hcl"]["status"] == "ok"
