"""What patches and objects of a project make is held to the types and rules of the API."""

from typing import Any

import pytest

from quantacirc_cdk.limits.finished import finished_refusals

DEPLOYMENT = ("apps/v1", "Deployment")
SERVICE = ("v1", "Service")
POLICY = ("networking.k8s.io/v1", "NetworkPolicy")
SCALER = ("autoscaling/v2", "HorizontalPodAutoscaler")
BUDGET = ("policy/v1", "PodDisruptionBudget")
QUOTA = ("v1", "ResourceQuota")


def said(of: tuple[str, str], spec: Any) -> list[str]:
    version, kind = of
    item = {"apiVersion": version, "kind": kind, "metadata": {"name": "web"}, "spec": spec}
    return [f"{what}, expected {expected}" for what, expected in finished_refusals(item)]


@pytest.mark.parametrize(
    ("of", "spec", "expected"),
    [
        (DEPLOYMENT, {"replicas": "3"}, "spec.replicas '3', expected a whole number"),
        (DEPLOYMENT, {"minReadySeconds": "x"}, "spec.minReadySeconds 'x', expected a whole number"),
        (DEPLOYMENT, {"minReadySeconds": True}, "spec.minReadySeconds True, expected a whole number"),
        (
            DEPLOYMENT,
            {"template": {"spec": {"terminationGracePeriodSeconds": "60"}}},
            "spec.template.spec.terminationGracePeriodSeconds '60', expected a whole number",
        ),
        (
            DEPLOYMENT,
            {"template": {"spec": {"containers": [{"name": "web", "env": {"A": "1"}}]}}},
            "spec.template.spec.containers[0].env {'A': '1'}, expected a list",
        ),
        (DEPLOYMENT, {"paused": "yes"}, "spec.paused 'yes', expected true or false"),
        (
            DEPLOYMENT,
            {"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 2}}},
            "rollingUpdate beside Recreate, expected type RollingUpdate, or no rollingUpdate",
        ),
        (SERVICE, "x", "spec 'x', expected a mapping"),
        (SERVICE, {"ports": [{"port": "http"}]}, "spec.ports[0].port 'http', expected a whole number"),
        (POLICY, ["a"], "spec ['a'], expected a mapping"),
        (POLICY, {"ingress": "all"}, "spec.ingress 'all', expected a list"),
        (SCALER, {"minReplicas": 2}, "no maxReplicas, expected a whole number"),
        (
            SCALER,
            {"minReplicas": 9, "maxReplicas": 3},
            "minReplicas 9 above maxReplicas 3, expected at most maxReplicas",
        ),
        (
            SCALER,
            {"minReplicas": None, "maxReplicas": 0},
            "minReplicas 1 above maxReplicas 0, expected at most maxReplicas",
        ),
        (
            POLICY,
            {"egress": [{"to": [{}]}]},
            "spec.egress[0].to[0] without a peer, expected an ipBlock, a namespaceSelector or a podSelector",
        ),
        (
            POLICY,
            {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}]}]},
            "spec.ingress[0].from[0] with ipBlock and podSelector, expected one of them",
        ),
        (
            POLICY,
            {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0/8"}}]}]},
            "spec.egress[0].to[0] cidr '10.0.0/8', expected a CIDR such as 10.0.0.0/8",
        ),
        (
            POLICY,
            {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}]},
            "spec.egress[0].to[0] except '11.0.0.0/16', expected a CIDR within 10.0.0.0/8, and smaller",
        ),
        (
            POLICY,
            {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}}]}]},
            "spec.egress[0].to[0] except '10.0.0.0/8', expected a CIDR within 10.0.0.0/8, and smaller",
        ),
        (
            POLICY,
            {"egress": [{"ports": [{"port": 9, "endPort": 8}]}]},
            "spec.egress[0].ports[0] endPort 8 below port 9, expected at least the port",
        ),
        (
            POLICY,
            {"egress": [{"ports": [{"port": "http", "endPort": 8}]}]},
            "spec.egress[0].ports[0] endPort 8 with port 'http', expected a number as port",
        ),
        (BUDGET, {"minAvailable": 1, "maxUnavailable": 1}, "minAvailable and maxUnavailable, expected one of them; a"),
        (QUOTA, {"hard": {"pods": "x"}}, "spec.hard {'pods': 'x'}, expected quantities"),
    ],
)
def test_what_the_api_refuses_is_named_with_its_place(of: tuple[str, str], spec: Any, expected: str) -> None:
    (found,) = said(of, spec)
    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("of", "spec"),
    [
        (DEPLOYMENT, {"strategy": {"rollingUpdate": {"maxSurge": "25%"}}, "replicas": 0}),
        (SERVICE, {"ports": [{"port": 80, "targetPort": "http"}], "selector": {"replicas": "a"}}),
        (BUDGET, {"minAvailable": "50%", "maxUnavailable": None}),
        (QUOTA, {"hard": {"pods": 3, "requests.cpu": "1.5"}}),
        (("machines.example/v1", "Machine"), {"replicas": "many"}),
    ],
)
def test_the_rest_is_taken(of: tuple[str, str], spec: Any) -> None:
    assert said(of, spec) == []
