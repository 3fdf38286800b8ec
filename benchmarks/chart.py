"""What the chart adds to the manifests that it is derived from, as a ratio in one run on one machine.

``make bench`` prints it. The runs with the chart and those without take turns, so that a busy machine is busy for both.
"""

import os
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


def seconds(parts: tuple[str, ...], out: Path) -> float:
    """Return how long a cold synthesis of some parts takes."""
    command = [str(ROOT / ".venv/bin/qcdk"), "synth", *parts, "--project", str(ROOT), "--out", str(out)]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> int:
    os.environ.setdefault("PYTHONPATH", str(ROOT / "constructs"))
    manifests, both = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(RUNS):
            manifests.append(seconds(MANIFESTS, Path(scratch) / f"manifests-{number}"))
            both.append(seconds(CHART, Path(scratch) / f"chart-{number}"))
    added = min(both) / min(manifests) - 1
    print(f"manifests of all environments        {min(manifests):6.2f} s    1.00   the baseline")
    print(f"what their chart adds                {min(both) - min(manifests):6.2f} s  {added:6.2f}   limit {LIMIT:.2f}")
    return int(added > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
