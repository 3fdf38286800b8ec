"""Insertions of chart values into the rules of network policies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from quantacirc_cdk.helm.expression import RELEASE, equals
from quantacirc_cdk.helm.insertions import Spot
from quantacirc_cdk.helm.node import Choice, Insert, Spread
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.manifests import Data

DNS_PORT = 53
LINK_LOCAL = ["169.254.0.0/16"]
API_PORT = 6443
"""Port of the Kubernetes API on control planes that do not use 443."""


@dataclass(frozen=True, kw_only=True)
class CidrOf:
    """An address range in the rules of a network policy."""

    on: Match
    which: Callable[[Data, str, str], bool]
    """Selects ranges by rule, range and environment."""

    def insert(self, spot: Spot) -> list[Any]:
        """Return the address ranges found."""
        found: list[Any] = []
        for rules, peers in (("egress", "to"), ("ingress", "from")):
            for rule in spot.tree.get("spec", {}).get(rules) or []:
                for peer in peers_of(rule, peers):
                    block = peer.get("ipBlock", {})
                    cidr = block.get("cidr")
                    if isinstance(cidr, str) and self.which(rule, cidr, spot.environment):
                        found.append(cidr)
                        block["cidr"] = Insert(spot.parameter.expression)
        return found


@dataclass(frozen=True, kw_only=True)
class ApiServices:
    """The address of the API's Service, beside the addresses of the API."""

    on: Match
    addresses: Mapping[str, str | None]
    """Address of the Service by environment."""

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the address, and insert the parameter's peers at the end."""
        found: list[Any] = []
        for rule in spot.tree.get("spec", {}).get("egress") or []:
            if peers_of(rule, "to") and _has_port(rule, API_PORT):
                own = {"ipBlock": {"cidr": self.addresses.get(spot.environment)}}
                found.append([own] if own in rule["to"] else [])
                rule["to"] = [*(peer for peer in rule["to"] if peer != own), Spread(spot.parameter.expression)]
        return found


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """The addresses of the Kubernetes API, without the link-local ones if they are all addresses."""

    on: Match

    def insert(self, spot: Spot) -> list[Any]:
        """Return the address ranges found."""
        found: list[Any] = []
        given = spot.parameter.expression
        for rule in spot.tree.get("spec", {}).get("egress") or []:
            for peer in peers_of(rule, "to"):
                block = peer.get("ipBlock", {})
                if _has_port(rule, API_PORT) and block.get("except", LINK_LOCAL) == LINK_LOCAL:
                    found.append(block["cidr"])
                    block["except"] = Choice(equals(given, "0.0.0.0/0"), LINK_LOCAL)
                    block["cidr"] = Insert(given)
        return found


@dataclass(frozen=True, kw_only=True)
class NamespaceOf:
    """A namespace in the rules of a network policy that equals the environment's."""

    on: Match
    direction: Literal["ingress", "egress"]

    def insert(self, spot: Spot) -> list[Any]:
        """Replace the namespace by the parameter; nothing is removed that the model does not know."""
        peers, label = ("from" if self.direction == "ingress" else "to"), "kubernetes.io/metadata.name"
        for rule in spot.tree.get("spec", {}).get(self.direction) or []:
            for peer in peers_of(rule, peers):
                labels = peer.get("namespaceSelector", {}).get("matchLabels", {})
                if labels.get(label) == spot.parameter.known[spot.environment]:
                    labels[label] = Insert(spot.parameter.expression)
        return []


@dataclass(frozen=True, kw_only=True)
class DnsServers:
    """Peers of the rules for the DNS port."""

    on: Match

    def insert(self, spot: Spot) -> list[Any]:
        """Remove the peers, and insert the parameter."""
        found = []
        for rule in spot.tree.get("spec", {}).get("egress") or []:
            if isinstance(rule, dict) and rule.get("to") and _has_port(rule, DNS_PORT):
                found.append(rule["to"])
                rule["to"] = Insert(spot.parameter.expression, "yaml")
        return found


@dataclass(frozen=True, kw_only=True)
class AllPods:
    """The selector of a policy for all pods of the namespace, or only those of the release."""

    on: Match

    def insert(self, spot: Spot) -> list[Any]:
        """Insert the parameter; the selector is empty in every environment."""
        spec = spot.tree["spec"]
        if spec.get("podSelector") == {}:
            of_release = {"matchLabels": {"app.kubernetes.io/instance": Insert(RELEASE)}}
            spec["podSelector"] = Choice(spot.parameter.expression, {}, of_release)
        return []


def peers_of(rule: Any, side: str) -> list[Data]:
    """Return the peers of a rule that are plain data."""
    found = rule.get(side) if isinstance(rule, dict) else None
    return [peer for peer in found if isinstance(peer, dict)] if isinstance(found, list) else []


def _has_port(rule: Data, number: int) -> bool:
    return any(port.get("port") == number for port in rule.get("ports") or [])


def cidr_of(peer: Any) -> Any:
    """Return the address range of a peer; None if it has none."""
    return peer.get("ipBlock", {}).get("cidr") if isinstance(peer, dict) else None
