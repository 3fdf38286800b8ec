"""Time commands in turn, so that a busy machine is busy for all of them, and measure their memory."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "constructs"))

QCDK = str(ROOT / ".venv/bin/qcdk")


def environment(**more: str) -> dict[str, str]:
    """Return the environment of the commands: Python compiles each module once, as after an installation."""
    from quantacirc_cdk.node import bundled_node

    inherited = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONDONTWRITEBYTECODE", "NODE_EXTRA_CA_CERTS")
    }
    # The bundled Node.js is the fastest one: a baseline to be strict with ourselves.
    return {**inherited, "JSII_NODE": str(bundled_node()), "PYTHONPATH": str(ROOT / "constructs"), **more}


def run(command: Sequence[str], env: Mapping[str, str], *, watched: bool = False) -> tuple[float, float]:
    """Return the seconds that a command took and, if it is ``watched``, which slows it, its peak memory in MB."""
    began = time.perf_counter()
    process = psutil.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while watched and process.poll() is None:
        peak = max(peak, memory(process))
        time.sleep(0.01)
    if status := process.wait():
        sys.exit(f"error: {' '.join(command)} failed with status {status}")
    return time.perf_counter() - began, peak / 1e6


def in_turn(commands: Mapping[str, Sequence[str]], env: Mapping[str, str], runs: int) -> dict[str, list[float]]:
    """Return the seconds of each command in each round, after a round to warm up."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, command in commands.items():
            seconds, _ = run(command, env)
            if number:
                found[name].append(seconds)
    return found


def ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """Return the median ratio of two commands, round by round: the machine's speed drifts."""
    return statistics.median(one / other for one, other in zip(these, those, strict=True))


def memory(process: psutil.Popen) -> int:
    """Return the proportional set size of a process tree: pages that forked workers share count once."""
    total = 0
    with suppress(psutil.Error):  # It ended meanwhile.
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                info = one.memory_full_info()
                total += getattr(info, "pss", info.uss)
    return total
