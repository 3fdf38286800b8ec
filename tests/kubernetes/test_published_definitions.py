"""Every custom resource of the output fits the definition that its project publishes; an unknown field is an error."""

import re
from copy import deepcopy
from pathlib import Path

import pytest

from quantacirc_cdk.manifests import documents
from support.command import qcdk
from support.kubernetes.manifests import Object
from support.kubernetes.published import errors, validators
from support.rich import scenarios, write
from support.tools import ROOT

NOT_RENDERED = {
    "Backup": "Velero makes one for each start of a Schedule",
    "CertificateRequest": "cert-manager makes one for each issue of a Certificate",
    "ClusterIssuer": "belongs to the cluster and not to a namespace; the documentation has one for each kind of proof",
    "Gateway": "belongs to the cluster and serves several systems; the documentation has one",
    "ImageValidatingPolicy": "covers all namespaces; a system has the NamespacedImageValidatingPolicy",
    "PodMonitor": "everything with metrics has a Service, and so a ServiceMonitor",
    "TriggerAuthentication": "has the secrets of a trigger; `authentication` of a trigger names one that you create",
}
"""Kinds that no kind of component and no option renders, with the reason."""


def objects_in(dist: Path) -> list[Object]:
    """Return the objects of all manifests and of what Argo CD and Flux read, charts aside."""
    return [
        item
        for folder in (dist / "kubernetes", dist / "gitops")
        for path in sorted(folder.rglob("*.yaml"))
        if path.parent.name != "templates"
        for item in documents(path.read_bytes())
        if isinstance(item, dict) and "kind" in item and "apiVersion" in item
    ]


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    """Return the objects of the committed output."""
    return objects_in(ROOT / "dist")


@pytest.mark.integration
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


@pytest.mark.slow
def test_every_kind_is_rendered_by_some_system_as_its_project_publishes_it(
    objects: list[Object], tmp_path: Path
) -> None:
    """The systems of ``support.rich`` together use every field of the model."""
    found = list(objects)
    for name, (system, environment) in scenarios().items():
        root = tmp_path / name.replace(" ", "-")
        write(root, system, environment)
        done = qcdk("synth", "--project", root, "--only", "kubernetes", "--only", "gitops")
        assert done.returncode == 0, f"{name}: {done.stderr}"
        made = objects_in(root / "dist")
        assert list(errors(made)) == [], name
        found += made
    rendered = {(item["apiVersion"], item["kind"]) for item in found}
    assert {kind for _, kind in validators()} - {kind for _, kind in rendered} == NOT_RENDERED.keys()


def test_objects_in_the_documentation_are_as_their_projects_publish_them() -> None:
    """Among them are a Gateway and ClusterIssuers, which nothing renders."""
    found: list[Object] = []
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for block in re.findall(r"```yaml[^\n]*\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            read = documents(block.encode()) if "apiVersion:" in block and "kind:" in block else ()
            found += [
                item for item in read if isinstance(item, dict) and {"apiVersion", "kind", "metadata"} <= item.keys()
            ]
    known = [item for item in found if (item["apiVersion"], item["kind"]) in validators()]
    assert {item["kind"] for item in known} >= {"ClusterIssuer", "Gateway"}
    assert list(errors(known)) == []
