"""Speed and memory of the whole job, as ratios in one run on one machine.

``make bench`` prints them; absolute seconds mean little on a shared machine, ratios to a baseline in the same run do.
The baseline is what no user of these libraries can avoid: importing them.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "constructs"))

from quantacirc_cdk.node import bundled_node  # noqa: E402

RUNS = 5
BASELINE = [sys.executable, "-c", "import cdk8s, cdk8s_plus_27, cdktf"]
MODEL = [sys.executable, "-c", "import quantacirc_cdk.model"]
EMPTY = [sys.executable, "-c", "pass"]
AS_USED = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
"""Environment of the commands: Python compiles each module once, as after an installation."""


def seconds(command: list[str]) -> float:
    """Return the shortest wall-clock time of several runs: noise only ever adds time."""
    return min(_run(command)[0] for _ in range(RUNS))


def peak_memory(command: list[str]) -> float:
    """Return the peak memory in MB of a command and all its children. Looking slows it: time it in other runs."""
    return _run(command, watched=True)[1] / 1e6


def _run(command: list[str], *, watched: bool = False) -> tuple[float, int]:
    began = time.perf_counter()
    process = psutil.Popen(command, cwd=ROOT, env=AS_USED, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while watched and process.poll() is None:
        peak = max(peak, memory(process))
        time.sleep(0.01)
    status = process.wait()
    if status != 0:
        sys.exit(f"error: {' '.join(command)} failed with status {status}")
    return time.perf_counter() - began, peak


def watched_edit(folder: Path) -> float:
    """Return the seconds from a saved environment's file to its manifests, while ``qcdk watch`` runs."""
    shutil.copytree(ROOT / "apps", folder / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    file, written = folder / "apps" / "environments" / "prod.yaml", folder / "dist" / "kubernetes" / "prod"
    command = [str(ROOT / ".venv/bin/qcdk"), "watch", "--project", str(folder)]
    process = psutil.Popen(command, cwd=ROOT, env=AS_USED, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = []
    try:
        for number in range(RUNS + 1):
            while "waiting for changes" not in process.stderr.readline():
                pass
            time.sleep(2)  # an edit takes a person longer than the waiting process needs to get ready
            before = written.stat().st_ino  # each run that changes something replaces the folder
            began = time.perf_counter()
            file.write_text(
                re.sub("^domain: .*", f"domain: shop{number}.example", file.read_text(), flags=re.MULTILINE)
            )
            while not written.exists() or written.stat().st_ino == before:
                time.sleep(0.001)
            found.append(time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    return min(found)


def memory(process: psutil.Popen) -> int:
    """Return the proportional set size of a process tree: pages that forked workers share count once."""
    total = 0
    with suppress(psutil.Error):  # it ended while we looked
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                info = one.memory_full_info()
                total += getattr(info, "pss", info.uss)
    return total


def main() -> int:
    os.environ["JSII_NODE"] = str(bundled_node())  # the faster one: a baseline to be strict with ourselves
    os.environ.pop("NODE_EXTRA_CA_CERTS", None)
    os.environ.setdefault("PYTHONPATH", str(ROOT / "constructs"))
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["QCDK_CACHE_DIR"] = f"{scratch}/cache"
        qcdk = [str(ROOT / ".venv/bin/qcdk"), "synth"]
        synth = [*qcdk, "--no-cache", "--out"]
        baseline = seconds(BASELINE)
        python = seconds(EMPTY)
        model = seconds(MODEL)
        whole = min(seconds([*synth, f"{scratch}/{number}"]) for number in range(RUNS))
        peak = peak_memory([*synth, f"{scratch}/peak"])
        again = [*qcdk, "--out", f"{scratch}/peak"]
        _run(again)  # leaves the record
        unchanged = seconds(again)
        edited = watched_edit(Path(scratch, "watched"))
    print(f"import cdk8s, cdk8s_plus_27, cdktf   {baseline:6.2f} s    1.00   the baseline")
    print(f"qcdk synth, everything, cold         {whole:6.2f} s  {whole / baseline:6.2f}   limit 3.00")
    print(f"qcdk synth, nothing changed          {unchanged:6.2f} s  {unchanged / baseline:6.2f}   limit 0.30")
    print(f"qcdk watch, edit to manifests        {edited:6.2f} s  {edited / baseline:6.2f}   limit 0.50")
    print(f"qcdk synth, peak memory              {peak:6.0f} MB {peak / 500:6.2f}   of the limit, 500 MB")
    print(f"import quantacirc_cdk.model          {model - python:6.2f} s  {(model - python) / 0.25:6.2f}   of 0.25 s")
    return int(whole > 3 * baseline or unchanged > 0.3 * baseline or edited > 0.5 * baseline or peak > 500)


if __name__ == "__main__":
    sys.exit(main())
