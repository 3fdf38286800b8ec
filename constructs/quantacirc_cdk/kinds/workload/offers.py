"""Endpoints of a workload: its ports, as URL variables."""

from collections.abc import Collection, Iterator, Sequence

from quantacirc_cdk.kubernetes.network_policy import Addresses, Edge, Nodes, Pods
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.needs import port
from quantacirc_cdk.kubernetes.system.offers import ANYWHERE, Endpoint, Told, anywhere, monitoring, nodes, pods
from quantacirc_cdk.model.component import Serving
from quantacirc_cdk.model.facts import HTTP, client_ports, keeps_clients, main_port, metrics, ports


def endpoints(context: Context, name: str) -> list[Endpoint]:
    """Return the ports for clients."""
    found = client_ports(context.system, context.component(name, Serving))
    return [Endpoint(peer=pods(context, name), ports=tuple(port(one) for one in found))]


def told(context: Context, name: str, client: str) -> Told:  # noqa: ARG001
    """Return its address; nothing for a component without ports."""
    found = main_port(context.system, context.component(name, Serving))
    if found is None:
        return Told()
    scheme = "http" if found.name == HTTP or (found.app_protocol or "").startswith("http") else found.protocol.lower()
    return Told(variables={"URL": f"{scheme}://{name}:{found.offered}"})


def incoming(context: Context, name: str, hidden: Collection[str] = ()) -> Iterator[Edge]:
    """Yield other connections to it: from its public routes, to its ports of the node, and from Prometheus.

    ``hidden`` are the names of ports that its Service does not have.
    """
    yield from _from_outside(context, name, hidden)
    yield from _on_nodes(context, name)
    component = context.component(name, Serving)
    scraped = metrics(context.system, component)
    if scraped:
        yield monitoring(
            context, name, *(port(one) for one in ports(context.system, component) if one.name == scraped.port)
        )


def _from_outside(context: Context, name: str, hidden: Collection[str]) -> Iterator[Edge]:
    """Yield the connections of its public routes: from the ingress, or through a load balancer from its source
    ranges.
    """
    cluster, target, component = context.environment.cluster, pods(context, name), context.component(name, Serving)
    for way in context.ways_in.get(name, ()):
        if way.route.protocol in ("tcp", "udp"):
            for cidr in way.route.source_ranges or anywhere(context):
                seen = Addresses if keeps_clients(context.environment, way.route) else Nodes
                yield Edge(source=seen(cidr=cidr), target=target, ports=(port(way.port),))
        else:
            yield Edge(source=Pods(namespace=cluster.entrance_namespace), target=target, ports=(port(way.port),))
    if component.service.type != "ClusterIP":
        offered = tuple(port(one) for one in ports(context.system, component) if one.name not in hidden)
        # Ranges of clients are those of IPv4, and keep the load balancer to it.
        everybody = [ANYWHERE] if component.service.source_ranges else anywhere(context)
        for cidr in _seen_ranges(component) or everybody:
            seen = Addresses if component.service.external_traffic == "Local" else Nodes
            yield Edge(source=seen(cidr=cidr), target=target, ports=offered)


def _on_nodes(context: Context, name: str) -> Iterator[Edge]:
    """Yield the connections to its ports of the node, for which pods see the address of the node or of the client."""
    for one in ports(context.system, context.component(name, Serving)):
        if one.host_port:
            ranges = [Addresses(cidr=cidr) for cidr in one.host_port.source_ranges]
            sources: Sequence[Addresses] = ranges or [nodes(context)]
            yield from (Edge(source=source, target=pods(context, name), ports=(port(one),)) for source in sources)


def _seen_ranges(component: Serving) -> list[str]:
    """Return the client ranges that a policy can match: without `Local` traffic, pods see the addresses of nodes."""
    return component.service.source_ranges if component.service.external_traffic == "Local" else []
