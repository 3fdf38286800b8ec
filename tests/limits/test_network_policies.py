"""What the API refuses of a NetworkPolicy is named, whatever form it has."""

from typing import Any

import pytest

from quantacirc_cdk.limits.network_policies import policy_refusals


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"from": {"podSelector": {}}}, "spec.ingress[0].from {'podSelector': {}}"),
        ({"from": 5}, "spec.ingress[0].from 5"),
        ({"from": [None]}, "spec.ingress[0].from[0] None"),
        ({"from": ["10.0.0.0/8"]}, "spec.ingress[0].from[0] '10.0.0.0/8'"),
        ({"from": [{"ipBlock": "10.0.0.0/8"}]}, "spec.ingress[0].from[0] ipBlock '10.0.0.0/8'"),
        ({"from": [{"ipBlock": {"cidr": "10.0.0.1"}}]}, "spec.ingress[0].from[0] cidr '10.0.0.1'"),
        ({"from": [{"ipBlock": {"cidr": "10.0.0.0/255.0.0.0"}}]}, "spec.ingress[0].from[0] cidr '10.0.0.0/255.0.0.0'"),
        ({"from": [{"ipBlock": {"cidr": 5}}]}, "spec.ingress[0].from[0] cidr 5"),
        ({"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": 5}}]}, "spec.ingress[0].from[0] except 5"),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": "10.1.0.0/16"}}]},
            "spec.ingress[0].from[0] except '10.1.0.0/16'",
        ),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.5"]}}]},
            "spec.ingress[0].from[0] except '10.1.0.5'",
        ),
        ({"ports": [80]}, "spec.ingress[0].ports[0] 80"),
        ({"ports": [{"port": 80, "endPort": "90"}]}, "spec.ingress[0].ports[0] endPort '90'"),
        ({"ports": [{"port": 80, "endPort": 79}]}, "spec.ingress[0].ports[0] endPort 79 below port 80"),
    ],
)
def test_a_rule_is_refused_by_its_place(rule: Any, said: str) -> None:
    assert [what for what, _ in policy_refusals({"ingress": [rule]})] == [said]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"from": None, "ports": None},
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]},
        {"ports": [{"port": 80, "endPort": 90}, {"port": "http"}]},
    ],
)
def test_the_rest_is_taken(rule: Any) -> None:
    assert list(policy_refusals({"ingress": [rule]})) == []
