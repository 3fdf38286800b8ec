"""A renamed StatefulSet leaves its claims, for which the quota of the new one has no room."""

from typing import Any

import pytest

from quantacirc_cdk.diff import Impact, compare_objects
from quantacirc_cdk.diff.kubernetes import ObjectKey


def stateful(name: str, policy: str = "Retain", replicas: int = 1) -> dict[str, Any]:
    claim = {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "10Gi"}}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": replicas,
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": policy},
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "a", "image": "b"}]}},
            "volumeClaimTemplates": [claim],
        },
    }


def quota(claims: int, storage: str = "100Gi") -> dict[str, Any]:
    hard = {"persistentvolumeclaims": str(claims), "requests.storage": storage}
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q", "namespace": "shop"},
        "spec": {"hard": hard},
    }


@pytest.mark.parametrize(
    ("old", "hard", "rule"),
    [
        ([stateful("queue")], quota(1), "claims-above-quota"),
        ([stateful("queue")], quota(2, "10Gi"), "claims-above-quota"),
        ([stateful("queue", replicas=3)], quota(3), "claims-above-quota"),
        ([stateful("queue")], quota(2, "20Gi"), "added"),
        ([stateful("queue", "Delete")], quota(1), "added"),
        ([], quota(1), "added"),
    ],
)
def test_the_claims_of_a_renamed_stateful_set_need_room(
    old: list[dict[str, Any]], hard: dict[str, Any], rule: str
) -> None:
    found = compare_objects([*old, quota(1)], [stateful("line"), hard])
    (finding,) = found[ObjectKey(group="apps", kind="StatefulSet", namespace="shop", name="line")]
    assert finding.rule.id == rule
    if rule == "claims-above-quota":
        assert finding.impact is Impact.RECREATE
        assert "`quota.claims`" in finding.rule.says
        assert "with the claims of queue" in finding.note
