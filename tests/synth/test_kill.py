"""A run that is killed at any moment leaves the output whole: the old one or the new one."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from support.plain_apps import contents, with_plain_apps
from support.project import Project

KILLS = int(os.environ.get("FUZZ_KILLS", "12"))
FILES = 150


def command(project: Project) -> list[str]:
    return [sys.executable, "-m", "quantacirc_cdk.cli", "synth", "--project", str(project.root)]


def start(project: Project, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*command(project), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


@pytest.mark.slow
def test_kills_never_tear_the_output(project: Callable[[], Project]) -> None:
    made = with_plain_apps(project(), FILES)
    subprocess.run(command(made), check=True, capture_output=True)
    (made.root / "content").write_text("warm\n")
    began = time.monotonic()
    subprocess.run(command(made), check=True, capture_output=True)
    whole_run = time.monotonic() - began
    chance = random.Random(20)
    survived = 0
    for number in range(KILLS):
        before = contents(made)
        text = f"version {number}\n"
        (made.root / "content").write_text(text)
        process = start(made)
        time.sleep(chance.uniform(0.3, 1.5) * whole_run)
        process.send_signal(signal.SIGKILL)
        process.wait()
        after = contents(made)
        assert after in (before, {text})
        assert len(list((made.root / "dist").rglob("*.yaml"))) == 2 * FILES
        survived += after == {text}
        whole_run *= 0.9 if after == {text} else 1.1  # follows how busy the machine is
    subprocess.run(command(made), check=True, capture_output=True)
    assert contents(made) == {f"version {KILLS - 1}\n"}
    assert not list(made.root.glob(".dist.*"))
    assert 0 < survived < KILLS, "the kills must fall on both sides of the exchange to prove anything"


MINE = (
    "notes",
    "kubernetes/mine.yaml",
    "kubernetes/home/mine.yaml",
    "terraform/stacks/home-local/terraform.tfstate",
    "terraform/stacks/home-local/.terraform.lock.hcl",
    "terraform/stacks/home-local/.terraform/providers/x",
    "terraform/stacks/gone-local/terraform.tfstate.backup",
    "mine/deep/er/file",
    "../.dist.old/kubernetes/home/000.yaml",
    "../.dist.new-mine/file",
    "../.dist.qcdk-mine/file",
)
"""Paths of files that no run has written, relative to the output."""


@pytest.mark.slow
def test_hand_written_files_survive_runs_and_kills(project: Callable[[], Project]) -> None:
    made = with_plain_apps(project(), FILES)
    out = made.root / "dist"
    began = time.monotonic()
    subprocess.run(command(made), check=True, capture_output=True)
    whole_run = time.monotonic() - began
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    mine: dict[str, str] = {}

    def write(name: str) -> None:
        path, mine[name] = out / name, f"mine {chance.random()}\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        if chance.random() < 0.5:  # as an editor does it
            path.with_name("unfinished").write_text(mine[name])
            path.with_name("unfinished").replace(path)
        else:
            path.write_text(mine[name])

    outcomes = set()
    for number in range(KILLS):
        for name in chance.sample(MINE, 3):
            write(name)
        before, text = contents_of(made, mine), f"version {number}\n"
        (made.root / "content").write_text(text)
        process = start(made, *chance.choice([(), ("home",), ("--only", "terraform"), ("--only", "kubernetes")]))
        if chance.random() < 0.2:
            process.wait()
        else:
            time.sleep(chance.uniform(0.3, 1.2) * whole_run)
            process.send_signal(signal.SIGKILL)
            process.wait()
            whole_run *= 1.1 if contents_of(made, mine) == before else 0.9  # follows how busy the machine is
        assert {name: (out / name).read_text() for name in mine} == mine
        after = contents_of(made, mine)
        assert after <= before | {text}
        assert len(list(out.rglob("[0-9]*.yaml"))) == 2 * FILES
        outcomes.add(after == before)
    subprocess.run(command(made), check=True, capture_output=True)
    assert contents_of(made, mine) == {text}
    assert {name: (out / name).read_text() for name in mine} == mine
    beside = {name.split("/")[1] for name in mine if name.startswith("../")}
    assert {path.name for path in made.root.glob(".dist.*")} == beside
    assert outcomes == {True, False}, "the kills must fall on both sides of the exchange to prove anything"


def contents_of(made: Project, mine: dict[str, str]) -> set[str]:
    return contents(made) - set(mine.values())


@pytest.mark.slow
def test_runs_at_once_take_turns_and_end_with_a_whole_output(project: Callable[[], Project]) -> None:
    made = with_plain_apps(project(), FILES)
    runs = [start(made) for _ in range(6)]
    assert [run.wait(60) for run in runs] == [0] * 6
    assert contents(made) == {"old\n"}
    assert len(list((made.root / "dist").rglob("*.yaml"))) == 2 * FILES


@pytest.mark.slow
def test_an_interrupt_says_so_and_leaves_the_output(project: Callable[[], Project]) -> None:
    made = with_plain_apps(project())
    subprocess.run(command(made), check=True, capture_output=True)
    app = made.root / "apps" / "workloads.py"
    app.write_text("import time\n" + app.read_text().replace("    text =", "    time.sleep(30)\n    text ="))
    process = subprocess.Popen(command(made), stderr=subprocess.PIPE, text=True, start_new_session=True)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "interrupted; nothing was changed" in errors
    assert "Traceback" not in errors
    assert contents(made) == {"old\n"}
