"""A web service from a short specification."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.kubernetes.autoscaler import Scaling
from quantacirc_cdk.kubernetes.config_map import data_refusals
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.http_route import GatewayRoute, GatewayRouteProps
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.ingress import Ingress, IngressProps, Limits, RouteProps
from quantacirc_cdk.kubernetes.monitoring.service_monitor import ServiceMonitor, ServiceMonitorProps
from quantacirc_cdk.kubernetes.network_policy import (
    DNS,
    Edge,
    NetworkPolicy,
    NetworkPolicyProps,
    Peer,
    Pods,
    dns_peers,
)
from quantacirc_cdk.kubernetes.probes import Probes
from quantacirc_cdk.kubernetes.resources import LARGE, MEDIUM, SMALL
from quantacirc_cdk.kubernetes.web_service import WebService
from quantacirc_cdk.kubernetes.workload import WorkloadProps
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.limits.formats import PortNumber
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import (
    Count,
    DnsLabel,
    Host,
    ObjectName,
    Positive,
    RoutePath,
    Seconds,
    ServiceName,
    VariableName,
)

SIZES = {"small": SMALL, "medium": MEDIUM, "large": LARGE}
_ROUTE_FIELDS = {"identity.name": "name", "shared_certificate": "entrance.shared_certificate"}
"""Fields of the specification by those of the route that follow from them."""


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """Ingress of a cluster: how requests from outside reach its services. The same for all services."""

    namespace: DnsLabel = "envoy-gateway-system"
    """Namespace of the pods that let requests in, and of the Gateway; by default that of Envoy Gateway."""
    gateway: ObjectName = "public"
    """Name of the Gateway that the HTTPRoute attaches to."""
    ingress_class: ObjectName | None = None
    """IngressClass. When set, an Ingress replaces the HTTPRoute; set ``namespace``, too."""
    issuer: ObjectName | None = "letsencrypt"
    """cert-manager ClusterIssuer of the certificate; None without cert-manager."""
    wildcard_issuer: ObjectName | None = None
    """cert-manager ClusterIssuer for wildcard hosts, with a DNS-01 solver, because HTTP-01 cannot issue their
    certificates. The name of ``issuer`` if that one has such a solver.
    """
    shared_certificate: bool = False
    """Whether the Gateway's listener ``https``, or the Ingress controller, has a certificate for all hosts. Without it
    and without ``issuer``, requests use plain HTTP.
    """


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A target that a service connects to."""

    peer: Peer
    """Target pods or addresses."""
    ports: tuple[Port, ...]

    def refusals(self) -> Iterator[Refusal]:
        """Yield a target without ports."""
        if not self.ports:
            yield Refusal("ports", "none", "at least one")


@dataclass(frozen=True, kw_only=True)
class GeneratedServiceProps:
    """Short specification of a service."""

    name: ServiceName
    image: Image
    """Full reference: ``registry/repository:tag@sha256:digest``."""
    port: PortNumber = 8080
    """HTTP port."""
    size: Literal["small", "medium", "large"] = "small"
    host: Host | None = None
    """Public host name. Without it, only ``callers`` in the cluster can reach the service."""
    entrance: Entrance = Entrance()
    limits: Limits = field(default_factory=Limits)
    """Limits for clients from outside."""
    callers: Sequence[Pods] = ()
    """Pods that may call it, besides those of the ingress."""
    reaches: Sequence[Reach] = ()
    """Targets that it may connect to, besides DNS."""
    metrics_port: PortNumber | None = None
    """Port that serves Prometheus metrics at ``/metrics``, for a cluster with the Prometheus Operator."""
    monitoring_namespace: DnsLabel = "monitoring"
    """Namespace of the pods that scrape the metrics."""
    min_replicas: Count = 2
    max_replicas: Positive = 4
    health_path: RoutePath = "/"
    """Path that answers 200 while the service is healthy; not public, unless it is ``/``."""
    environment: Mapping[VariableName, str] = field(default_factory=dict)
    """Environment variables; a change rolls the pods."""
    drain_seconds: Seconds = 5
    """Seconds that a pod keeps serving before SIGTERM, until load balancers have stopped sending requests; 0 for none.
    In an image without ``sleep``, SIGTERM follows immediately, and Kubernetes records an event.
    """

    def refusals(self) -> Iterator[Refusal]:
        """Yield a minimum out of range, a metrics port equal to the HTTP port, and what its route cannot have."""
        if not 1 <= self.min_replicas <= self.max_replicas:
            expected = f"1 to max_replicas, {self.max_replicas}"
            yield Refusal("min_replicas", f"{self.min_replicas}", expected)
        if self.metrics_port == self.port:
            yield Refusal("metrics_port", f"{self.metrics_port}", "another port than `port`")
        yield from data_refusals(self.environment, "environment")
        if self.host and self.host.startswith("*.") and self.entrance.issuer and not self.entrance.wildcard_issuer:
            what = f"none for a certificate of {self.host}, which HTTP-01 cannot issue"
            yield Refusal("entrance.wildcard_issuer", what, "the name of a ClusterIssuer with a DNS-01 solver")
        if self.host:
            for refusal in generated_route(self, self.host).refusals():
                yield refusal._replace(place=_ROUTE_FIELDS.get(refusal.place, refusal.place))

    @property
    def identity(self) -> Identity:
        """Labels of its objects."""
        return Identity(name=self.name, component="web")


