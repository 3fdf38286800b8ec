"""The committed output: current, the same on every machine, and what it holds."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from support.tools import ROOT

DIST = ROOT / "dist"
QCDK = ROOT / ".venv" / "bin" / "qcdk"
ENVIRONMENTS = sorted(path.stem for path in (ROOT / "apps" / "environments").glob("*.yaml"))
STACKS = sorted(path.name for path in (DIST / "terraform" / "stacks").glob("*"))
SETTINGS = [
    {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"},
    {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "Asia/Kathmandu", "LANG": "tr_TR.UTF-8"},
    {"PYTHONHASHSEED": "4242", "HOME": "/nonexistent", "COLUMNS": "20", "PYTHONUTF8": "0"},
]


def digest(folder: Path) -> Mapping[str, str]:
    """Return the checksum of each generated file of a folder."""
    others = ("images.json", ".terraform.lock.hcl")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in others)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.slow
def test_the_committed_output_is_current() -> None:
    run = subprocess.run([QCDK, "synth", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.slow
@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: f"seed-{settings['PYTHONHASHSEED']}")
def test_output_depends_on_no_hash_seed_locale_zone_or_folder(settings: dict[str, str], tmp_path: Path) -> None:
    command = [QCDK, "synth", "--project", str(ROOT), "--out", str(tmp_path / "out")]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, **settings}, check=True, capture_output=True)
    assert digest(tmp_path / "out") == digest(DIST)


@pytest.mark.integration
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_an_environment_runs(environment: str, snapshot: SnapshotAssertion) -> None:
    folder = DIST / "kubernetes" / environment
    objects = [yaml.load(path.read_bytes(), yaml.CSafeLoader) for path in sorted(folder.glob("*.yaml"))]
    assert "\n".join(sorted(line for item in objects for line in described(item))) == snapshot


@pytest.mark.parametrize("stack", STACKS)
def test_what_a_stack_declares(stack: str, snapshot: SnapshotAssertion) -> None:
    document = json.loads((DIST / "terraform" / "stacks" / stack / "cdk.tf.json").read_text())
    addresses = [
        f"{section}.{kind}.{name}"
        for section in ("data", "resource")
        for kind, named in document.get(section, {}).items()
        for name in named
    ]
    named = [f"{section}.{name}" for section in ("variable", "output") for name in document.get(section, {})]
    assert "\n".join(sorted(addresses) + sorted(named)) == snapshot


def described(item: dict[str, Any]) -> list[str]:
    """Return the lines that say what an object is, and of a workload what it asks the cluster for."""
    name = f"{item['kind']}/{item['metadata']['name']}"
    spec = item.get("spec", {})
    template = spec.get("jobTemplate", {}).get("spec", spec).get("template", {})
    lines = [f"{name} replicas={spec['replicas']}" if "replicas" in spec else name]
    if item["kind"] == "HorizontalPodAutoscaler":
        lines = [f"{name} {spec['minReplicas']} to {spec['maxReplicas']}"]
    if isinstance(template, dict):
        for container in template.get("spec", {}).get("containers", []):
            resources = container.get("resources", {})
            asked = " ".join(f"{key}={value}" for key, value in sorted(resources.get("requests", {}).items()))
            image = container["image"].split("@")[0].rsplit("/", 1)[-1]
            lines.append(f"{name} · {container['name']}: {image} {asked}")
    return lines
