"""The declared graph as connections: who opens which port of whom."""

from collections.abc import Iterator

from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.nats.config import CLIENT_PORT, MONITOR_PORT, ROUTE_PORT
from quantacirc_cdk.kubernetes.nats.message_bus import METRICS
from quantacirc_cdk.kubernetes.network_policy import Addresses, Edge, Pods
from quantacirc_cdk.kubernetes.object_store import PORT as S3_PORT
from quantacirc_cdk.kubernetes.postgresql import PORT as POSTGRESQL_PORT
from quantacirc_cdk.kubernetes.system.connections import clients
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.needs import port
from quantacirc_cdk.kubernetes.system.tracing import tracing_edges
from quantacirc_cdk.kubernetes.system.workloads import backlogs
from quantacirc_cdk.model.facts import client_ports, metrics, ports, ways_in
from quantacirc_cdk.model.system import WORKLOADS

HTTPS = Port(name="https", port=443)
ANYWHERE = "0.0.0.0/0"

_IDENTITY: dict[str, tuple[tuple[str, int], ...]] = {
    # EKS Pod Identity agent: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
    "aws": (("169.254.170.23/32", 80),),
    # GKE metadata server: https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#network-policy
    "gcp": (("169.254.169.252/32", 988), ("169.254.169.254/32", 80)),
    # Microsoft Entra ID is reached over HTTPS, as the store itself.
    "azure": (),
}
"""Where a pod gets the credentials of its cloud identity."""


def edges(context: Context) -> list[Edge]:
    """Return every connection that the model declares or implies, and nothing else."""
    found: list[Edge] = []
    for name in context.system.components:
        if context.embedded(name):
            found += _outgoing(context, name)
            found += _incoming(context, name)
    return [*found, *tracing_edges(context)]


def group(context: Context, name: str) -> Pods:
    """Return the pods of a component."""
    return Pods(labels=context.component_identity(name).selector)


def api_edges(context: Context, source: Pods) -> Iterator[Edge]:
    """Yield the connections to the Kubernetes API, whose address is the control plane's, not that of its Service."""
    environment = context.environment
    within = environment.network.cidr if environment.network and environment.cluster.private_endpoint else ANYWHERE
    yield Edge(
        source=source, target=Addresses(cidr=within, routable_only=True), ports=(HTTPS, Port(name="api", port=6443))
    )


def bus_edges(context: Context, source: Pods) -> Iterator[Edge]:
    """Yield the connections to the bus."""
    for bus in context.present("bus"):
        yield Edge(source=source, target=group(context, bus), ports=_ports(context, bus))


def _outgoing(context: Context, name: str) -> Iterator[Edge]:
    system, source = context.system, group(context, name)
    component = system.components[name]
    for target in component.reaches:
        if target in system.externals:
            yield from _external(context, source, target)
        elif context.embedded(target):
            yield Edge(source=source, target=group(context, target), ports=_ports(context, target))
        else:
            yield from _managed(context, source, target)
    bus = system.only("bus")
    if bus and any(user.name == name for user in clients(context)) and bus not in component.reaches:
        yield from bus_edges(context, source)
    if component.api_access or component.rules:
        yield from api_edges(context, source)


def _incoming(context: Context, name: str) -> Iterator[Edge]:
    system, cluster = context.system, context.environment.cluster
    component, target = system.components[name], group(context, name)
    yield from _from_outside(context, name, target)
    scraped = metrics(system, component) if component.kind in WORKLOADS else None
    if scraped:
        served = tuple(port(one) for one in ports(system, component) if one.name == scraped.port)
        yield Edge(source=Pods(namespace=cluster.monitoring_namespace), target=target, ports=served)
    if component.kind == "bus":
        monitor = Port(name="monitor", port=MONITOR_PORT)
        if component.exporter:
            yield Edge(source=Pods(namespace=cluster.monitoring_namespace), target=target, ports=(METRICS,))
        if any(backlogs(context, worker) for worker in context.workloads):
            yield Edge(source=Pods(namespace=cluster.keda_namespace), target=target, ports=(monitor,))
        if context.replicas(name).min > 1:
            yield Edge(source=target, target=target, ports=(Port(name="route", port=ROUTE_PORT),))


def _from_outside(context: Context, name: str, target: Pods) -> Iterator[Edge]:
    """Yield the connections of the ways in: through the entrance, or by a load balancer, from wherever it lets in."""
    cluster = context.environment.cluster
    for way in ways_in(context.system, context.environment):
        if way.component != name:
            continue
        if way.route.protocol in ("tcp", "udp"):
            for cidr in way.route.source_ranges or [ANYWHERE]:
                yield Edge(source=Addresses(cidr=cidr), target=target, ports=(port(way.port),))
        else:
            yield Edge(source=Pods(namespace=cluster.ingress_namespace), target=target, ports=(port(way.port),))
    service = context.system.components[name].service
    if service.type != "ClusterIP":
        offered = tuple(port(one) for one in ports(context.system, context.system.components[name]))
        for cidr in service.source_ranges or [ANYWHERE]:
            yield Edge(source=Addresses(cidr=cidr), target=target, ports=offered)


def _ports(context: Context, name: str) -> tuple[Port, ...]:
    """Return the ports that clients use."""
    match context.system.components[name].kind:
        case "bus":
            return (Port(name="client", port=CLIENT_PORT),)
        case "database":
            return (Port(name="postgresql", port=POSTGRESQL_PORT),)
        case "object-store":
            return (Port(name="s3", port=S3_PORT),)
        case "job":
            return ()
        case _:
            return tuple(port(one) for one in client_ports(context.system, context.system.components[name]))


def _external(context: Context, source: Pods, name: str) -> Iterator[Edge]:
    external = context.system.externals[name]
    if context.environment.cluster.addons.cilium:
        return  # by host name, with a policy of Cilium's own
    for cidr in external.cidrs:
        port = Port(name="external", port=external.port)
        yield Edge(source=source, target=Addresses(cidr=cidr, public_only=True), ports=(port,))


def _managed(context: Context, source: Pods, name: str) -> Iterator[Edge]:
    """Yield the connections to a store that the cloud manages: in the network, and for objects also outside."""
    environment = context.environment
    inside = environment.network.cidr if environment.network else ANYWHERE
    if context.system.components[name].kind == "database":
        port = Port(name="postgresql", port=POSTGRESQL_PORT)
        yield Edge(source=source, target=Addresses(cidr=inside), ports=(port,))
        return
    yield Edge(source=source, target=Addresses(cidr=inside), ports=(HTTPS,))
    yield Edge(source=source, target=Addresses(cidr=ANYWHERE, public_only=True), ports=(HTTPS,))
    for cidr, number in _IDENTITY.get(environment.target, ()):
        yield Edge(source=source, target=Addresses(cidr=cidr), ports=(Port(name="identity", port=number),))
