"""Connections from and to nodes, which the network policies of a cloud do not match."""

from collections.abc import Iterator, Sequence
from typing import Any

from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.limits.clouds import matches_nodes
from quantacirc_cdk.model.site import Site

Json = dict[str, Any]

_OUTSIDE = ("LoadBalancer", "NodePort")


def unmatched_nodes(site: Site, objects: Sequence[Json]) -> Iterator[LeftOut]:
    """Yield the components whose policies allow addresses of nodes on GKE and AKS, without a policy of Cilium for them.

    Cilium matches nodes as entities, and not by their addresses
    (https://docs.cilium.io/en/stable/security/policy/language/#entities-based).
    """
    environment = site.environment
    if matches_nodes(environment.target) or environment.cluster.existing is not None or environment.network is None:
        return
    named = {item["metadata"]["name"] for item in objects if item["kind"] == "CiliumNetworkPolicy"}
    balanced = {_component(item) for item in objects if _hides_clients(item)}
    cidr, output = environment.network.cidr, f"kubernetes/{environment.name}"
    policies = [item for item in objects if item["kind"] == "NetworkPolicy" and item["metadata"]["name"] not in named]
    for item in policies:
        name = item["metadata"]["name"]
        if _component(item) in balanced or cidr in _ranges(item, "ingress", "from"):
            yield LeftOut(output=output, subject=f"connection from other nodes to {name}", why=_why(site))


def _why(site: Site) -> str:
    cluster, mend = {
        "azure": ("AKS", "set `cluster.addons.cilium`"),
        "gcp": ("GKE", "allow them with a CiliumClusterwideNetworkPolicy"),
    }[site.environment.target]
    return f"policies on {cluster} match no addresses of nodes: {mend} (docs/components.md#the-network-of-the-node)"


def _hides_clients(item: Json) -> bool:
    """Return whether connections come to a Service from outside through any node, and with its address."""
    spec = item.get("spec") or {}
    outside = item["kind"] == "Service" and spec.get("type") in _OUTSIDE
    return outside and spec.get("externalTrafficPolicy") != "Local"


def _component(item: Json) -> str:
    return str((item["metadata"].get("labels") or {}).get("app.kubernetes.io/name"))


def _ranges(item: Json, direction: str, peers: str) -> set[str]:
    rules = item["spec"].get(direction) or ()
    return {str((peer.get("ipBlock") or {}).get("cidr")) for rule in rules for peer in rule.get(peers) or ()}
