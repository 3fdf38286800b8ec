"""NetworkPolicy: connections that a pod can open and accept."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.limits.formats import AddressRange
from quantacirc_cdk.limits.kubernetes import DnsLabel, Labels, ObjectName

PRIVATE = (
    *("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
    *("fc00::/7", "fe80::/10"),
)
"""Addresses that are never on the internet: RFC 1918, shared (RFC 6598), unique local (RFC 4193), and link-local.
They contain the metadata services of the clouds.
"""

LINK_LOCAL = ("169.254.0.0/16", "fe80::/10")

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
"""Label that the API server sets on every namespace, and that nobody can change."""


@dataclass(frozen=True, kw_only=True)
class Pods:
    """Pods selected by labels, in the policy's namespace or another one."""

    labels: Labels = field(default_factory=dict)
    """Labels of the pods; all pods when empty."""
    namespace: DnsLabel | None = None
    """Name of their namespace; the policy's when absent."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """A range of IPv4 or IPv6 addresses."""

    cidr: AddressRange
    public_only: bool = False
    """Exclude private and link-local addresses, which include the cluster and metadata services."""
    routable_only: bool = False
    """Exclude only link-local addresses, which include metadata services."""


@dataclass(frozen=True, kw_only=True)
class Nodes(Addresses):
    """Nodes, and others whose connections come through a node, with the range of their addresses.

    Cilium matches nodes only as entities, not by their addresses.
    """


@dataclass(frozen=True, kw_only=True)
class ControlPlane(Addresses):
    """The Kubernetes API, with the range of its addresses. On a node, Cilium matches it only as an entity."""


@dataclass(frozen=True, kw_only=True)
class Credentials(Addresses):
    """An address from which pods get the credentials of a cloud identity, on their node.

    Rules for these addresses follow those for all other peers, and are not merged with them.
    """


Peer = Pods | Addresses


@dataclass(frozen=True, kw_only=True)
class Edge:
    """An allowed connection."""

    source: Peer
    target: Peer
    ports: tuple[Port, ...]
    """Ports of the target."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield an edge without ports, which the API would treat as all ports."""
        if not self.ports:
            yield Refusal("ports", "none", "at least one")


@dataclass(frozen=True, kw_only=True)
class NetworkPolicyProps:
    """A NetworkPolicy: the connections that these pods can open and accept. All others are denied."""

    name: ObjectName
    pods: Labels
    """Labels of the pods that it applies to; all pods of the namespace when empty."""
    labels: Labels
    """Labels of the policy."""
    incoming: Sequence[Edge] = ()
    """Connections to these pods."""
    outgoing: Sequence[Edge] = ()
    """Connections from these pods."""


def network_policy_spec(props: NetworkPolicyProps) -> Data:
    """Return the ``spec``; a direction without connections denies everything."""
    ingress = _rules("from", [(edge.source, edge.ports) for edge in props.incoming])
    egress = _rules("to", [(edge.target, edge.ports) for edge in props.outgoing])
    return {
        **compact(ingress=ingress, egress=egress),
        "podSelector": {"matchLabels": dict(props.pods)} if props.pods else {},
        "policyTypes": ["Ingress", "Egress"],
    }


class NetworkPolicy(Manifest):
    """A NetworkPolicy for both directions."""

    def __init__(self, scope: Construct, id: str, props: NetworkPolicyProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="networking.k8s.io/v1",
            kind="NetworkPolicy",
            name=props.name,
            labels=props.labels,
            spec=network_policy_spec(props),
        )


