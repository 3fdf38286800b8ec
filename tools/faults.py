"""``make faults``: inject each fault into a release on each CI system, and print a table of what became of it.

A cell is a test with the mark ``fault``, in ``tests/pipelines``: it writes down what ran, what the cluster holds
afterwards and what the record says. A cell without a test that passed fails the command. Arguments are pytest's, such
as ``-k "health or cancelled"``; then only the cells of the chosen tests count. The table is also in
``build/trust/faults.json``.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TypedDict
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "trust"
SYSTEMS = {"github": "GitHub", "gitlab": "GitLab", "jenkins": "Jenkins", "act": "GitHub, by act"}


class Cell(TypedDict):
    """What became of a fault on a system."""

    fault: str
    system: str
    outcome: str
    ran: str
    cluster: str
    record: str
    test: str


def cells(report: str) -> list[Cell]:
    """Return the cells of a JUnit report, by fault and then by system."""
    found: list[Cell] = []
    for case in ElementTree.fromstring(report).iter("testcase"):
        told = {one.get("name", ""): one.get("value", "") for one in case.iter("property")}
        if "fault" not in told:
            continue
        bad = next((kind for kind in ("failure", "error", "skipped") if case.find(kind) is not None), None)
        name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
        about = {key: told.get(key, "") for key in ("fault", "system", "ran", "cluster", "record")}
        found.append(Cell(outcome=bad or "passed", test=name, **about))  # type: ignore[typeddict-item]
    return found


def missing(found: list[Cell]) -> list[str]:
    """Return the cells that no test has passed: every fault on every system that reads the pipelines' files."""
    passed = {(cell["fault"], cell["system"]) for cell in found if cell["outcome"] == "passed"}
    faults = dict.fromkeys(cell["fault"] for cell in found)
    return [f"{fault}: {system}" for fault in faults for system in ("github", "gitlab", "jenkins")
            if (fault, system) not in passed]  # fmt: skip


def table(found: list[Cell]) -> str:
    """Return the cells as text: systems with the same outcome share a paragraph."""
    lines = []
    for fault in dict.fromkeys(cell["fault"] for cell in found):
        lines.append(f"── {fault}")
        alike: dict[tuple[str, ...], list[Cell]] = defaultdict(list)
        for cell in found:
            if cell["fault"] == fault:
                alike[cell["outcome"], cell["ran"], cell["cluster"], cell["record"]].append(cell)
        for (outcome, *about), group in alike.items():
            systems = ", ".join(SYSTEMS.get(cell["system"], cell["system"]) for cell in group)
            lines.append(f"   {outcome:<8} {systems}")
            labels = zip(("ran", "cluster", "record"), about, strict=True)
            lines += [f"            {label:<8} {text}" for label, text in labels if text]
            lines.append(f"            {'test':<8} {group[0]['test'].partition('[')[0]}")
    return "\n".join(lines)


def main() -> int:
    OUT.mkdir(parents=True, exist_ok=True)
    report = OUT / "faults.xml"
    report.unlink(missing_ok=True)
    command = [str(ROOT / ".venv" / "bin" / "pytest"), "-q", "-m", "fault", "--numprocesses", str(os.cpu_count() or 1)]
    command += ["--junit-xml", str(report), "tests/pipelines", *sys.argv[1:]]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    found = cells(report.read_text()) if report.exists() else []
    (OUT / "faults.json").write_text(json.dumps(found, indent=2) + "\n")
    print(table(found))
    absent = missing(found)
    print(f"{len(found)} cells, {sum(cell['outcome'] == 'passed' for cell in found)} passed; build/trust/faults.json")
    if absent:
        print(f"WITHOUT A PASSED TEST: {'; '.join(absent)}")
    return int(bool(status or absent or not found))


if __name__ == "__main__":
    sys.exit(main())