def generated_workload(props: GeneratedServiceProps) -> WorkloadProps:
    """Return the complete workload of a short specification."""
    path = props.health_path
    return WorkloadProps(
        identity=props.identity,
        image=props.image,
        ports=[_http(props), *_metrics(props)],
        resources=SIZES[props.size],
        scaling=Scaling(min_replicas=props.min_replicas, max_replicas=props.max_replicas),
        probes=Probes(startup_path=path, liveness_path=path, readiness_path=path),
        environment=props.environment,
        drain_seconds=props.drain_seconds,
    )


def generated_policy(props: GeneratedServiceProps) -> NetworkPolicyProps:
    """Return its network policy: the declared connections. Everything else is denied, regardless of other policies."""
    own = Pods(labels=props.identity.selector)
    callers = [*props.callers, *([Pods(namespace=props.entrance.namespace)] if props.host else [])]
    incoming = [Edge(source=caller, target=own, ports=(_http(props),)) for caller in callers]
    scrapers = Pods(namespace=props.monitoring_namespace)
    incoming += [Edge(source=scrapers, target=own, ports=(port,)) for port in _metrics(props)]
    outgoing = [Edge(source=own, target=peer, ports=DNS) for peer in dns_peers()]
    outgoing += [Edge(source=own, target=reach.peer, ports=reach.ports) for reach in props.reaches]
    return NetworkPolicyProps(
        name=props.name,
        pods=props.identity.selector,
        labels=props.identity.labels,
        incoming=incoming,
        outgoing=outgoing,
    )


def generated_route(props: GeneratedServiceProps, host: str) -> RouteProps:
    """Return the public route of a service with a host."""
    return RouteProps(
        identity=props.identity,
        port=props.port,
        host=host,
        closed_paths=[] if props.health_path == "/" else [props.health_path],
        limits=props.limits,
        issuer=props.entrance.wildcard_issuer if host.startswith("*.") else props.entrance.issuer,
        shared_certificate=props.entrance.shared_certificate,
    )


class GeneratedService(WebService):
    """A hardened, autoscaled web service, spread over zones, from its image, port, size and host.

    Creates its Deployment, Service, ServiceAccount, ConfigMap, autoscaler, disruption budget and a NetworkPolicy that
    allows only the declared connections. With ``host``, also an HTTPRoute or, if ``entrance`` names an IngressClass, an
    Ingress, with a certificate from cert-manager. With ``metrics_port``, also a ServiceMonitor.
    """

    def __init__(self, scope: Construct, id: str, props: GeneratedServiceProps) -> None:
        super().__init__(scope, id, generated_workload(props))
        NetworkPolicy(self, "network-policy", generated_policy(props))
        if props.host:
            self._lead_in(generated_route(props, props.host), props.entrance)
        if props.metrics_port:
            ServiceMonitor(self, "service-monitor", ServiceMonitorProps(identity=props.identity))

    def _lead_in(self, route: RouteProps, entrance: Entrance) -> None:
        if entrance.ingress_class:
            Ingress(self, "ingress", IngressProps(route=route, ingress_class=entrance.ingress_class))
        else:
            gateway = GatewayRouteProps(route=route, gateway=entrance.gateway, gateway_namespace=entrance.namespace)
            GatewayRoute(self, "route", gateway)


def _http(props: GeneratedServiceProps) -> Port:
    return Port(name="http", port=props.port)


def _metrics(props: GeneratedServiceProps) -> Iterator[Port]:
    if props.metrics_port:
        yield Port(name="metrics", port=props.metrics_port)
