"""The connections of the model: source, target and ports."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.network_policy import Addresses, ControlPlane, Edge, Pods
from quantacirc_cdk.kubernetes.system.cloud import cloud_identity
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import (
    ANYWHERE,
    HTTPS,
    Endpoint,
    Helper,
    anywhere,
    cloud_api,
    nodes,
    own_endpoints,
    pods,
)
from quantacirc_cdk.kubernetes.system.tracing import tracing_edges
from quantacirc_cdk.kubernetes.system.triggers import trigger_edges
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.facts import api_service


def edges(context: Context) -> list[Edge]:
    """Return every connection that the model declares or implies."""
    found: list[Edge] = []
    for name in context.present:
        found += _outgoing(context, name)
        found += called(context.system.components[name], "offers.incoming", context, name) or ()
        found += _admitted(context, name)
    for helper in helpers(context):
        found += helper.edges
    found += [*tracing_edges(context), *trigger_edges(context)]
    return [*found, *_from_nodes(context, found)]


def _from_nodes(context: Context, found: Sequence[Edge]) -> Iterator[Edge]:
    """Yield the connections of pods in the network of their node again, from the nodes: most network plugins do not
    match these pods by their labels (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
    """
    components = context.system.having(Program)
    on_nodes = [pods(context, name) for name in context.present if is_on_node_network(components.get(name))]
    for edge in found:
        if edge.source in on_nodes and isinstance(edge.target, Pods):
            yield replace(edge, source=nodes(context))


def is_on_node_network(component: Program | None) -> bool:
    """Return whether the pods of a component use the network of their node."""
    return component is not None and bool(component.security.host_network)


def _admitted(context: Context, name: str) -> Iterator[Edge]:
    """Yield the connections from pods of other namespaces that a component admits."""
    for one in context.system.components[name].admits:
        for endpoint in own_endpoints(context, name):
            source = Pods(labels=one.labels, namespace=one.namespace)
            yield Edge(source=source, target=endpoint.peer, ports=endpoint.ports)


def helpers(context: Context) -> list[Helper]:
    """Return the helper pods of components, wherever the components run."""
    found: list[Helper] = []
    for name, component in context.system.components.items():
        found += called(component, "kubernetes.helpers", context, name) or ()
    return found


def api_edges(context: Context, source: Pods) -> Iterator[Edge]:
    """Yield the connections to the Kubernetes API: at the control plane's addresses, which most network plugins match,
    and at that of its Service (see ``api_service``).
    """
    environment = context.environment
    network = environment.network if environment.cloud and environment.cluster.private_endpoint else None
    found: list[Addresses] = [ControlPlane(cidr=network.cidr if network else ANYWHERE, routable_only=True)]
    if network and (service := api_service(environment)):
        found.append(Addresses(cidr=service))
    for target in found:
        yield Edge(source=source, target=target, ports=(HTTPS, Port(name="api", port=6443)))


def _outgoing(context: Context, name: str) -> Iterator[Edge]:
    source, component = pods(context, name), context.system.components[name]
    for target in context.reached(name):
        if target in context.system.externals:
            yield from _external(context, source, target)
            continue
        endpoints: list[Endpoint] = called(context.system.components[target], "offers.endpoints", context, target) or []
        for endpoint in endpoints:
            yield Edge(source=source, target=endpoint.peer, ports=endpoint.ports)
    identity = cloud_identity(context, name)
    if identity and identity.access:
        for endpoint in cloud_api(context):
            yield Edge(source=source, target=endpoint.peer, ports=endpoint.ports)
    if isinstance(component, Program) and component.uses_api:
        yield from api_edges(context, source)


def _external(context: Context, source: Pods, name: str) -> Iterator[Edge]:
    external = context.system.externals[name]
    if context.environment.cluster.addons.cilium:
        return  # A CiliumNetworkPolicy allows these by host name.
    stated = [cidr for one in external.cidrs for cidr in (anywhere(context) if one == ANYWHERE else [one])]
    for cidr in dict.fromkeys(stated):
        port = Port(name="external", port=external.port)
        yield Edge(source=source, target=Addresses(cidr=cidr, public_only=True), ports=(port,))
