"""The bill of materials of the package: what syft finds is what is locked, with its licence."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from support.locked import canonical, installed, locked
from support.tools import ROOT, require

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory, wheel_venv: Path) -> dict[str, Any]:
    """Return what syft writes of the package and its locked dependencies, which only their metadata describe."""
    folder = tmp_path_factory.mktemp("installed") / "site-packages"
    for package in locked("run"):
        _, place = installed("run")[package.name]
        shutil.copytree(place, folder / place.name)
    (own,) = wheel_venv.glob("lib/python3*/site-packages/quantacirc_cdk-*.dist-info")
    shutil.copytree(own, folder / own.name)
    out = Path(os.environ.get("TRUST_OUT", folder.parent)) / "sbom.cdx.json"
    command = [require("syft"), "scan", "--quiet", f"dir:{folder}", "--source-name", "quantacirc-cdk"]
    command += ["--override-default-catalogers", "python-installed-package-cataloger"]
    environment = os.environ | {"SYFT_CHECK_FOR_APP_UPDATE": "false"}
    done = subprocess.run(
        [*command, "--output", f"cyclonedx-json={out}"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def components(bill: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {canonical(one["name"]): one for one in bill["components"] if one["type"] == "library"}


def test_it_lists_what_is_locked_and_nothing_else(bill: dict[str, Any]) -> None:
    expected = {package.name: package.version for package in locked("run")}
    found = {name: one["version"] for name, one in components(bill).items()}
    version = found.pop("quantacirc-cdk")
    assert found == expected
    assert version in (ROOT / "constructs" / "quantacirc_cdk" / "version.py").read_text()


def test_each_component_has_the_address_by_which_databases_of_vulnerabilities_know_it(bill: dict[str, Any]) -> None:
    found = components(bill)
    assert {name: unquote(one["purl"]) for name, one in found.items()} == {
        name: f"pkg:pypi/{one['name']}@{one['version']}" for name, one in found.items()
    }
