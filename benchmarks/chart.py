"""What the chart adds to the manifests that it is derived from, as a ratio in one run on one machine.

``make bench`` prints it. The runs with the chart and those without take turns, so that a busy machine is busy for both.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7
LIMIT = 0.4
MANIFESTS = ("--only", "kubernetes")
CHART = (*MANIFESTS, "--only", "helm")


def measure(parts: tuple[str, ...], out: Path) -> tuple[float, float]:
    """Return the seconds of a cold synthesis of some parts: on the clock, and of processors."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [str(ROOT / ".venv/bin/qcdk"), "synth", *parts, "--project", str(ROOT), "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    os.environ.setdefault("PYTHONPATH", str(ROOT / "constructs"))
    manifests, chart = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(RUNS):
            manifests.append(measure(MANIFESTS, Path(scratch) / f"manifests-{number}"))
            chart.append(measure(CHART, Path(scratch) / f"chart-{number}"))
    added = []
    for index, name in enumerate(("on the clock", "of processors")):
        without, both = (min(run[index] for run in runs) for runs in (manifests, chart))
        added.append(both / without - 1)
        print(f"manifests, {name:<13}             {without:6.2f} s    1.00   the baseline")
        print(f"what the chart adds, {name:<13}   {both - without:6.2f} s  {added[-1]:6.2f}   limit {LIMIT:.2f}")
    return int(added[0] > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
