"""Objects of a bus: its servers, its certificate, and the Job that creates its streams."""

from constructs import Construct

from quantacirc_cdk.kinds.nats import tls
from quantacirc_cdk.kinds.nats.offers import endpoints
from quantacirc_cdk.kinds.nats.spec import Nats
from quantacirc_cdk.kinds.nats.users import clients, users
from quantacirc_cdk.kubernetes.certificate import Authority, Certificate, certificate_spec
from quantacirc_cdk.kubernetes.nats import MessageBus, MessageBusProps
from quantacirc_cdk.kubernetes.nats.bus_streams import BusStreams, BusStreamsProps
from quantacirc_cdk.kubernetes.nats.config import server_hosts
from quantacirc_cdk.kubernetes.network_policy import Edge, Pods
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.offers import Helper
from quantacirc_cdk.kubernetes.system.stores import store_props


def build(scope: Construct, context: Context, name: str) -> None:
    """Create the servers, their certificate, and the Job that creates the streams."""
    MessageBus(scope, name, message_bus_props(context, name))
    certificate = tls.secret(context, name)
    if certificate and tls.maker(context) == "cert-manager":
        labels = context.component_identity(name).labels
        authority = f"{name}-ca"
        Authority(scope, authority, name=authority, labels=labels)
        hosts = server_hosts(name, context.namespace, context.replicas(name).min)
        usages = ("digital signature", "server auth", "client auth")
        spec = certificate_spec(secret=certificate, issuer=authority, hosts=hosts, usages=usages)
        Certificate(scope, certificate, labels=labels, spec=spec)
    streams = bus_streams_props(context, name)
    if streams:
        BusStreams(scope, streams.identity.name, streams)


def helpers(context: Context, name: str) -> list[Helper]:
    """Return the Job that creates its streams."""
    streams = bus_streams_props(context, name)
    if streams is None:
        return []
    source = Pods(labels=streams.identity.selector)
    edges = [Edge(source=source, target=one.peer, ports=one.ports) for one in endpoints(context, name)]
    return [Helper(identity=streams.identity, edges=tuple(edges))]


def message_bus_props(context: Context, name: str) -> MessageBusProps:
    """Return the props of the servers."""
    exporter = context.component(name, Nats).exporter
    return MessageBusProps(
        **store_props(context, name),
        clients=users(context, name),
        replicas=context.replicas(name).min,
        min_zones=context.min_zones(name),
        tls_secret=tls.secret(context, name),
        tls_renewed=tls.maker(context) == "cert-manager",
        exporter_image=context.image(exporter) if exporter else None,
    )


def bus_streams_props(context: Context, name: str) -> BusStreamsProps | None:
    """Return the props of the Job that creates the streams; None without an image for it."""
    toolbox = context.system.toolbox
    if toolbox is None:
        return None
    return BusStreamsProps(
        identity=context.identity(f"{name}-streams", "task"),
        image=context.image(toolbox),
        bus=name,
        clients=clients(context, name),
        replicas=context.replicas(name).min,
        storage=context.storage(name),
        tls_secret=tls.secret(context, name),
        user_id=context.system.container.user_id,
        priority_class=context.priority("tasks"),
    )
