"""Renovate finds everything that is pinned by hand: a pin that nothing updates never gets a security fix."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from support.tools import ROOT

pytestmark = pytest.mark.integration

CONFIG = ROOT / "renovate.json"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|\"[0-9a-f]{40}\"")


def managers() -> list[dict[str, list[str]]]:
    found: list[dict[str, list[str]]] = json.loads(CONFIG.read_text())["customManagers"]
    return found


def files_with_pins() -> Iterator[str]:
    """Yield the files in Git that pin something, but for generated ones, tests, and invented digests of documents."""
    command = ["git", "-C", str(ROOT), "grep", "-lE", 'sha256:[0-9a-f]{64}|"[0-9a-f]{40}"', "--"]
    kept = [":!dist", ":!.github", ":!tests", ":!docs", ":!requirements", ":!constructs/**/schemas", ":!*.lock"]
    yield from subprocess.run([*command, *kept], check=True, capture_output=True, text=True).stdout.split()


def found_in(name: str, text: str) -> Iterator[re.Match[str]]:
    for manager in managers():
        if any(re.search(pattern.strip("/"), name) for pattern in manager["managerFilePatterns"]):
            for expression in manager["matchStrings"]:
                yield from re.finditer(expression.replace("(?<", "(?P<"), text)


def test_every_pin_is_found_with_its_version() -> None:
    files = list(files_with_pins())
    assert {"apps/system.yaml", "apps/pipeline.py", "docker/Dockerfile.base"} <= set(files)
    for name in files:
        text = (ROOT / name).read_text("utf-8")
        matches = list(found_in(name, text))
        assert [match for match in matches if not match["currentValue"]] == [], name
        updated = {match["currentDigest"] for match in matches} - {None}
        assert {digest.strip('"') for digest in DIGEST.findall(text)} == updated, name


def test_the_configuration_is_valid() -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.renovate", str(CONFIG)]
    done = subprocess.run(checker, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
