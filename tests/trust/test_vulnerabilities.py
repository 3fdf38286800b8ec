"""No locked package has a known vulnerability. A service of advisories that cannot be asked is no answer.

pip-audit ends with success when it cannot ask about a package. So it is first asked about a release with
vulnerabilities that everybody knows; only a service that names these is believed.
"""

import json
import subprocess
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.node import bundled_node
from support.locked import LOCKS, locked
from support.tools import ROOT, TOOLS, require_file

pytestmark = [pytest.mark.trust, pytest.mark.slow]

VULNERABLE = "jinja2==2.10"
CHECK = "vulnerabilities"


def not_checked(what: str) -> None:
    """Fail, or skip as waived where ``policy/trust.yaml`` says until when."""
    for entry in yaml.safe_load((ROOT / "policy" / "trust.yaml").read_text()) or []:
        if entry["check"] == CHECK and date.today() < entry["expires"]:
            pytest.skip(f"waived: {what} were NOT CHECKED; policy/trust.yaml accepts it until {entry['expires']}")
    pytest.fail(f"{what} were NOT CHECKED: no service of advisories answers, and policy/trust.yaml waives nothing")


def audited(requirements: Path) -> list[dict[str, Any]]:
    """Return what pip-audit says of each package."""
    program = require_file(TOOLS / "audit" / "bin" / "pip-audit", "run tools/fetch_environments.py audit")
    options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json", "--timeout", "10"]
    done = subprocess.run(
        [program, "--requirement", requirements, *options], capture_output=True, text=True, check=False, timeout=600
    )
    if not done.stdout.startswith("{"):
        return []
    found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    return found


@cache
def service_answers(folder: Path) -> bool:
    """Whether the service knows the vulnerabilities of a release that has some."""
    (folder / "control.txt").write_text(f"{VULNERABLE}\n")
    return any(one.get("vulns") for one in audited(folder / "control.txt"))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit")


@pytest.mark.parametrize("lock", sorted(path.stem for path in LOCKS.glob("*.lock") if path.stem != "terraform"))
def test_no_locked_package_has_a_known_vulnerability(lock: str, folder: Path) -> None:
    packages = locked(lock)
    assert packages
    if not service_answers(folder):
        not_checked(f"{len(packages)} packages of requirements/{lock}.lock")
    file = folder / f"{lock}.txt"
    file.write_text("".join(f"{one.name}=={one.version}\n" for one in packages))
    found = {one["name"]: one for one in audited(file)}
    assert found.keys() == {one.name for one in packages}
    assert {name: one["skip_reason"] for name, one in found.items() if "skip_reason" in one} == {}
    assert {name: [each["id"] for each in one["vulns"]] for name, one in found.items() if one["vulns"]} == {}


def test_no_locked_package_of_nodejs_has_a_known_vulnerability(folder: Path) -> None:
    node = bundled_node()
    assert node
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [node, npm, "audit", "--json", "--package-lock-only", "--cache", folder / "npm"]
    done = subprocess.run(
        command, cwd=ROOT / "tools" / "node", capture_output=True, text=True, check=False, timeout=120
    )
    report = json.loads(done.stdout or "{}")
    if "vulnerabilities" not in report:
        not_checked("packages of tools/node/package-lock.json")
    assert report["vulnerabilities"] == {}
