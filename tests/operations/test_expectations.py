"""What should run in an environment, by the model and by what the project adds to it in Python."""

from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.manifests import ADDED
from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations.expectations import Expectations, expectations
from quantacirc_cdk.operations.workloads import Objects, absent
from support.project import Project


def manifest(kind: str, name: str, namespace: str = "bakery", *, added: bool = True) -> str:
    metadata = {"name": name, "namespace": namespace, "annotations": {ADDED: "true"} if added else {}}
    pods = {"template": {"spec": {"containers": [{"name": name, "image": name}]}}}
    spec = {"jobTemplate": {"spec": pods}} if kind == "CronJob" else pods
    return yaml.safe_dump({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec})


def expected(tmp_path: Path, *texts: str) -> Expectations:
    project = load_project(Project.small(tmp_path / "project").root)
    folder = tmp_path / "manifests" / "home"
    if texts:
        folder.mkdir(parents=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text)
    return expectations(project.system, project.environments["home"], tmp_path / "manifests")


def test_workloads_that_a_project_adds_are_expected(tmp_path: Path) -> None:
    found = expected(
        tmp_path,
        manifest("Deployment", "courier"),
        manifest("CronJob", "sweeper"),
        manifest("ConfigMap", "notes"),
        manifest("Deployment", "agent", "monitoring"),
        manifest("Deployment", "old", added=False),
    )
    assert found.workloads == (("CronJob", "sweeper"), ("Deployment", "courier"))


def test_before_the_first_synthesis_only_the_model_counts(tmp_path: Path) -> None:
    found = expected(tmp_path)
    assert found.workloads == ()
    assert "baker" in found.components


def test_manifests_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"0\.yaml"):
        expected(tmp_path, "a: b: c")


def test_an_added_workload_that_is_not_in_the_cluster_is_named() -> None:
    there = {"kind": "Deployment", "metadata": {"name": "courier"}}
    added = [("CronJob", "sweeper"), ("Deployment", "courier")]
    (missing,) = absent(Objects([there], "bakery"), added)
    assert (missing.name, missing.kind, missing.rollout) == ("sweeper", "CronJob", "absent")
    assert missing.reasons == ("the project adds it, and it is not in the cluster",)
