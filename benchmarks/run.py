"""Speed and memory of ``qcdk``, as ratios in one run on one machine, beside other ways to write the same objects.

``make bench`` prints them. Absolute seconds mean little on a shared machine; ratios to commands that take turns with it
do. The floor is what no user of these libraries can avoid: importing them, and starting Node.js for the first object.
"""

import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from measure import QCDK, ROOT, environment, in_turn, ratio, run
from peers import peers
from results import Row, regressions, text, write

ROUNDS = 7
MEMORY_LIMIT = 500
FLOOR, CDK8S, JAVASCRIPT = "the floor", "importing cdk8s", "cdk8s in JavaScript"
LIMITS = {
    "everything, cold": (FLOOR, 2.5),
    "the manifests of all environments, cold": (JAVASCRIPT, 1.6),
    "the manifests of one environment, cold": (CDK8S, 1.3),
    "nothing changed": (FLOOR, 0.3),
    "qcdk --help": (FLOOR, 0.15),
}
EDIT, EDIT_LIMIT = "qcdk watch, from an edit to manifests", 0.5


def watched_edits(folder: Path, env: dict[str, str]) -> list[float]:
    """Return the seconds from a saved environment's file to its manifests, while ``qcdk watch`` runs."""
    shutil.copytree(ROOT / "apps", folder / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    written = folder / "dist" / "kubernetes" / "prod"
    command = [QCDK, "watch", "--project", str(folder)]
    process = psutil.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = []
    try:
        for number in range(ROUNDS + 1):
            while "waiting for changes" not in process.stderr.readline():
                pass
            time.sleep(2)  # an edit takes a person longer than the waiting process needs to get ready
            before = written.stat().st_ino  # each run that changes something replaces the folder
            began = time.perf_counter()
            _edit(folder, number)
            while not written.exists() or written.stat().st_ino == before:
                time.sleep(0.001)
            found.append(time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    return found[1:]


def edited(folder: Path, env: dict[str, str]) -> list[float]:
    """Return the seconds of a run of everything after an edit of one environment's file."""
    shutil.copytree(ROOT / "apps", folder / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    command = [QCDK, "synth", "--project", str(folder)]
    run(command, env)
    found = []
    for number in range(ROUNDS + 1):
        _edit(folder, number)
        found.append(run(command, env)[0])
    return found[1:]


def _edit(folder: Path, number: int) -> None:
    file = folder / "apps" / "environments" / "prod.yaml"
    file.write_text(re.sub("^domain: .*", f"domain: shop{number}.example", file.read_text(), flags=re.MULTILINE))


def measure(scratch: Path) -> tuple[list[Row], float]:
    """Return all figures, and the peak memory in MB of everything, cold."""
    env = environment(QCDK_CACHE_DIR=str(scratch / "cache"))
    kept = str(scratch / "kept")
    run([QCDK, "synth", "--out", kept], env)  # leaves the record of what it has read
    python, cold = [sys.executable, "-c"], [QCDK, "synth", "--no-cache", "--out"]
    commands = {
        FLOOR: [*python, "import cdk8s, cdk8s_plus_27, cdktf; cdk8s.App()"],
        CDK8S: [*python, "import cdk8s; cdk8s.App()"],
        **peers(scratch),
        "everything, cold": [*cold, str(scratch / "all")],
        "the manifests of all environments, cold": [*cold, str(scratch / "manifests"), "--only", "kubernetes"],
        "the manifests of one environment, cold": [*cold, str(scratch / "one"), "dev", "--only", "kubernetes"],
        "nothing changed": [QCDK, "synth", "--out", kept],
        "qcdk --help": [QCDK, "--help"],
    }
    found = in_turn(commands, env, ROUNDS)
    found["one environment's file changed"] = edited(scratch / "edited", env)
    found[EDIT] = watched_edits(scratch / "watched", env)
    limits = {**LIMITS, EDIT: (FLOOR, EDIT_LIMIT)}
    rows = []
    for name, seconds in found.items():
        to, limit = limits.get(name, (FLOOR, None))
        rows.append(
            Row(name=name, seconds=statistics.median(seconds), ratio=ratio(seconds, found[to]), to=to, limit=limit)
        )
    _, peak = run([*cold, str(scratch / "peak")], env, watched=True)
    return rows, peak


def main() -> int:
    """Print the figures; 1 if one is worse than the last of this class of machine, or above its limit."""
    with tempfile.TemporaryDirectory() as scratch:
        rows, peak = measure(Path(scratch))
    print(text(rows))
    print(f"{'everything, cold, peak memory':<42} {peak:7.0f} MB, limit {MEMORY_LIMIT}")
    worse = regressions(rows)
    for line in worse:
        print(f"WORSE than the last result of this class of machine: {line}")
    if "--write" in sys.argv[1:]:
        write(rows)
    return int(bool(worse) or peak > MEMORY_LIMIT or any(row.verdict == "no" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
