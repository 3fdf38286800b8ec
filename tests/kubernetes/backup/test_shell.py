"""The scripts of databases are plain POSIX shell without a finding."""

import subprocess

import pytest

from support.tools import ROOT, require

FOLDER = ROOT / "constructs" / "quantacirc_cdk" / "kubernetes" / "scripts"
SCRIPTS = sorted(path for name in ("backup", "database", "restore") for path in FOLDER.glob(f"{name}-*.sh"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(path: object) -> None:
    run = subprocess.run([require("shellcheck"), "-x", str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
