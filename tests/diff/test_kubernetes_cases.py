"""What the API and the controllers do with a change: the table beside this file."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.diff import Impact, compare_object, compare_objects
from quantacirc_cdk.diff.kubernetes import FIELD_RULES
from quantacirc_cdk.diff.object_rules import REMOVED, UNKNOWN
from quantacirc_cdk.manifests import read_objects
from support.diff.objects import an
from support.tools import ROOT

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("kubernetes_cases.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}-{case['change'].replace(' ', '-')}")
def test_a_change_is_of_its_documented_class(case: dict[str, Any]) -> None:
    bent = case.get("before", {})
    before = an(case["kind"], bent)
    after = None if case["after"] == "removed" else an(case["kind"], bent | case["after"])
    findings = compare_object(before, after)
    worst = max(findings, key=lambda finding: finding.impact)
    assert (worst.impact.value, worst.rule.id) == (case["impact"], case["rule"])


def test_the_table_covers_every_rule_and_names_a_source_for_every_line() -> None:
    assert {rule.id for rule in (*FIELD_RULES, *REMOVED)} - {case["rule"] for case in CASES} == set()
    assert [case["change"] for case in CASES if not case["source"].startswith("https://")] == []
    assert len({(case["kind"], case["change"]) for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize(
    ("kind", "impact", "rule"),
    [
        ("Deployment", Impact.NO_OP, "added"),
        ("PersistentVolumeClaim", Impact.NO_OP, "added"),
        ("AnalysisTemplate", Impact.NO_OP, "added"),
        ("Rollout", Impact.ROLLING_RESTART, "rollout-added"),
        ("NetworkPolicy", Impact.UNAVAILABILITY, "policy-added"),
        ("ResourceQuota", Impact.UNAVAILABILITY, "quota-added"),
        ("BackendTrafficPolicy", Impact.UNAVAILABILITY, "limits-added"),
        ("SecurityPolicy", Impact.UNAVAILABILITY, "clients-added"),
        ("ReferenceGrant", Impact.WIDENS_ACCESS, "grant-added"),
        ("NamespacedImageValidatingPolicy", Impact.UNAVAILABILITY, "image-policy-added"),
    ],
)
def test_what_is_new_harms_only_where_it_restricts(kind: str, impact: Impact, rule: str) -> None:
    (finding,) = compare_object(None, an(kind))
    assert (finding.impact, finding.rule.id) == (impact, rule)


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"])
def test_every_kind_of_route_has_rules(kind: str) -> None:
    rule = {"backendRefs": [{"name": "web", "port": 443}]}
    route = an("Ingress", {"kind": kind, "apiVersion": "gateway.networking.k8s.io/v1"}) | {
        "spec": {"hostnames": ["a.example"], "parentRefs": [{"name": "public", "sectionName": "tls"}], "rules": [rule]}
    }

    def bent(**spec: Any) -> str:
        (finding,) = compare_object(route, route | {"spec": route["spec"] | spec})
        return finding.rule.id

    def ids(before: Any, after: Any) -> list[str]:
        return [finding.rule.id for finding in compare_object(before, after)]

    assert (ids(None, route), ids(route, None)) == (["added"], ["address-removed"])
    assert bent(hostnames=["a.example", "b.example"]) == "route-added"
    assert bent(hostnames=["b.example"]) == bent(rules=[{"backendRefs": [{"name": "api"}]}]) == "route-changed"
    assert bent(parentRefs=[{"name": "public", "sectionName": "https"}]) == "route-changed"
    for part in ("annotations", "labels"):
        metadata = {"metadata": route["metadata"] | {part: {"a": "b"}}}
        assert UNKNOWN.id not in ids(route, route | metadata)


def test_nothing_is_harmed_where_nothing_runs_yet() -> None:
    found = compare_objects([], [an("NetworkPolicy"), an("ResourceQuota"), an("Deployment")])
    assert {findings[0].impact for findings in found.values()} == {Impact.NO_OP}


def test_a_new_policy_interrupts_nothing_where_another_one_already_refuses_everything() -> None:
    isolation = an("NetworkPolicy", {"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}})
    isolation["metadata"]["name"] = "default-deny"
    policy = an("NetworkPolicy", {"spec.podSelector": {"matchLabels": {"app.kubernetes.io/name": "web"}}})

    def added(before: list[dict[str, Any]], *more: dict[str, Any]) -> tuple[Impact, str]:
        found = compare_objects(before, [*before, *more, policy])
        (finding,) = next(findings for key, findings in found.items() if key.kind == "NetworkPolicy")
        return finding.impact, finding.rule.id

    assert added([an("Deployment")]) == (Impact.UNAVAILABILITY, "policy-added")
    assert added([isolation], an("Deployment")) == (Impact.NO_OP, "added")
    assert added([isolation, an("Deployment")]) == (Impact.WIDENS_ACCESS, "policy-allows")
    assert added([isolation]) == (Impact.WIDENS_ACCESS, "policy-allows"), "an operator may have made its pods"


def test_a_claim_grows_where_its_class_in_the_manifests_lets_it() -> None:
    claim = {"spec.storageClassName": "fast"}
    before = [an("PersistentVolumeClaim", claim), {**an("StorageClass"), "allowVolumeExpansion": True}]
    before[1]["metadata"]["name"] = "fast"
    after = [an("PersistentVolumeClaim", claim | {"spec.resources.requests.storage": "20Gi"}), before[1]]
    ((finding,),) = compare_objects(before, after).values()
    assert (finding.impact, finding.rule.id) == (Impact.NO_OP, "claim-grows")


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("Deployment", {"spec.template.spec.containers.0.imagePullPolicy": "IfNotPresent"}),
        ("Deployment", {"spec.template.spec.terminationGracePeriodSeconds": 30, "spec.revisionHistoryLimit": 10}),
        ("StatefulSet", {"spec.updateStrategy": {"type": "RollingUpdate"}}),
        ("Service", {"spec.sessionAffinity": "None"}),
        ("PersistentVolumeClaim", {"spec.volumeMode": "Filesystem"}),
    ],
)
def test_a_default_that_is_written_out_is_no_change(kind: str, written: dict[str, Any]) -> None:
    assert compare_object(an(kind), an(kind, written)) == []


def test_the_same_quantity_in_other_words_is_no_change() -> None:
    place = "spec.template.spec.containers.0.resources"
    before, after = (
        {place: {"requests": {"cpu": cpu, "memory": memory}}} for cpu, memory in (("10m", "1Gi"), ("0.01", "1024Mi"))
    )
    assert compare_object(an("Deployment", before), an("Deployment", after)) == []
    assert compare_object(an("Deployment", before), an("Deployment", {place: {"requests": {"cpu": "1"}}})) != []


def job(name: str) -> dict[str, Any]:
    made = an("Job")
    made["metadata"]["name"] = name
    return made


def test_a_job_with_another_hash_takes_the_place_of_the_one_before() -> None:
    found = compare_objects([job("streams-0a1b2c3d"), job("cleanup")], [job("streams-4e5f6a7b")])
    assert {key.name: findings[0].rule.id for key, findings in found.items()} == {
        "streams-0a1b2c3d": "job-succeeded",
        "streams-4e5f6a7b": "added",
        "cleanup": "workload-removed",
    }


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where the values inside an object are."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = False
    for step, item in inner:
        found = True
        yield from leaves(item, (*path, step))
    if not found:
        yield path


def otherwise(item: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """Return an object with another value at one place."""
    changed: Any = copy.deepcopy(item)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = f"{place[path[-1]]} "
    return dict(changed)


@pytest.mark.slow
def test_a_rule_covers_every_field_of_every_object_in_production() -> None:
    identity = (("kind",), ("metadata", "name"), ("metadata", "namespace"))
    unknown = set()
    for item in read_objects(ROOT / "dist" / "kubernetes" / "prod"):
        versions = [(None, item), (item, None)]
        versions += [(item, otherwise(item, path)) for path in leaves(item) if path not in identity]
        for before, after in versions:
            unknown |= {
                (item["kind"], finding.change.field)
                for finding in compare_object(before, after)
                if finding.rule is UNKNOWN
            }
    assert unknown == set()
