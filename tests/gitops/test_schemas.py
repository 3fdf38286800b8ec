"""Every object for Argo CD and Flux fits the schema that its controller installs."""

import copy
from pathlib import Path
from typing import Any

import pytest

from support.gitops.argocd import Walk, read
from support.gitops.schemas import schema_errors
from support.kubernetes.schemas import NEWEST, errors

pytestmark = pytest.mark.integration

Json = dict[str, Any]


@pytest.fixture(scope="module")
def objects(checkout: Path) -> list[Json]:
    return [item for path in sorted((checkout / "dist" / "gitops").rglob("*.yaml")) for item in read(path)]


def test_every_custom_object_is_valid(objects: list[Json]) -> None:
    custom = [item for item in objects if item["apiVersion"] != "v1"]
    assert {item["kind"] for item in custom} == {
        "AppProject",
        "Application",
        "ApplicationSet",
        "GitRepository",
        "Kustomization",
    }
    assert schema_errors(custom) == []


def test_every_application_that_a_set_makes_is_valid(checkout: Path) -> None:
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    applications = [head | application for application in Walk(checkout, "environments").applications]
    assert len(applications) == 3
    assert schema_errors(applications) == []


def test_settings_are_config_maps(objects: list[Json]) -> None:
    settings = [item for item in objects if item["apiVersion"] == "v1"]
    assert {item["metadata"]["name"] for item in settings} == {"argocd-cm", "argocd-notifications-cm"}
    assert [error for item in settings for error in errors(item, NEWEST)] == []


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("spec", "template", "spec", "syncPolicy", "retrys"), {"limit": 5}, "syncPolicy/retrys is unknown"),
        (("spec", "goTemplate"), "yes", "/spec/goTemplate"),
        (("spec", "template", "spec", "project"), None, "/spec/template/spec/project"),
    ],
)
def test_a_mistake_is_found(objects: list[Json], place: tuple[str, ...], value: object, said: str) -> None:
    broken = copy.deepcopy(next(item for item in objects if item["kind"] == "ApplicationSet"))
    target = broken
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    assert any(said in error for error in schema_errors([broken]))
