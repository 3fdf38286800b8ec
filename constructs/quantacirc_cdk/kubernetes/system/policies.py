"""Network policies from the declared graph."""

from collections.abc import Callable, Mapping, Sequence

from quantacirc_cdk.kubernetes.host_policy import HostPolicyProps
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.network_policy import Edge, NetworkPolicyProps, Peer, Pods
from quantacirc_cdk.kubernetes.system.context import Context


def policies(identities: Sequence[Identity], edges: Sequence[Edge]) -> list[NetworkPolicyProps]:
    """Return a policy for each of these identities, with the connections from and to its pods."""
    incoming, outgoing = _by_pods(edges, lambda edge: edge.target), _by_pods(edges, lambda edge: edge.source)
    found = []
    for identity in identities:
        key = _key(Pods(labels=identity.selector))
        found.append(
            NetworkPolicyProps(
                name=identity.name,
                pods=identity.selector,
                labels=identity.labels,
                incoming=incoming.get(key, []),
                outgoing=outgoing.get(key, []),
            )
        )
    return found


Key = tuple[str | None, frozenset[tuple[str, str]]]


def _by_pods(edges: Sequence[Edge], end: Callable[[Edge], Peer]) -> Mapping[Key, list[Edge]]:
    """Return connections grouped by the pods at one end."""
    found: dict[Key, list[Edge]] = {}
    for edge in edges:
        peer = end(edge)
        if isinstance(peer, Pods):
            found.setdefault(_key(peer), []).append(edge)
    return found


def _key(pods: Pods) -> Key:
    return pods.namespace, frozenset(pods.labels.items())


def host_policies(context: Context) -> list[HostPolicyProps]:
    """Return a policy for each component that reaches externals, if the cluster supports host names."""
    if not context.environment.cluster.addons.cilium:
        return []
    externals, found = context.system.externals, []
    for name, component in context.present.items():
        hosts = {host: externals[t].port for t in component.reaches if t in externals for host in externals[t].hosts}
        if hosts:
            identity = context.component_identity(name)
            found.append(HostPolicyProps(name=name, pods=identity.selector, hosts=hosts, labels=identity.labels))
    return found
