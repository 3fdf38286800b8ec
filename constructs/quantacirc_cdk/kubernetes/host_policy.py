"""CiliumNetworkPolicy for what NetworkPolicy cannot say on Cilium: host names, nodes, and an API on a node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.formats import PortNumber
from quantacirc_cdk.limits.kubernetes import Host, Labels, ObjectName


@dataclass(frozen=True, kw_only=True)
class HostPolicyProps:
    """Hosts outside the cluster that pods may connect to, and other connections that Cilium matches by entities."""

    name: ObjectName
    pods: Labels
    """Labels of the pods."""
    labels: Labels
    """Labels of the policy."""
    hosts: Mapping[Host, PortNumber] = field(default_factory=dict)
    """TCP port for each host name."""
    from_nodes: Sequence[Port] = ()
    """Ports that nodes may connect to."""
    to_nodes: Sequence[Port] = ()
    """Ports of nodes that the pods may connect to."""
    api: Sequence[Port] = ()
    """Ports of the Kubernetes API that the pods may connect to."""


def host_policy_spec(props: HostPolicyProps) -> Data:
    """Return the ``spec``. It adds to the NetworkPolicies of the same pods.

    Cilium learns the addresses of a host from the DNS responses to the pods, so the policy routes their DNS queries
    through Cilium (https://docs.cilium.io/en/stable/security/policy/language/#dns-based). Nodes, and an API that runs
    on a node, are entities, which no range of addresses matches
    (https://docs.cilium.io/en/stable/security/policy/language/#entities-based).
    """
    egress = [*_by_port(props.hosts), _names()] if props.hosts else []
    if props.to_nodes:
        egress.append({"toEntities": _NODES, "toPorts": _ports(props.to_nodes)})
    if props.api:
        egress.append({"toEntities": ["kube-apiserver"], "toPorts": _ports(props.api)})
    ingress = [{"fromEntities": _NODES, "toPorts": _ports(props.from_nodes)}]
    return {
        **({"egress": egress} if egress else {}),
        **({"ingress": ingress} if props.from_nodes else {}),
        "endpointSelector": {"matchLabels": dict(props.pods)},
    }


_NODES = ["host", "remote-node"]
"""Entities: the node of the pod, and the others."""


def _ports(ports: Sequence[Port]) -> list[Data]:
    found = sorted({(one.port, one.protocol) for one in ports})
    return [{"ports": [{"port": str(port), "protocol": protocol} for port, protocol in found]}]


def _by_port(hosts: Mapping[str, int]) -> Sequence[Data]:
    return [
        {
            "toFQDNs": [{"matchName": host} for host in sorted(hosts) if hosts[host] == port],
            "toPorts": [{"ports": [{"port": str(port), "protocol": "TCP"}]}],
        }
        for port in sorted(set(hosts.values()))
    ]


def _names() -> Data:
    servers = [
        {"matchLabels": {"k8s-app": name, "k8s:io.kubernetes.pod.namespace": "kube-system"}}
        # With GKE's Dataplane V2 or a local redirect policy, DNS is the node-local cache.
        for name in ("kube-dns", "node-local-dns")
    ]
    return {
        "toEndpoints": servers,
        "toPorts": [{"ports": [{"port": "53", "protocol": "ANY"}], "rules": {"dns": [{"matchPattern": "*"}]}}],
    }


class HostPolicy(Manifest):
    """A CiliumNetworkPolicy for host names, nodes and the Kubernetes API."""

    def __init__(self, scope: Construct, id: str, props: HostPolicyProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="cilium.io/v2",
            kind="CiliumNetworkPolicy",
            name=props.name,
            labels=props.labels,
            spec=host_policy_spec(props),
        )
