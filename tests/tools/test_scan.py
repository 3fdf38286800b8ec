"""The scan of the images: what grype finds, what is allowed, and that nothing fails because a day has passed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.tools import ROOT

pytestmark = pytest.mark.integration

Json = dict[str, Any]


def match(identity: str, package: str, *, severity: str = "High", fixed: str = "2.0", related: str = "") -> Json:
    """Return an entry of ``matches`` as grype 0.117 writes it."""
    return {
        "vulnerability": {
            "id": identity,
            "severity": severity,
            "fix": {"versions": [fixed] if fixed else [], "state": "fixed" if fixed else "not-fixed"},
        },
        "relatedVulnerabilities": [{"id": related}] if related else [],
        "artifact": {"name": package, "version": "1.0"},
    }


class Project:
    """A project with the scan, a bill of materials, and a stand-in for grype."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tools").mkdir()
        (folder / "tools" / "scan.py").write_text((ROOT / "tools" / "scan.py").read_text())
        (folder / "policy").mkdir()
        (folder / "sbom").mkdir()
        (folder / "sbom" / "agents.linux-arm64.cdx.json").write_text("{}")
        (folder / "bin").mkdir()

    def scan(self, *matches: Json, allowed: str = "[]\n", status: int = 0) -> "subprocess.CompletedProcess[str]":
        (self.folder / "policy" / "vulnerabilities.yaml").write_text(allowed)
        (self.folder / "found.json").write_text(json.dumps({"matches": list(matches)}))
        grype = self.folder / "bin" / "grype"
        grype.write_text(
            f'#!/bin/sh\n[ "$*" = "sbom:sbom/agents.linux-arm64.cdx.json --quiet --output json" ] || exit 9\n'
            f"cat found.json\n[ {status} = 0 ] || echo no database >&2\nexit {status}\n"
        )
        grype.chmod(0o755)
        return self.run(f"{self.folder / 'bin'}:{os.environ['PATH']}")

    def run(self, path: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "tools/scan.py", "sbom"]
        environment = os.environ | {"PATH": path}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def entry(identity: str, packages: str, expires: str = "2099-01-01") -> str:
    return f"- {{ vulnerability: {identity}, packages: {packages}, reason: not reached, expires: {expires} }}\n"


def test_a_high_finding_with_a_fix_fails_and_names_image_package_and_fix(project: Project) -> None:
    done = project.scan(
        match("CVE-2026-1", "openssl", severity="Critical"),
        match("CVE-2026-2", "zlib", severity="Medium"),
        match("CVE-2026-3", "libc6", fixed=""),
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines() == [
        "agents.linux-arm64: openssl 1.0: CVE-2026-1 (Critical), fixed in 2.0",
        "1 bills of materials: 1 findings to mend or to allow, 2 lower or without a fix",
    ]


@pytest.mark.slow
def test_an_allowed_finding_passes_by_any_of_its_ids_and_only_for_its_packages(project: Project) -> None:
    found = match("GHSA-aaaa", "libssl3", related="CVE-2026-1")
    assert project.scan(found, allowed=entry("CVE-2026-1", "[libssl*]")).returncode == 0
    assert project.scan(found, allowed=entry("CVE-2026-1", "[openssl]")).returncode == 1
    assert project.scan(found, allowed=entry("CVE-2026-2", "[libssl*]")).returncode == 1


def test_an_expired_entry_still_allows_and_warns(project: Project) -> None:
    done = project.scan(match("CVE-2026-1", "openssl"), allowed=entry("CVE-2026-1", "[openssl]", "2020-01-01"))
    assert done.returncode == 0
    assert "warning: CVE-2026-1 was allowed until 2020-01-01: look again" in done.stdout


def test_an_entry_that_nothing_needs_is_a_warning(project: Project) -> None:
    done = project.scan(allowed=entry("CVE-2026-1", "[openssl]"))
    assert done.returncode == 0
    assert "warning: CVE-2026-1 is allowed, and found in no image: remove the entry" in done.stdout


@pytest.mark.slow
def test_what_cannot_be_scanned_is_no_pass(project: Project) -> None:
    done = project.scan(status=1)
    assert (done.returncode, done.stderr) == (2, "error: grype ended with status 1: no database\n")
    done = project.scan(allowed="- { vulnerability: CVE-2026-1, expires: 2099-01-01 }\n")
    assert done.returncode == 2
    assert "policy/vulnerabilities.yaml:1" in done.stderr
    (project.folder / "policy" / "vulnerabilities.yaml").unlink()
    done = project.run("/nowhere")
    assert (done.returncode, done.stderr.split(":")[1]) == (2, " grype is not on PATH")
    for bill in (project.folder / "sbom").iterdir():
        bill.unlink()
    assert project.run("/nowhere").returncode == 2
