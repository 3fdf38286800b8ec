"""The README's two commands on a machine with nothing but what the README asks for, and the checks of the pipeline.

``make fresh`` runs this: it makes Debian machines with debootstrap, as root, and takes the better part of an hour.
"""

import json
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.version import Version

from support.machine import IN_PREPARATION, LOGS, Machine, Run
from support.pipelines.act import ACTION, EVENTS, stand_in
from support.pipelines.github import workflow
from support.terraform.terraform import mirrors
from support.tools import ROOT, require

pytestmark = [pytest.mark.slow, pytest.mark.machine]

VENV = "python3.11-venv"
CI = ROOT / "dist" / "cicd" / "github" / ".github" / "workflows" / "ci.yml"
JOBS = [name for name, job in workflow(CI)["jobs"].items() if "if" not in job]


def claimed() -> list[str]:
    """Return the releases of Python that the package says it supports."""
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    return re.findall(r"Python :: (3\.[0-9]+)$", "\n".join(classifiers), re.MULTILINE)


def told(what: str, run: Run) -> None:
    """Show what was measured, also where pytest captures what tests print."""
    line = f"{what}: exit status {run.status}, {run.seconds:.0f} s"
    with (LOGS / "times.log").open("a") as log:
        log.write(f"{line}\n")
    print(line)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Return a maker of folders for machines: 2 GB each, gone afterwards."""
    made: list[Path] = []

    def make(name: str) -> Path:
        made.append(tmp_path_factory.mktemp(name))
        return made[-1] / "root"

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def debian(place: Callable[[str], Path]) -> Machine:
    """Return a machine as Debian's installer leaves it, to make others of."""
    return Machine.make(place("debian"))


@pytest.fixture(scope="module")
def bare(debian: Machine, place: Callable[[str], Path]) -> Machine:
    """Return a machine without Debian's package for virtual environments."""
    return debian.copy(place("bare"))


@pytest.fixture(scope="module")
def fresh(debian: Machine, place: Callable[[str], Path]) -> Machine:
    """Return a machine with what the README asks for."""
    return debian.copy(place("fresh"), VENV)


@pytest.fixture(scope="module")
def synthesized(fresh: Machine) -> Machine:
    """Return the machine after ``make synth``, which found what a failed ``python3 -m venv`` leaves."""
    assert fresh.run("python3 -m venv --without-pip .venv && touch .venv/run.stamp").status == 0
    run = fresh.run("make synth")
    told("make synth, the first", run)
    assert run.status == 0, run.output
    return fresh


def test_a_machine_without_venv_is_told_in_one_line_what_to_install(bare: Machine) -> None:
    run = bare.run("make synth")
    assert run.status == 2
    said = [line for line in run.output.splitlines() if not line.startswith("make: ***")]
    assert said == [
        f"error: /usr/bin/python3 has no venv module with pip; on Debian and Ubuntu: apt-get install {VENV}"
    ]
    bare.install(VENV)
    assert bare.run("make .venv/run.stamp").status == 0


def test_make_synth_writes_what_is_committed(synthesized: Machine) -> None:
    assert synthesized.run("command -v node terraform helm").status != 0
    changed = synthesized.run("git status --porcelain")
    assert (changed.status, changed.output) == (0, "")


def test_the_second_make_synth_needs_no_network(synthesized: Machine) -> None:
    run = synthesized.run("make synth", network=False)
    told("make synth, the second, without network", run)
    assert run.status == 0, run.output
    assert "none changed" in run.output


def test_make_test_passes(synthesized: Machine) -> None:
    run = synthesized.run("make test", log="test")
    told("make test", run)
    assert run.status == 0, run.output[-8000:]
    summary = run.output.rpartition("\n──\n")[2]
    assert "FAILED" not in summary
    assert "slow tests" in summary
    assert "Terraform is MISSING" in run.output
    assert "so this was NOT checked" in run.output


def test_the_newest_python_that_is_claimed_passes_the_fast_tests(place: Callable[[str], Path]) -> None:
    """A test whose tool is not on this machine is skipped: it has the Python, Git and make alone."""
    python = f"python{max(claimed(), key=Version)}"
    machine = Machine.make(place("newest"), python, f"{python}-venv", release=IN_PREPARATION)
    machine.clone()
    run = machine.run(f"make synth PYTHON={python}")
    told(f"make synth with {python}", run)
    assert run.status == 0, run.output
    assert machine.run("git status --porcelain").output == ""
    run = machine.run(f"make check ONLY=fast-tests PYTHON={python}", log=python)
    told(f"the fast tests with {python}", run)
    assert run.status == 0, run.output[-8000:]


@pytest.fixture(scope="module")
def runner(debian: Machine, place: Callable[[str], Path]) -> Machine:
    """Return a machine as a runner of GitHub Actions has it: a user who may become root, and Node.js nowhere.

    What jobs download from elsewhere than a registry, Terraform and its provider, is this machine's.
    """
    machine = debian.copy(place("runner"), VENV, "sudo")
    machine.as_root("echo 'dev ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/dev")
    for program in (require("act"), require("terraform")):
        shutil.copy(Path(os.path.realpath(program)), machine.root / "usr" / "local" / "bin" / program.name)
    for path in filter(Path.is_dir, mirrors()):
        machine.mounted[str(path)] = str(path)
    events = machine.root / "opt" / "act"
    for _, repository, _ in ACTION.findall(CI.read_text()):
        stand_in(events / repository, "true")
    (events / "event.json").write_text(json.dumps(EVENTS["pull_request"]))
    return machine


@pytest.mark.parametrize("job", JOBS)
def test_a_check_job_of_the_pipeline_passes(runner: Machine, job: str) -> None:
    """The real job: act reads the workflow and runs its steps, all but the actions that check out and cache."""
    used = {(repository, commit) for _, repository, commit in ACTION.findall(CI.read_text())}
    command = f"act pull_request --workflows dist/cicd/github/.github/workflows/ci.yml --job {job}"
    command += (
        " --platform ubuntu-24.04=-self-hosted --no-cache-server --defaultbranch main --eventpath /opt/act/event.json"
    )
    command += " --matrix PYTHON_RELEASE:3.11"  # the one that Debian 12 has
    for repository, commit in sorted(used):
        command += f" --local-repository {repository}@{commit}=/opt/act/{repository}"
    run = runner.run(command, log=job)
    told(f"job {job}", run)
    assert run.status == 0, run.output[-8000:]
    assert "Job succeeded" in run.output
