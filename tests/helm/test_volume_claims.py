"""The chart has values for the volumes of services, whose claims are objects of their own."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import load_project
from support.helm.helm import template
from support.kubernetes.synthesis import render
from support.project import Project


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("claims")
    project = Project.small(folder / "project")
    volumes = "    volumes: { data: { size: 2Gi, access: ReadWriteMany, mount: /data } }\n"
    project.replace_in_system("    exposed: true\n", f"    exposed: true\n{volumes}")
    render(project.root, folder / "kubernetes")
    system_chart(load_project(project.root), folder / "kubernetes").write(folder / "chart")
    return folder / "chart"


def found(chart: Path, *values: str) -> tuple[list[Any], list[Any]]:
    """Return the specs of the claims, and the claims that the pods mount."""
    given = [part for one in values for part in ("--set", f"shop.persistence.data.{one}")]
    objects = template(chart, *given, name="bakery", namespace="home")
    pods = [item["spec"]["template"]["spec"] for item in objects if item["kind"] == "Deployment"]
    mounted = [
        volume["persistentVolumeClaim"]["claimName"]
        for pod in pods
        for volume in pod.get("volumes", [])
        if "persistentVolumeClaim" in volume
    ]
    return [item["spec"] for item in objects if item["kind"] == "PersistentVolumeClaim"], mounted


@pytest.mark.integration
def test_size_class_and_access_are_those_of_the_values(chart: Path) -> None:
    (claim,), mounted = found(chart, "size=9Gi", "storageClass=fast", "accessModes={ReadWriteOnce}")
    assert claim["resources"]["requests"]["storage"] == "9Gi"
    assert claim["storageClassName"] == "fast"
    assert claim["accessModes"] == ["ReadWriteOnce"]
    assert mounted == ["shop-data"]


@pytest.mark.integration
def test_an_existing_claim_takes_the_place_of_the_new_one(chart: Path) -> None:
    assert found(chart, "existingClaim=old") == ([], ["old"])


@pytest.mark.integration
def test_a_volume_without_a_class_has_that_of_all_volumes(chart: Path) -> None:
    objects = template(chart, "--set", "global.storageClass=slow", name="bakery", namespace="home")
    classes = [item["spec"].get("storageClassName") for item in objects if item["kind"] == "PersistentVolumeClaim"]
    assert classes == ["slow"]
