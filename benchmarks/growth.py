"""How the cost of a synthesis grows with components and environments: processor time, fitted exponent, peak memory.

``make bench-growth`` runs it; it takes minutes. The system is this repository's own with more workers, each of which
takes its own tasks from the bus and reaches the stores. Processor time of all processes, not the clock's, so that a
busy machine changes little.
"""

import math
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import psutil
import yaml
from measure import memory

ROOT = Path(__file__).resolve().parent.parent
COMPONENTS = (10, 100, 1000)
ENVIRONMENTS = ("dev", "local", "staging", "prod")
LIMIT = 1.05
"""Exponent from 100 to 1,000 components."""
MEMORY_LIMIT = 1500
"""MB, for 1,000 components in four environments."""


class Dumper(yaml.SafeDumper):
    """Writes everything out."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Return that nothing is shared."""
        return True


def write_project(root: Path, components: int, environments: int) -> None:
    """Write this repository's system with more workers below ``root``."""
    (root / "apps/environments").mkdir(parents=True)
    system = yaml.safe_load((ROOT / "apps/system.yaml").read_text(encoding="utf-8"))
    worker = system["components"]["planck-forge"]
    for number in range(components - len(system["components"])):
        name, other = f"worker-{number}", deepcopy(worker)
        other["consumes"] = [f"qc.tasks.{name}"]
        other["publishes"] = [f"qc.{kind}.{name}" for kind in ("results", "events", "dlq")]
        system["components"][name] = other
    _write(root / "apps/system.yaml", system)
    for name in ENVIRONMENTS[:environments]:
        found = yaml.safe_load((ROOT / f"apps/environments/{name}.yaml").read_text(encoding="utf-8"))
        if found["cluster"].get("node_pools"):
            found["cluster"]["node_pools"]["general"] |= {"cpu": 64, "memory": "256Gi", "max_nodes": 1000}
        _write(root / f"apps/environments/{name}.yaml", found)


def _write(path: Path, data: Any) -> None:
    path.write_text(yaml.dump(data, Dumper=Dumper, sort_keys=False), encoding="utf-8")


def measured(root: Path, out: Path) -> tuple[float, float]:
    """Return the processor seconds and the peak memory in MB of a synthesis, of all its processes."""
    command = [str(ROOT / ".venv/bin/qcdk"), "synth", "--no-cache", "--project", str(root), "--out", str(out)]
    messages = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody reads would stop a run with many notes
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=messages)
    spent: dict[int, float] = {}
    peak = 0
    while process.poll() is None:
        peak = max(peak, memory(process))
        with suppress(psutil.Error):  # it ended while we looked
            for one in (process, *process.children(recursive=True)):
                with suppress(psutil.Error):
                    times = one.cpu_times()
                    spent[one.pid] = times.user + times.system
        time.sleep(0.02)
    if process.wait():
        messages.seek(0)
        sys.exit(f"error: {messages.read().decode()}")
    return sum(spent.values()), peak / 1e6


def main() -> int:
    """Print a line for each size, and fail where the cost grows faster than the size."""
    os.environ.setdefault("PYTHONPATH", str(ROOT / "constructs"))
    found: dict[tuple[int, int], tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["QCDK_TRUST"] = scratch
        for environments in (1, 4):
            for components in COMPONENTS:
                root = Path(scratch) / f"{components}-{environments}"
                write_project(root, components, environments)
                seconds, memory = found[components, environments] = measured(root, root / "dist")
                print(
                    f"{components:5} components, {environments} environments  {seconds:7.1f} s  {memory:6.0f} MB",
                    flush=True,
                )
    exponents = []
    for environments in (1, 4):
        small, large = found[COMPONENTS[-2], environments], found[COMPONENTS[-1], environments]
        exponents.append(math.log10(large[0] / small[0]))
        print(f"exponent, {environments} environments  {exponents[-1]:.2f}  limit {LIMIT}")
    return int(max(exponents) > LIMIT or found[COMPONENTS[-1], 4][1] > MEMORY_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
