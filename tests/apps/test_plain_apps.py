"""The apps that `cdk8s.yaml` and `cdktf.json` of any project may name."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.project import Project
from support.tools import ROOT
from support.unseen import unseen_project


def run(module: str, root: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    known = {**os.environ, "PYTHONPATH": str(ROOT / "constructs"), **environment}
    command = [sys.executable, "-m", f"quantacirc_cdk.apps.{module}"]
    return subprocess.run(command, cwd=root, env=known, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("variable", [{}, {"CDK8S_OUTDIR": "elsewhere"}])
def test_the_cdk8s_app_writes_the_manifests_of_the_current_folder(
    variable: dict[str, str], project: Callable[[], Project]
) -> None:
    made = project()
    done = run("workloads", made.root, **variable)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    out = made.root / variable.get("CDK8S_OUTDIR", "dist/kubernetes")
    assert "Deployment.shop.k8s.yaml" in {path.name for path in (out / "home").iterdir()}


@pytest.mark.slow
def test_the_cdktf_app_writes_the_stacks_and_says_what_has_none(tmp_path: Path) -> None:
    made = unseen_project(tmp_path / "plant")
    done = run("infrastructure", made.root, CDKTF_OUTDIR="out")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("bench: nothing to apply")
    assert {path.name for path in (made.root / "out" / "stacks").iterdir()} == {"north-aws", "north-aws-bootstrap"}


@pytest.mark.slow
@pytest.mark.parametrize("module", ["workloads", "infrastructure"])
def test_a_bad_model_is_said_in_a_line(module: str, project: Callable[[], Project]) -> None:
    made = project()
    made.replace_in_system("kind: worker", "kind: wroker")
    done = run(module, made.root)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'apps/system.yaml:11: components.baker.kind: found "wroker", expected "worker"\n'
