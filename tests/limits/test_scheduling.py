"""An affinity that the API refuses is refused with what was expected."""

from typing import Any

import pytest

from quantacirc_cdk.limits.scheduling import affinity_refusals

PREFERRED, REQUIRED = (
    "preferredDuringSchedulingIgnoredDuringExecution",
    "requiredDuringSchedulingIgnoredDuringExecution",
)


def nodes(**expression: Any) -> dict[str, Any]:
    return {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}}


def pods(**term: Any) -> dict[str, Any]:
    return {"podAntiAffinity": {REQUIRED: [term]}}


@pytest.mark.parametrize(
    ("affinity", "said"),
    [
        ({"node_affinity": {}}, "no affinity node_affinity"),
        ({"nodeAffinity": []}, "nodeAffinity []"),
        ({"nodeAffinity": {"required": {}}}, "nodeAffinity: no required"),
        ({"nodeAffinity": {REQUIRED: {}}}, f"nodeAffinity: {REQUIRED} without nodeSelectorTerms"),
        (nodes(key="a", operator="Is"), "nodeAffinity: operator 'Is'"),
        (nodes(key="a", operator="In"), "nodeAffinity: operator In without values"),
        (nodes(key="a", operator="Exists", values=["b"]), "nodeAffinity: operator Exists with values"),
        (nodes(key="a", operator="Gt", values=["b"]), "nodeAffinity: operator Gt with ['b']"),
        (nodes(operator="Exists"), "nodeAffinity: an expression without key"),
        ({"nodeAffinity": {PREFERRED: [{"weight": 200, "preference": {}}]}}, "nodeAffinity: weight 200"),
        (pods(labelSelector={}), "podAntiAffinity: a term without topologyKey"),
        (
            pods(
                topologyKey="z", labelSelector={"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}
            ),
            "podAntiAffinity: operator 'Gt'",
        ),
    ],
)
def test_what_the_api_refuses_is_named(affinity: dict[str, Any], said: str) -> None:
    assert [what for what, _ in affinity_refusals(affinity)] == [said]


@pytest.mark.parametrize(
    "affinity",
    [
        {},
        nodes(key="a", operator="Gt", values=["-1"]),
        nodes(key="a", operator="NotIn", values=["b", "c"]),
        pods(topologyKey="kubernetes.io/hostname", labelSelector={"matchLabels": {"a": "b"}}),
        {"podAffinity": {PREFERRED: [{"weight": 1, "podAffinityTerm": {"topologyKey": "z"}}]}},
    ],
)
def test_the_rest_is_taken(affinity: dict[str, Any]) -> None:
    assert list(affinity_refusals(affinity)) == []
