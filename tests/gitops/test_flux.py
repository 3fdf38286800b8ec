"""Flux reads an environment's own folder and nothing else."""

import subprocess
from pathlib import Path

import pytest

from quantacirc_cdk.model import load_project
from support.gitops.argocd import read
from support.tools import ROOT

ENVIRONMENTS = load_project(ROOT).environments
DELIVERED = [name for name, environment in ENVIRONMENTS.items() if environment.delivery != "manual"]


@pytest.mark.parametrize("name", DELIVERED)
def test_each_environment_has_its_folder(checkout: Path, name: str) -> None:
    [source, kustomization] = read(checkout / "dist" / "gitops" / "flux" / name / "quantacirc.yaml")
    spec = kustomization["spec"]
    assert spec["sourceRef"] == {"kind": source["kind"], "name": source["metadata"]["name"]}
    assert (checkout / spec["path"]).is_dir()
    assert (spec["prune"], spec["wait"]) == (True, True)
    assert spec["suspend"] is (name != "dev")


@pytest.mark.parametrize("name", DELIVERED)
def test_only_that_folder_is_unpacked(checkout: Path, name: str, tmp_path: Path) -> None:
    """The patterns are those of a ``.gitignore``, so Git says what they leave."""
    [source, _] = read(checkout / "dist" / "gitops" / "flux" / name / "quantacirc.yaml")
    (tmp_path / ".gitignore").write_text(source["spec"]["ignore"])
    wanted = {f"dist/kubernetes/{name}/a.yaml", f"dist/kubernetes/{name}/b/c.yaml"}
    for path in wanted | {"README.md", "dist/helm/Chart.yaml", f"dist/kubernetes/{name}x/a.yaml", "dist/kubernetes/d"}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    command = ["git", "ls-files", "--others", "--exclude-standard"]
    left = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()
    assert set(left) == wanted
