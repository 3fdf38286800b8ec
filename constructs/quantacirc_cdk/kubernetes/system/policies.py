"""Network policies from the declared graph."""

from collections.abc import Callable, Mapping, Sequence

from quantacirc_cdk.kubernetes.host_policy import HostPolicyProps
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.network_policy import ControlPlane, Edge, NetworkPolicyProps, Nodes, Peer, Pods
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


def host_policies(context: Context, identities: Sequence[Identity], edges: Sequence[Edge]) -> list[HostPolicyProps]:
    """Return a policy for each of these identities that reaches externals or the Kubernetes API, or that nodes reach,
    if the cluster has Cilium.
    """
    if not context.environment.cluster.addons.cilium:
        return []
    incoming, outgoing = _by_pods(edges, lambda edge: edge.target), _by_pods(edges, lambda edge: edge.source)
    externals, found = context.system.externals, []
    for identity in identities:
        key = _key(Pods(labels=identity.selector))
        component = context.present.get(identity.name)
        reached = [externals[name] for name in (component.reaches if component else ()) if name in externals]
        ins, outs = incoming.get(key, ()), outgoing.get(key, ())
        props = HostPolicyProps(
            name=identity.name,
            pods=identity.selector,
            labels=identity.labels,
            hosts={host: external.port for external in reached for host in external.hosts},
            from_nodes=[port for edge in ins if isinstance(edge.source, Nodes) for port in edge.ports],
            to_nodes=[port for edge in outs if isinstance(edge.target, Nodes) for port in edge.ports],
            api=[port for edge in outs if isinstance(edge.target, ControlPlane) for port in edge.ports],
        )
        if props.hosts or props.from_nodes or props.to_nodes or props.api:
            found.append(props)
    return found