DNS = (Port(name="dns", port=53, protocol="UDP"), Port(name="dns-tcp", port=53))
_ANYWHERE: tuple[Peer, ...] = (
    Pods(labels={"k8s-app": "kube-dns"}, namespace="kube-system"),
    # Address of NodeLocal DNSCache (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/).
    Addresses(cidr="169.254.20.10/32"),
)
_GKE: tuple[Peer, ...] = (
    # With Dataplane V2, NodeLocal DNSCache answers from its pods
    # (https://cloud.google.com/kubernetes-engine/docs/how-to/nodelocal-dns-cache#network_policies).
    Pods(labels={"k8s-app": "node-local-dns"}, namespace="kube-system"),
    # Cloud DNS, which Autopilot uses, answers at the metadata server's address
    # (https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-dns).
    Addresses(cidr="169.254.169.254/32"),
)
_UNLIKE_GKE = frozenset({"aws", "azure"})


def dns_peers(target: str | None = None) -> tuple[Peer, ...]:
    """Return the DNS servers of pods in a cluster of ``target``.

    For ``local`` and for None, returns the DNS servers of all types of clusters.
    """
    return (*_ANYWHERE, *(() if target in _UNLIKE_GKE else _GKE))


def default_deny(labels: Mapping[str, str], target: str | None = None) -> NetworkPolicyProps:
    """Return a policy that denies all pods of a namespace everything except DNS queries (see ``dns_peers``)."""
    everyone = Pods()
    outgoing = [Edge(source=everyone, target=peer, ports=DNS) for peer in dns_peers(target)]
    return NetworkPolicyProps(name="default-deny", pods={}, labels=labels, outgoing=outgoing)


def acme_solvers(labels: Mapping[str, str], entrance: str) -> NetworkPolicyProps:
    """Return a policy that allows requests from the namespace ``entrance`` to cert-manager's HTTP-01 solvers.

    For each certificate, cert-manager runs a solver pod on port 8089 beside the Ingress or route
    (https://cert-manager.io/docs/configuration/acme/http01/). DNS-01 needs no pod in the namespace.
    """
    solvers = Pods(labels={"acme.cert-manager.io/http01-solver": "true"})
    answer = Edge(source=Pods(namespace=entrance), target=solvers, ports=(Port(name="http01", port=8089),))
    return NetworkPolicyProps(name="acme-http01", pods=solvers.labels, labels=labels, incoming=[answer])


def _rules(side: str, connections: Iterable[tuple[Peer, Sequence[Port]]]) -> list[Data]:
    """Return a rule for all peers with the same ports, sorted by ports, so that the order does not depend on the peers.
    Those for credentials follow.
    """
    merged: dict[tuple[bool, str], Data] = {}
    for end, numbers in connections:
        peer, ports = _peer(end), _ports(numbers)
        rule = merged.setdefault((isinstance(end, Credentials), repr(ports)), {side: [], "ports": ports})
        if peer not in rule[side]:
            rule[side].append(peer)
    for rule in merged.values():
        rule[side].sort(key=repr)
    return [compact(**merged[key]) for key in sorted(merged)]


def _peer(peer: Peer) -> Data:
    if isinstance(peer, Addresses):
        left_out = [
            cidr for cidr in excluded(peer.cidr) if peer.public_only or (peer.routable_only and cidr in LINK_LOCAL)
        ]
        return {"ipBlock": {"cidr": peer.cidr, **({"except": left_out} if left_out else {})}}
    selected: Data = {"podSelector": {"matchLabels": dict(sorted(peer.labels.items()))} if peer.labels else {}}
    if peer.namespace:
        selected["namespaceSelector"] = {"matchLabels": {NAMESPACE_LABEL: peer.namespace}}
    return selected


def excluded(cidr: str) -> list[str]:
    """Return the private ranges within ``cidr``, as required for the ``except`` field of the API."""
    return [private for private in PRIVATE if private != cidr and _within(private, cidr)]


def _within(cidr: str, whole: str) -> bool:
    inner, outer = ipaddress.ip_network(cidr), ipaddress.ip_network(whole)
    if isinstance(inner, ipaddress.IPv4Network):
        return isinstance(outer, ipaddress.IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)


def _ports(ports: Sequence[Port]) -> list[Data]:
    return [
        {"port": port.port, "protocol": port.protocol} for port in sorted(ports, key=lambda p: (p.port, p.protocol))
    ]
