"""Every custom resource is what its project's schema takes; a field that does not exist is refused."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path

import pytest

from quantacirc_cdk.kubernetes.host_policy import HostPolicy, HostPolicyProps
from support.kubernetes import velero
from support.kubernetes.custom_resources import errors
from support.kubernetes.manifests import Object, find, synthesize
from support.kubernetes.schemas import CORE
from support.kubernetes.synthesis import render
from support.project import Project
from support.unseen import unseen_project

pytestmark = pytest.mark.slow

ELSEWHERE = {"velero.io/v1"}
"""Groups whose package of definitions is another: see below."""


def custom(objects: Sequence[Object]) -> list[Object]:
    """Return the custom resources."""
    return [item for item in objects if item["apiVersion"] not in CORE | ELSEWHERE]


def test_every_custom_resource_of_every_environment_is_valid(rendered: Mapping[str, Sequence[Object]]) -> None:
    # What environments share is checked once.
    different = {json.dumps(item, sort_keys=True): item for found in rendered.values() for item in custom(found)}
    kinds = {item["kind"] for item in different.values()}
    assert {"Certificate", "ExternalSecret", "Issuer", "ScaledObject", "SecretStore"} <= kinds
    assert len(different) > 30
    assert errors(list(different.values())) == []


def test_those_of_other_clouds_and_add_ons_are_valid(project: Callable[[], Project], out: Path) -> None:
    found: list[Object] = []
    for cloud in ("gcp", "azure"):
        made = unseen_project(out / cloud, 8)
        made.environment_file("bench").unlink()
        made.replace_in_environment("north", "target: aws", f"target: {cloud}")
        made.replace_in_environment("north", "addons: { ", "addons: { gateway_api: true, ")
        (objects,) = render(made.root, out / f"{cloud}-objects").values()
        found += custom(objects)
    kinds = {item["kind"] for item in found}
    assert {"BackendTrafficPolicy", "HTTPRoute", "ReferenceGrant", "SecretStore"} <= kinds
    assert errors(found) == []


def test_velero_takes_its_schedules_and_a_mistake_in_one_is_seen(
    rendered: Mapping[str, Sequence[Object]],
) -> None:
    schedules = [item for found in rendered.values() for item in found if item["apiVersion"] in ELSEWHERE]
    assert {item["kind"] for item in schedules} == {"Schedule"}
    assert velero.errors(schedules) == []
    wrong = deepcopy(schedules[0])
    wrong["spec"]["template"]["snapshotVolume"] = True
    wrong["spec"]["template"]["includedNamespaces"] = "all"
    unknown, value = velero.errors([wrong])
    assert unknown == ".spec.template.snapshotVolume does not exist"
    assert "includedNamespaces" in value


def test_policies_by_host_name_are_valid_and_a_mistake_in_one_is_seen() -> None:
    hosts = {"api.example.com": 443, "smtp.example.com": 587}
    props = HostPolicyProps(name="caller", pods={"app": "caller"}, hosts=hosts, labels={"app": "caller"})
    (policy,) = synthesize(lambda scope: HostPolicy(scope, "caller", props))
    assert errors([policy]) == []
    wrong = deepcopy(policy)
    wrong["spec"]["egress"][0]["toFQDNs"][0]["matchNames"] = ["x"]
    assert any("matchNames" in error for error in errors([wrong]))
    wrong = deepcopy(policy)
    wrong["spec"]["egress"][0]["toPorts"][0]["ports"][0]["protocol"] = "HTTP"
    assert errors([wrong]) != []


@pytest.mark.parametrize(
    ("kind", "name", "place", "value", "what"),
    [
        ("ScaledObject", "tunnel-fix", "spec.maxReplicas", 3, "maxReplicas\"' does not exist"),
        ("ScaledObject", "tunnel-fix", "spec.maxReplicaCount", "3", "must be integer"),
        ("ExternalSecret", "ledger", "spec.target.creationPolicy", "Onwer", "must be equal to one of"),
        ("ExternalSecret", "ledger", "spec.data.0.remoteRef.propery", "x", "propery\"' does not exist"),
        ("Certificate", "bus-tls", "spec.issuerRef", None, "required property issuerRef"),
        ("Certificate", "bus-tls", "spec.privateKey.algoritm", "RSA", "algoritm\"' does not exist"),
    ],
)
def test_a_mistake_is_seen(
    rendered: Mapping[str, Sequence[Object]], kind: str, name: str, place: str, value: object, what: str
) -> None:
    broken = deepcopy(find(rendered["prod"], kind, name))
    *path, last = place.split(".")
    target: Object = broken
    for key in path:
        target = target[int(key)] if isinstance(target, list) else target[key]
    if value is None:
        del target[last]
    else:
        target[last] = value
    assert any(what in error for error in errors([broken])), errors([broken])


def test_a_kind_without_a_schema_is_no_pass() -> None:
    unknown = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObjekt", "metadata": {"name": "x"}}
    assert errors([unknown])[0].startswith("ScaledObjekt x: no schema")
