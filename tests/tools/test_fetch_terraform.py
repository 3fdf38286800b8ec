"""Terraform is fetched where the machine has none, and only the archive that the lock file pins."""

import hashlib
import io
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from support.tools import ROOT

SCRIPT = ROOT / "tools" / "fetch_terraform.py"


@pytest.fixture
def fetch() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """Return a folder laid out as the site of releases, with an archive and the lock file that pins it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("terraform", "#!/bin/sh\necho Terraform v9.9.9\n")
    path = tmp_path / "9.9.9" / "terraform_9.9.9_linux_amd64.zip"
    path.parent.mkdir()
    path.write_bytes(archive.getvalue())
    hashed = hashlib.sha256(archive.getvalue()).hexdigest()
    (tmp_path / "terraform.lock").write_text(f"# why\nterraform==9.9.9 \\\n    --hash=sha256:{hashed}\n")
    return tmp_path


def test_the_pinned_archive_becomes_a_program(fetch: dict[str, Any], releases: Path) -> None:
    program = releases / "bin" / "terraform"
    fetch["unpack"](fetch["download"](releases / "terraform.lock", releases.as_uri()), program)
    assert subprocess.run([program], capture_output=True, text=True, check=True).stdout == "Terraform v9.9.9\n"


def test_another_archive_is_refused(fetch: dict[str, Any], releases: Path) -> None:
    lock = releases / "terraform.lock"
    lock.write_text(lock.read_text()[:-8] + "0000000\n")
    with pytest.raises(ValueError, match="has the hash"):
        fetch["download"](lock, releases.as_uri())


def test_the_absence_of_terraform_is_said_loudly(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "requirements").mkdir()
    script = tmp_path / "tools" / SCRIPT.name
    script.write_text(SCRIPT.read_text())
    (tmp_path / "requirements" / "terraform.lock").write_text((ROOT / "requirements" / "terraform.lock").read_text())
    environment = {"PATH": "/nonexistent", "TERRAFORM_RELEASES": (tmp_path / "nowhere").as_uri()}
    run = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "Terraform is MISSING" in run.stderr
    assert len(run.stderr.splitlines()) == 1
