"""Run checkov, the policy scanner, over generated files."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.tools import TOOLS, require_file
from support.waivers import Finding


@dataclass(frozen=True)
class Scan:
    """The result of one run."""

    passed: int
    """Checks that passed; 0 means that nothing was looked at."""
    findings: list[Finding]
    unreadable: int
    """Files it could not parse."""


def scan(folder: Path, framework: str) -> Scan:
    """Run every check of a framework (``kubernetes``, ``terraform``), of every severity, without the network.

    Where each environment's files have a folder of their own, Terraform's resources are named ``folder/type.name``.
    """
    program = require_file(TOOLS / "checkov" / "bin" / "checkov", "run tools/fetch_environments.py")
    command = [str(program), "--framework", framework, "--directory", str(folder), "--skip-download"]
    command += ["--output", "json", "--quiet", "--compact"]
    # A file that takes longer to parse is left out, which must not depend on the machine.
    settings = {"LOG_LEVEL": "ERROR", "HCL_PARSE_TIMEOUT_SEC": "600"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | settings)
    assert run.returncode in (0, 1), run.stderr
    # A check that falls over is left out of the report.
    assert "Failed to run check" not in run.stderr, run.stderr
    reports = json.loads(run.stdout)
    found, passed, unreadable = [], 0, 0
    for report in reports if isinstance(reports, list) else [reports]:
        if "results" not in report:  # a framework that had no file
            continue
        passed += report["summary"]["passed"]
        unreadable += report["summary"]["parsing_errors"]
        for item in report["results"]["failed_checks"]:
            place = item["file_path"].lstrip("/")
            resource = item["resource"]
            if framework.startswith("terraform") and "/" in place:
                resource = f"{place.partition('/')[0]}/{resource}"
            found.append(Finding(item["check_id"], resource, item["check_name"], place))
    return Scan(passed=passed, findings=sorted(found), unreadable=unreadable)
