"""Every object is what the Kubernetes API of the oldest and of the newest supported minor version takes."""

from collections.abc import Sequence

import pytest

from kubernetes_support.manifests import Object
from kubernetes_support.schemas import CORE, NEWEST, OLDEST, errors


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_core_object_is_valid(objects: Sequence[Object], version: str) -> None:
    core = [item for item in objects if item["apiVersion"] in CORE]
    assert len(core) > 50
    assert [error for item in core for error in errors(item, version)] == []


def test_an_unknown_field_is_found() -> None:
    broken = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "nmae": "y"}, "data": {}}
    assert any("nmae" in error for error in errors(broken, NEWEST))


def test_a_missing_selector_is_found() -> None:
    broken = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"template": {}}}
    assert any("selector" in error for error in errors(broken, OLDEST))
