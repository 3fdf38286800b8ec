"""The summary names components that nodes cannot reach on Cilium, and registries that nodes cannot pull from."""

from types import SimpleNamespace
from typing import Any

import pytest

from quantacirc_cdk.report.nodes import unmatched_nodes

CIDR = "10.20.0.0/16"
LABELS = {"labels": {"app.kubernetes.io/name": "shop"}}


def site(target: str, *, existing: object = None) -> Any:
    cluster, network = SimpleNamespace(existing=existing), SimpleNamespace(cidr=CIDR)
    return SimpleNamespace(environment=SimpleNamespace(target=target, name="prod", cluster=cluster, network=network))


def policy(cidr: str, kind: str = "NetworkPolicy") -> dict[str, Any]:
    rule = {"from": [{"ipBlock": {"cidr": cidr}}], "ports": [{"port": 80}]}
    return {"kind": kind, "metadata": {"name": "shop", **LABELS}, "spec": {"ingress": [rule]}}


def service(**spec: str) -> dict[str, Any]:
    return {"kind": "Service", "metadata": {"name": "shop", **LABELS}, "spec": spec}


NODES, ANYWHERE = policy(CIDR), policy("0.0.0.0/0")
BALANCER = service(type="LoadBalancer")


@pytest.mark.parametrize(
    ("target", "objects", "said"),
    [
        (
            "gcp",
            [NODES],
            "policies on GKE match no addresses of nodes: allow them with a CiliumClusterwideNetworkPolicy",
        ),
        ("azure", [NODES], "policies on AKS match no addresses of nodes: set `cluster.addons.cilium`"),
        ("azure", [ANYWHERE, BALANCER], "policies on AKS match no addresses"),
        ("gcp", [ANYWHERE, service(type="NodePort", externalTrafficPolicy="Cluster")], "policies on GKE match no"),
        ("aws", [NODES, BALANCER], None),
        ("local", [NODES, BALANCER], None),
        ("gcp", [ANYWHERE], None),
        ("gcp", [ANYWHERE, service(type="LoadBalancer", externalTrafficPolicy="Local")], None),
        ("azure", [NODES, policy(CIDR, "CiliumNetworkPolicy")], None),
    ],
)
def test_policies_for_addresses_of_nodes_are_noted_where_nothing_matches_them(
    target: str, objects: list[dict[str, Any]], said: str | None
) -> None:
    found = [str(one) for one in unmatched_nodes(site(target), objects)]
    assert len(found) == bool(said)
    assert all(f"kubernetes/prod has no connection from other nodes to shop: {said}" in one for one in found)
    assert list(unmatched_nodes(site(target, existing="one"), objects)) == []
