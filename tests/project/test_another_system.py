"""The whole job on a system and environments that nobody here has seen, with no change under ``constructs/``."""

import shutil
import subprocess
from pathlib import Path

import pytest

from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.manifests import Object, pod_templates, read_folder
from support.kubernetes.schemas import CORE, NEWEST, OLDEST, errors
from support.terraform.terraform import Terraform
from support.tools import ROOT
from support.unseen import unseen_project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the output of another model, which has no apps of its own."""
    root = unseen_project(tmp_path_factory.mktemp("plant")).root
    command = [ROOT / ".venv" / "bin" / "qcdk", "synth", "--project", root]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return root / "dist"


def objects_of(dist: Path, environment: str) -> list[Object]:
    return read_folder(dist / "kubernetes" / environment)


@pytest.mark.parametrize("environment", ["bench", "north"])
def test_every_object_is_valid_and_every_pod_restricted(dist: Path, environment: str) -> None:
    objects = objects_of(dist, environment)
    assert len({item["metadata"]["labels"]["app.kubernetes.io/name"] for item in objects}) > 20
    core = [item for item in objects if item["apiVersion"] in CORE]
    assert [error for item in core for version in (OLDEST, NEWEST) for error in errors(item, version)] == []
    assert [what for _, template in pod_templates(objects) for what in violations(template)] == []


def test_its_stack_is_valid_for_the_real_provider(dist: Path, tmp_path: Path) -> None:
    shutil.copy(dist / "terraform" / "stacks" / "north-aws" / "cdk.tf.json", tmp_path)
    terraform = Terraform(tmp_path)
    terraform.init("-backend=false")
    assert [item for item in terraform.validate() if item["severity"] == "error"] == []


def test_nothing_of_this_project_shows(dist: Path) -> None:
    ours = ("planck-forge", "planck_forge", "quantacirc.example")
    files = [path for path in dist.rglob("*") if path.is_file()]
    assert [f"{path}: {name}" for path in files for name in ours if name in path.read_text()] == []
