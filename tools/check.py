"""Run every check, the tests last and the slow ones at the end, and end with one line a check.

``python tools/check.py`` is what ``make test`` and CI run; ``--quick`` runs only the tests that take no time; names
(``lint``, ``fast-tests``, ``fetch`` for every tool) and folders of tests (``tests/model``) run only those. Everything
runs even when an early check fails, so that one run shows all there is to mend.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"

PYTEST = [str(BIN / "pytest"), "-q", "--numprocesses", "logical", "--dist", "worksteal"]

FETCHERS = sorted(path.relative_to(ROOT) for path in (ROOT / "tools").glob("fetch_*.py"))

CHECKS = {
    **{path.stem.replace("_", " "): [str(BIN / "python"), str(path)] for path in FETCHERS},
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
    "types": [str(BIN / "mypy"), "--no-error-summary"],
    "layers": [str(BIN / "lint-imports")],
    "schemas": [str(BIN / "qcdk"), "schemas", "--check"],
    "waivers": [str(BIN / "python"), "tools/waivers.py"],
    "parity": [str(BIN / "qcdk"), "parity", "--strict"],
    "fast tests": [*PYTEST, "-m", "not slow"],
    # A third of their time they wait, for a rollout or a timeout: so one more runs than there are processors.
    "slow tests": [
        *[*PYTEST, "--numprocesses", str((os.cpu_count() or 1) + 1)],
        *["--durations", "20", "--durations-min", "10", "-m", "slow"],
    ],
}

QUICK = ["-m", "not slow and not integration"]

WARN_ONLY = {"fetch terraform", "waivers"}
"""What may not be had, and what depends on today's date: these show in the summary and never fail the run."""


def chosen(names: list[str], *, quick: bool = False) -> dict[str, list[str]]:
    """Return the checks with these names and the tests in these folders; all checks for none. If ``quick``, their quick
    tests.
    """
    valid = {name.replace(" ", "-"): name for name in CHECKS}
    checks: dict[str, list[str]] = {}
    for name in names:
        if name == "fetch":
            checks |= {check: command for check, command in CHECKS.items() if check.startswith("fetch ")}
        elif name in valid:
            checks[valid[name]] = CHECKS[valid[name]]
        elif (ROOT / name).is_dir():
            checks[name] = [*PYTEST, *(QUICK if quick else []), name]
        else:
            sys.exit(f"error: no check and no folder {name}, expected {', '.join(valid)} or a folder of tests")
    checks = checks or CHECKS
    if quick:
        checks = {name: command for name, command in checks.items() if name != "slow tests"}
        checks |= {name: [*PYTEST, *QUICK] for name in checks if name == "fast tests"}
    return checks


def main() -> int:
    quick = "--quick" in sys.argv[1:]
    checks = chosen([name for name in sys.argv[1:] if name != "--quick"], quick=quick)
    tests = {name: command for name, command in checks.items() if command[0] == PYTEST[0]}
    others = {name: command for name, command in checks.items() if name not in tests}
    with ThreadPoolExecutor(max_workers=8) as pool:  # many mostly wait for the network
        results = dict(zip(others, pool.map(quietly, others, others.values()), strict=True))
    results |= {name: run(name, command) for name, command in tests.items()}
    print("──")
    for name, (status, seconds) in results.items():
        print(f"{said(name, status):<7}  {name:<18} {seconds:6.1f} s")
    return int(any(said(name, status) == "FAILED" for name, (status, _) in results.items()))


def run(name: str, command: list[str], **options: Any) -> tuple[int, float]:
    """Run a check and return its exit status and the seconds that it took."""
    print(f"── {name}", flush=True)
    began = time.monotonic()
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False, **options).returncode
    return status, time.monotonic() - began


def quietly(name: str, command: list[str]) -> tuple[int, float]:
    """Run a check beside others, and show what it says at its end."""
    with tempfile.TemporaryFile() as output:
        result = run(name, command, stdout=output, stderr=subprocess.STDOUT)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if text:
        print(f"── {name} says\n{text.rstrip()}", flush=True)
    return result


def said(name: str, status: int) -> str:
    """Return the word for the exit status of a check."""
    return "ok" if status == 0 else "WARNING" if name in WARN_ONLY else "FAILED"


if __name__ == "__main__":
    sys.exit(main())
