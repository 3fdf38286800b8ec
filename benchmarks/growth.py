"""How the cost of a synthesis grows with components, environments and resources, and what it needs at last.

``make bench-growth`` runs it; it takes a quarter of an hour. The system is this repository's own with more workers,
each of which takes its own tasks from the bus and reaches the stores. The stacks are of buckets, written with
``Resource`` and, beside it, with the provider's prebuilt bindings. Exponents are of the processor time of all
processes, not the clock's, so that a busy machine changes little.
"""

import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import psutil
import yaml
from measure import environment, memory
from results import Limit, Size, sizes, write_growth

ROOT = Path(__file__).resolve().parent.parent
COMPONENTS = (10, 100, 1000)
ENVIRONMENTS = ("dev", "local", "staging", "prod")
COPIES = (1, 4, 20)
"""Environments: those above, and copies of the second."""
RESOURCES = (100, 1000, 5000)
MANY = 200
"""Environments of a small system."""
LIMIT = 1.05
"""Exponent from 100 to 1,000 components, and from 1,000 to 5,000 resources."""
SECONDS_LIMIT, MEMORY_LIMIT = 60, 1024
"""Of the clock, and MB of all processes, for 1,000 components in four environments."""
MANY_LIMIT = 15
"""Seconds of the clock for the environments of a small system."""
BINDINGS = ROOT / ".tools" / "bindings" / "bin" / "python"


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
    for number in range(len(ENVIRONMENTS), environments):
        _write(root / f"apps/environments/copy-{number}.yaml", _copy(ENVIRONMENTS[1], number))


def write_small(root: Path, environments: int) -> None:
    """Write a system of three components with many environments below ``root``."""
    (root / "apps/environments").mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("small.yaml"), root / "apps/system.yaml")
    first = yaml.safe_load(Path(__file__).with_name("small-home.yaml").read_text(encoding="utf-8"))
    _write(root / "apps/environments/home.yaml", first)
    for number in range(1, environments):
        _write(root / f"apps/environments/copy-{number}.yaml", _copy("home", number))


def _copy(name: str, number: int) -> dict[str, Any]:
    """Return an environment that extends another one, in a cluster of its own."""
    domain, context = f"copy-{number}.example", f"copy-{number}"
    return {"extends": name, "domain": domain, "cluster": {"context": context}}


def _write(path: Path, data: Any) -> None:
    path.write_text(yaml.dump(data, Dumper=Dumper, sort_keys=False), encoding="utf-8")


def measured(command: Sequence[str | Path], what: str, count: int) -> Size:
    """Run a command, and return its processor seconds, those of the clock and its peak memory, of all processes."""
    messages = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody reads would stop a run with many notes
    began = time.perf_counter()
    process = psutil.Popen(list(map(str, command)), env=environment(), stdout=subprocess.DEVNULL, stderr=messages)
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
    took = time.perf_counter() - began
    found = Size(what=what, count=count, processor=sum(spent.values()), clock=took, megabytes=peak / 1e6)
    print(sizes([found]), flush=True)
    return found


def synthesized(root: Path, what: str, count: int) -> Size:
    """Return the cost of a project, cold."""
    command = [ROOT / ".venv/bin/qcdk", "synth", "--no-cache", "--project", root, "--out", root / "dist"]
    return measured(command, what, count)


def of_systems(scratch: Path) -> list[Size]:
    """Return the cost of each number of components in each number of environments."""
    found = []
    for environments in COPIES:
        for components in COMPONENTS:
            root = scratch / f"{components}-{environments}"
            write_project(root, components, environments)
            found.append(synthesized(root, _in_environments(environments), components))
            shutil.rmtree(root)
    return found


def of_stacks(scratch: Path) -> list[Size]:
    """Return the cost of stacks of some numbers of resources, also with the prebuilt bindings if they are there."""
    ways = {"Resource": Path(sys.executable)} | ({"prebuilt bindings": BINDINGS} if BINDINGS.exists() else {})
    if len(ways) == 1:
        print("the prebuilt bindings are MISSING: python tools/fetch_environments.py bindings")
    script = Path(__file__).with_name("resources.py")
    return [
        measured([python, script, way, str(count), scratch / way], f"buckets, {way}", count)
        for way, python in ways.items()
        for count in RESOURCES
    ]


def exponent(small: Size, large: Size) -> float:
    """Return the power of the number with which the processor time grows."""
    return math.log(large.processor / small.processor) / math.log(large.count / small.count)


def limits(found: Sequence[Size]) -> list[Limit]:
    """Return what is held to a limit."""
    by = {(one.what, one.count): one for one in found}
    rows = []
    for environments in COPIES:
        what = _in_environments(environments)
        power = exponent(by[what, COMPONENTS[-2]], by[what, COMPONENTS[-1]])
        rows.append(Limit(what=f"exponent of components, {what}", found=power, limit=LIMIT))
    ours = by["buckets, Resource", RESOURCES[-2]], by["buckets, Resource", RESOURCES[-1]]
    rows.append(Limit(what="exponent of resources", found=exponent(*ours), limit=LIMIT))
    if theirs := by.get(("buckets, prebuilt bindings", RESOURCES[-2])):
        rows += [
            Limit(what="time of 1,000 resources, of the prebuilt bindings'", found=ours[0].clock / theirs.clock),
            Limit(what="memory of 1,000 resources, of the same", found=ours[0].megabytes / theirs.megabytes),
        ]
    large = by[_in_environments(4), COMPONENTS[-1]]
    rows += [
        Limit(what="1,000 components in 4 environments, s", found=large.clock, limit=SECONDS_LIMIT),
        Limit(what="1,000 components in 4 environments, MB", found=large.megabytes, limit=MEMORY_LIMIT),
        Limit(what=f"{MANY} environments of a small system, s", found=by[SMALL, MANY].clock, limit=MANY_LIMIT),
    ]
    return rows


SMALL = "environments of a small system"


def _in_environments(number: int) -> str:
    return f"components, {number} environment{'s' if number > 1 else ''}"


def main() -> int:
    """Print each figure, and fail where one is above its limit."""
    with tempfile.TemporaryDirectory() as name:
        scratch, os.environ["QCDK_TRUST"] = Path(name), name
        write_small(scratch / "small", MANY)
        found = [*of_stacks(scratch), synthesized(scratch / "small", SMALL, MANY), *of_systems(scratch)]
    rows = limits(found)
    for row in rows:
        print(row.line())
    if "--write" in sys.argv[1:]:
        write_growth(found, rows)
    return int(any(row.verdict == "no" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
