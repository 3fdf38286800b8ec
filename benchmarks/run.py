"""Speed and memory of the whole job, as ratios in one run on one machine.

``make bench`` prints them; absolute seconds mean little on a shared machine, ratios to a baseline in the same run do.
The baseline is what no user of these libraries can avoid: importing them.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "constructs"))

from quantacirc_cdk.node import bundled_node  # noqa: E402

RUNS = 5
BASELINE = [sys.executable, "-c", "import cdk8s, cdk8s_plus_27, cdktf"]
MODEL = [sys.executable, "-c", "import quantacirc_cdk.model"]
EMPTY = [sys.executable, "-c", "pass"]


def measure(command: list[str]) -> tuple[float, float]:
    """Return the wall-clock seconds and the peak memory in MB of a command and all its children."""
    began = time.perf_counter()
    process = psutil.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.01):
            peak = max(peak, memory(process))

    watcher = threading.Thread(target=watch)
    watcher.start()
    status = process.wait()
    seconds = time.perf_counter() - began
    ended.set()
    watcher.join()
    if status != 0:
        sys.exit(f"error: {' '.join(command)} failed with status {status}")
    return seconds, peak / 1e6


def memory(process: psutil.Popen) -> int:
    """Return the proportional set size of a process tree: pages that forked workers share count once."""
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            info = one.memory_full_info()
            total += getattr(info, "pss", info.uss)
    except psutil.Error:
        pass  # a process that ended while we looked
    return total


def best(command: list[str]) -> tuple[float, float]:
    """Return the shortest time and the highest memory of several runs: noise only ever adds time."""
    results = [measure(command) for _ in range(RUNS)]
    return min(seconds for seconds, _ in results), max(peak for _, peak in results)


def main() -> int:
    os.environ["JSII_NODE"] = str(bundled_node())  # the faster one: a baseline to be strict with ourselves
    os.environ.pop("NODE_EXTRA_CA_CERTS", None)
    os.environ.setdefault("PYTHONPATH", str(ROOT / "constructs"))
    with tempfile.TemporaryDirectory() as scratch:
        synth = [str(ROOT / ".venv/bin/qcdk"), "synth", "--out"]
        baseline, _ = best(BASELINE)
        python, _ = best(EMPTY)
        model, _ = best(MODEL)
        results = [measure([*synth, f"{scratch}/{number}"]) for number in range(RUNS)]
    whole, peak = min(seconds for seconds, _ in results), max(peak for _, peak in results)
    print(f"import cdk8s, cdk8s_plus_27, cdktf   {baseline:6.2f} s    1.00   the baseline")
    print(f"qcdk synth, everything, cold         {whole:6.2f} s  {whole / baseline:6.2f}   limit 3.00")
    print(f"qcdk synth, peak memory              {peak:6.0f} MB {peak / 500:6.2f}   of the limit, 500 MB")
    print(f"import quantacirc_cdk.model          {model - python:6.2f} s  {(model - python) / 0.25:6.2f}   of 0.25 s")
    return int(whole > 3 * baseline or peak > 500)


if __name__ == "__main__":
    sys.exit(main())
