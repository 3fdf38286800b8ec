"""Every object is what the Kubernetes API takes, from the oldest supported minor version to the newest."""

import json
from collections.abc import Mapping, Sequence

import pytest

from support.kubernetes.manifests import Object
from support.kubernetes.schemas import CORE, NEWEST, OLDEST, VERSIONS, errors

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def core(rendered: Mapping[str, Sequence[Object]]) -> list[Object]:
    """Return the objects of Kubernetes itself of all environments; what several share is here once."""
    found = [item for objects in rendered.values() for item in objects if item["apiVersion"] in CORE]
    return list({json.dumps(item, sort_keys=True): item for item in found}.values())


@pytest.mark.parametrize("version", VERSIONS)
def test_every_core_object_is_valid(core: Sequence[Object], version: str) -> None:
    assert len(core) > 200
    assert [error for item in core for error in errors(item, version)] == []


def test_no_version_is_left_out() -> None:
    assert VERSIONS[0] == OLDEST == "1.27"
    assert VERSIONS[-1] == NEWEST
    assert len(VERSIONS) >= 11


def test_an_unknown_field_is_found() -> None:
    broken = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "nmae": "y"}, "data": {}}
    assert any("nmae" in error for error in errors(broken, NEWEST))


def test_a_missing_selector_is_found() -> None:
    broken = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"template": {}}}
    assert any("selector" in error for error in errors(broken, OLDEST))
