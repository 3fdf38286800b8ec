"""Every custom resource of the output fits the definition that its project publishes; an unknown field is an error."""

from copy import deepcopy

import pytest

from quantacirc_cdk.manifests import documents
from support.kubernetes.manifests import Object
from support.kubernetes.published import errors, validators
from support.tools import ROOT


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    """Return the objects of all manifests and of what Argo CD and Flux read."""
    folders = [ROOT / "dist" / "kubernetes", ROOT / "dist" / "gitops"]
    return [
        item
        for folder in folders
        for path in sorted(folder.rglob("*.yaml"))
        for item in documents(path.read_bytes())
        if isinstance(item, dict) and "kind" in item and "apiVersion" in item
    ]


def test_every_custom_resource_is_as_its_project_publishes_it(objects: list[Object]) -> None:
    known = [item for item in objects if (item["apiVersion"], item["kind"]) in validators()]
    assert {item["kind"] for item in known} >= {
        "Application",
        "Certificate",
        "ExternalSecret",
        "ScaledObject",
        "Schedule",
    }
    assert list(errors(known)) == []


def test_a_field_that_the_definition_does_not_name_is_seen(objects: list[Object]) -> None:
    certificate = deepcopy(next(item for item in objects if item["kind"] == "Certificate"))
    certificate["spec"]["secretname"] = certificate["spec"].pop("secretName")
    found = list(errors([certificate]))
    assert any("secretname" in line for line in found), found
    assert any("'secretName' is a required property" in line for line in found), found
