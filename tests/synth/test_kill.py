"""A run that is killed at any moment leaves the output whole: the old one or the new one."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from support.plain_apps import contents, with_plain_apps
from support.project import Project

KILLS = 100
FILES = 150


def command(project: Project) -> list[str]:
    return [sys.executable, "-m", "quantacirc_cdk.cli", "synth", "--project", str(project.root)]


def start(project: Project) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command(project), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


@pytest.mark.slow
def test_a_hundred_kills_never_tear_the_output(project: Callable[[], Project]) -> None:
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
    subprocess.run(command(made), check=True, capture_output=True)
    assert contents(made) == {f"version {KILLS - 1}\n"}
    assert not list(made.root.glob(".dist.*"))
    assert 0 < survived < KILLS, "the kills must fall on both sides of the exchange to prove anything"


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
