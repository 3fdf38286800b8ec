"""What the chart adds to the manifests that it is derived from, and how its cost grows with the system.

``make bench`` prints it. For this repository, the runs with the chart and those without take turns, so that a busy
machine is busy for both. The growth is in processor time: from 20 to 500 components in all environments.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from growth import write_project

ROOT = Path(__file__).resolve().parent.parent
QCDK = str(ROOT / ".venv/bin/qcdk")
RUNS = 7
LIMIT = 0.4
SIZES = (20, 100, 500)
EXPONENT = 1.05
"""Limit of the exponent that fits the processor time at the sizes."""
MANIFESTS = ("--only", "kubernetes")
CHART = (*MANIFESTS, "--only", "helm")

DERIVE = """
import gc, json, sys, time
from pathlib import Path
gc.disable()
from quantacirc_cdk.helm.system import system_chart
from quantacirc_cdk.model import load_project
root, out = map(Path, sys.argv[1:])
chart = system_chart(load_project(root), root / "dist" / "kubernetes")
began = time.process_time()
chart.write(out)
print(json.dumps(time.process_time() - began))
"""
"""Derive and write the chart of a project with the manifests already read: a run hands them over as JSON."""


def seconds(parts: tuple[str, ...], out: Path) -> float:
    """Return how long a cold synthesis of some parts takes."""
    command = [QCDK, "synth", *parts, "--project", str(ROOT), "--out", str(out)]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def processor_seconds(root: Path, runs: int) -> float:
    """Return the least processor time of some derivations of a project's chart."""
    command = [sys.executable, "-c", DERIVE, str(root), str(root / "chart")]
    return min(json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(runs))


def exponent(found: dict[int, float]) -> float:
    """Return the exponent of the power of the size that fits best, by least squares of the logarithms."""
    points = [(math.log(size), math.log(taken)) for size, taken in found.items()]
    middle, height = (sum(each) / len(points) for each in zip(*points, strict=True))
    return sum((x - middle) * (y - height) for x, y in points) / sum((x - middle) ** 2 for x, _ in points)


def added() -> float:
    """Print and return what the chart adds to this repository's manifests, as a ratio."""
    manifests, both = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(RUNS):
            manifests.append(seconds(MANIFESTS, Path(scratch) / f"manifests-{number}"))
            both.append(seconds(CHART, Path(scratch) / f"chart-{number}"))
    more = min(both) / min(manifests) - 1
    print(f"manifests of all environments        {min(manifests):6.2f} s    1.00   the baseline")
    print(f"what their chart adds                {min(both) - min(manifests):6.2f} s  {more:6.2f}   limit {LIMIT:.2f}")
    return more


def growth() -> float:
    """Print the cost of the chart at each size, and return the fitted exponent."""
    found: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["QCDK_TRUST"] = scratch
        for size in SIZES:
            root = Path(scratch) / str(size)
            write_project(root, size, 4)
            command = [QCDK, "synth", *MANIFESTS, "--project", str(root), "--out", str(root / "dist")]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            found[size] = processor_seconds(root, 3 if size < SIZES[-1] else 1)
            print(f"chart of {size:4} components              {found[size]:6.2f} s of the processor", flush=True)
    fitted = exponent(found)
    print(f"exponent                                       {fitted:6.2f}   limit {EXPONENT:.2f}")
    return fitted


def main() -> int:
    """Fail where a limit is passed."""
    os.environ.setdefault("PYTHONPATH", str(ROOT / "constructs"))
    return int(added() > LIMIT) | int(growth() > EXPONENT)


if __name__ == "__main__":
    sys.exit(main())
