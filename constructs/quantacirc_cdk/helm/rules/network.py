"""Chart values for addresses outside the cluster that network policies allow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from quantacirc_cdk.helm import network_schemas, schemas
from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.helm.insertions import Added, Items
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.objects import Key, Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.network_insertions import (
    AllPods,
    ApiServer,
    ApiServices,
    CidrOf,
    DnsServers,
    NamespaceOf,
    cidr_of,
    peers_of,
)
from quantacirc_cdk.helm.rules.store_access import StoreAccess
from quantacirc_cdk.helm.value_checks import PEERS, RULES
from quantacirc_cdk.limits.clouds import CLOUDS

POLICIES = Match(kinds=("NetworkPolicy",))

NAMESPACES: dict[str, tuple[Literal["ingress", "egress"], str, str]] = {
    "ingress": ("ingress", "the ingress controller", "entrance_namespace"),
    "monitoring": ("ingress", "the Prometheus that scrapes metrics", "monitoring_namespace"),
    "keda": ("ingress", "KEDA, which reads backlogs from the bus", "keda_namespace"),
    "tracing": ("egress", "the trace collector", "tracing_namespace"),
}
"""Peers in other namespaces: the direction of the connection, the peer, and the cluster attribute with its
namespace.
"""


@dataclass(frozen=True, kw_only=True)
class NetworkRules:
    """Chart values of the networks that an installation connects to."""

    keys: frozenset[Key]
    private: Mapping[str, str]
    """Range of the managed services' network, by environment."""
    reaches_api: bool
    """Whether a policy allows connections to the Kubernetes API."""
    api_services: Mapping[str, str | None] = field(default_factory=dict)
    """Address of the API's Service, by environment, where policies allow it."""

    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Namespace of each peer, by peer and environment."""
    environments: Sequence[str] = ()
    everywhere: frozenset[Key] = frozenset()
    """Policies for all pods of the namespace."""
    stores: Sequence[StoreAccess] = ()
    """Policies that lead to stores."""
    ipv6: Mapping[str, bool] = field(default_factory=dict)
    """Whether the pods have IPv6 addresses, too, by environment."""
    externals: frozenset[tuple[str, int]] = frozenset()
    """Ranges and ports of externals, which Cilium admits by their host names instead."""

    def conditions(self) -> Iterator[Condition]:
        """Yield the condition for what a policy of Cilium replaces."""
        yield Condition(
            when=value("addons.cilium"),
            on=POLICIES,
            within=("spec", "egress"),
            explains=lambda _, node: self._is_external(node),
            reason="Cilium admits externals by their host names",
        )
        for direction in ("egress", "ingress"):
            yield Condition(
                when=value("networkPolicy.ipv6"),
                on=POLICIES,
                within=("spec", direction),
                explains=lambda _, node: _is_ipv6(node),
                reason="not every cluster has IPv6",
            )

    def _is_external(self, node: Any) -> bool:
        """Return whether a rule, a peer or a list of these leads to externals and nowhere else."""
        found = node if isinstance(node, list) else [node]
        return bool(found) and all(self._leads_out(one) for one in found)

    def _leads_out(self, node: Any) -> bool:
        """Return whether a rule leads to ranges and ports of externals only; or a peer, whose rule has the ports."""
        if not isinstance(node, dict):
            return False
        ranges = {cidr_of(peer) for peer in node.get("to", [node])}
        ports = {port.get("port") for port in node.get("ports") or []}
        if not ports:
            return bool(ranges) and ranges <= {cidr for cidr, _ in self.externals}
        return bool(ranges) and self.externals >= {(cidr, port) for cidr in ranges for port in ports}

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters."""
        if not any(map(POLICIES, self.keys)):
            return
        yield Parameter(
            path="networkPolicy.dns",
            description="DNS servers of the pods: peers of a NetworkPolicy.",
            schema=network_schemas.PEERS,
            insertions=[DnsServers(on=POLICIES)],
            checks=[PEERS],
            reason="clusters have different DNS servers",
        )
        if self.everywhere:
            yield Parameter(
                path="networkPolicy.wholeNamespace",
                description=(
                    "Apply the default denial to all pods of the namespace, and not only to those of this release."
                ),
                schema=schemas.BOOLEAN,
                default=False,
                known=dict.fromkeys(self.environments, True),
                insertions=[AllPods(on=Match(keys=self.everywhere))],
                reason="the environments do not share their namespaces",
            )
            yield from extra_rules("networkPolicy", "all pods", Match(keys=self.everywhere))
        for what, known in self.namespaces.items():
            direction, said, _ = NAMESPACES[what]
            yield Parameter(
                path=f"networkPolicy.namespaces.{what}",
                description=f"Namespace of {said}.",
                schema=schemas.NAMESPACE,
                known=known,
                insertions=[NamespaceOf(on=POLICIES, direction=direction)],
                reason="clusters use different namespaces",
                if_used=True,
            )
        if any(self.ipv6.values()):
            yield Parameter(
                path="networkPolicy.ipv6",
                description="Admit the IPv6 addresses of the internet where those of IPv4 are, in a cluster with both.",
                schema=schemas.BOOLEAN,
                default=False,
                known=self.ipv6,
                reason="not every cluster has IPv6",
                if_used=True,
            )
        if self.reaches_api:
            yield Parameter(
                path="networkPolicy.apiService",
                description="Address of the Service `kubernetes`, where the network plugin filters packets to Services "
                "(EKS): peers of a NetworkPolicy.",
                schema=network_schemas.PEERS,
                default=[],
                insertions=[ApiServices(on=POLICIES, addresses=self.api_services)],
                reason="clusters have different ranges for Services",
                example=[{"ipBlock": {"cidr": "172.20.0.1/32"}}],
                checks=[PEERS],
            )
            yield Parameter(
                path="networkPolicy.apiServerCidr",
                description="Addresses of the Kubernetes API, for pods that use it.",
                schema=network_schemas.CIDR,
                insertions=[ApiServer(on=POLICIES)],
                reason="each cluster has a different one",
            )
        if self.private or self.stores:
            yield Parameter(
                path="networkPolicy.privateCidr",
                description="Addresses of the network of databases and object stores outside the cluster.",
                schema=network_schemas.CIDR,
                default="10.0.0.0/8",
                known=self.private,
                insertions=[
                    *self.stores,
                    CidrOf(on=POLICIES, which=lambda _, cidr, name: cidr == self.private.get(name)),
                ],
                reason="each environment has a separate network",
            )
        if self.private:
            yield Parameter(
                path="networkPolicy.cloudIdentity",
                description="Endpoints for the credentials of cloud identities: egress rules of a NetworkPolicy.",
                schema=network_schemas.EGRESS_RULES,
                default=[],
                insertions=[Items(on=POLICIES, path=("spec", "egress"), which=_hands_out_credentials)],
                checks=[RULES],
                reason="clouds have different endpoints",
            )


