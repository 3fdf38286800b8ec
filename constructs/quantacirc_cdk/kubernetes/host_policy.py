"""CiliumNetworkPolicy for egress by host name, which NetworkPolicy does not support."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.formats import PortNumber
from quantacirc_cdk.limits.kubernetes import Host, Labels, ObjectName


@dataclass(frozen=True, kw_only=True)
class HostPolicyProps:
    """Hosts outside the cluster that pods may connect to."""

    name: ObjectName
    pods: Labels
    """Labels of the pods."""
    hosts: Mapping[Host, PortNumber]
    """TCP port for each host name."""
    labels: Labels
    """Labels of the policy."""


def host_policy_spec(props: HostPolicyProps) -> Data:
    """Return the ``spec``. It adds to the NetworkPolicies of the same pods.

    Cilium learns the addresses of a host from the DNS responses to the pods, so the policy routes their DNS queries
    through Cilium (https://docs.cilium.io/en/stable/security/policy/language/#dns-based).
    """
    return {
        "egress": [*_by_port(props.hosts), _names()],
        "endpointSelector": {"matchLabels": dict(props.pods)},
    }


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
    """A CiliumNetworkPolicy for egress by host name."""

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