def extra_rules(section: str, whose: str, on: Match) -> Iterator[Parameter]:
    """Yield the parameters for additional connections."""
    for name, schema, what in (
        ("ingress", network_schemas.INGRESS_RULES, "accept"),
        ("egress", network_schemas.EGRESS_RULES, "open"),
    ):
        yield Parameter(
            path=f"{section}.extra{name.capitalize()}",
            description=f"Additional connections that {whose} may {what}: rules of a NetworkPolicy.",
            schema=schema,
            default=[],
            insertions=[Added(on=on, path=("spec", name), is_list=True)],
            checks=[RULES],
        )


def about_all_pods(manifests: Manifests) -> frozenset[Key]:
    """Return the policies that select all pods of the namespace."""
    return frozenset(
        key
        for objects in manifests.values()
        for key, item in objects.items()
        if POLICIES(key) and item["spec"].get("podSelector") == {}
    )


def _is_ipv6(node: Any) -> bool:
    """Return whether a peer, or a list of peers, is all addresses of IPv6."""
    found = node if isinstance(node, list) else [node]
    return bool(found) and all(isinstance(one, dict) and cidr_of(one) == "::/0" for one in found)


def _hands_out_credentials(rule: Any) -> bool:
    """Return whether a rule leads to the endpoints for the credentials of cloud identities, and nowhere else."""
    ports = {port.get("port") for port in rule.get("ports") or []} if isinstance(rule, dict) else set()
    reached = {(cidr_of(peer), port) for peer in peers_of(rule, "to") for port in ports}
    return bool(reached) and reached <= _CREDENTIALS


_CREDENTIALS = {endpoint for cloud in CLOUDS.values() for endpoint in cloud.credentials}
