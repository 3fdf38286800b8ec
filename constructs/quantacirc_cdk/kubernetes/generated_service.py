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


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """How requests from outside come into a cluster; the same for all its services."""

    namespace: DnsLabel = "ingress-nginx"
    """Namespace of the pods that carry requests in, and of the Gateway."""
    ingress_class: ObjectName = "nginx"
    """Class of the Ingress."""
    gateway: ObjectName | None = None
    """Name of a Gateway: an HTTPRoute of Gateway API then takes the place of the Ingress."""
    issuer: ObjectName | None = "letsencrypt"
    """cert-manager's ClusterIssuer of the certificate; without one there is no TLS."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Something that a service opens connections to."""

    peer: Peer
    """Pods or addresses."""
    ports: tuple[Port, ...]

    def refusals(self) -> Iterator[Refusal]:
        """Yield no ports: a connection needs one."""
        if not self.ports:
            yield Refusal("ports", "none", "at least one")


@dataclass(frozen=True, kw_only=True)
class GeneratedServiceProps:
    """What must be known about a service to deploy it."""

    name: ServiceName
    image: Image
    """Full reference: ``registry/repository:tag@sha256:digest``."""
    port: PortNumber = 8080
    """Port that answers HTTP."""
    size: Literal["small", "medium", "large"] = "small"
    host: Host | None = None
    """Host it answers at from outside; without one nothing outside the namespace's ``callers`` reaches it."""
    entrance: Entrance = Entrance()
    limits: Limits = field(default_factory=Limits)
    """What a client from outside may ask."""
    callers: Sequence[Pods] = ()
    """Pods that may call it, besides those that carry requests in."""
    reaches: Sequence[Reach] = ()
    """What it may open connections to, besides asking for names."""
    metrics_port: PortNumber | None = None
    """Port that serves Prometheus metrics at ``/metrics``, for a cluster with the Prometheus Operator."""
    monitoring_namespace: DnsLabel = "monitoring"
    """Namespace of the pods that scrape it."""
    min_replicas: Count = 2
    max_replicas: Positive = 4
    health_path: RoutePath = "/"
    """Answers 200 while the service is well; closed to the outside unless it is ``/``."""
    environment: Mapping[VariableName, str] = field(default_factory=dict)
    """Configuration; a change rolls the pods."""
    drain_seconds: Seconds = 5
    """Seconds a pod keeps serving before SIGTERM, until no load balancer sends it requests; 0 for none. An image
    without ``sleep`` is sent SIGTERM at once, and an event says so."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a minimum outside its bounds, and one port for two things."""
        if not 1 <= self.min_replicas <= self.max_replicas:
            expected = f"1 to max_replicas, {self.max_replicas}"
            yield Refusal("min_replicas", f"{self.min_replicas}", expected)
        if self.metrics_port == self.port:
            yield Refusal("metrics_port", f"{self.metrics_port}", "another port than `port`")
        yield from data_refusals(self.environment, "environment")

    @property
    def identity(self) -> Identity:
        """Its labels."""
        return Identity(name=self.name, component="web")


def generated_workload(props: GeneratedServiceProps) -> WorkloadProps:
    """Return the whole workload that a short specification stands for."""
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
    """Return what its pods may open and accept; all else is denied, whatever else is in the namespace."""
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
    """Return the way from outside to a service with a host."""
    return RouteProps(
        identity=props.identity,
        port=props.port,
        host=host,
        closed_paths=[] if props.health_path == "/" else [props.health_path],
        limits=props.limits,
        issuer=props.entrance.issuer,
    )


class GeneratedService(WebService):
    """A hardened, scaled, spread web service from its image, port, size and host.

    Creates its Deployment, Service, ServiceAccount, ConfigMap, autoscaler, disruption budget and a NetworkPolicy that
    allows what is declared and nothing else; with ``host`` an Ingress or, where ``entrance`` names a Gateway, an
    HTTPRoute, with TLS by cert-manager; with ``metrics_port`` a ServiceMonitor.
    """

    def __init__(self, scope: Construct, id: str, props: GeneratedServiceProps) -> None:
        super().__init__(scope, id, generated_workload(props))
        NetworkPolicy(self, "network-policy", generated_policy(props))
        if props.host:
            self._lead_in(generated_route(props, props.host), props.entrance)
        if props.metrics_port:
            ServiceMonitor(self, "service-monitor", ServiceMonitorProps(identity=props.identity))

    def _lead_in(self, route: RouteProps, entrance: Entrance) -> None:
        if entrance.gateway:
            gateway = GatewayRouteProps(route=route, gateway=entrance.gateway, gateway_namespace=entrance.namespace)
            GatewayRoute(self, "route", gateway)
        else:
            Ingress(self, "ingress", IngressProps(route=route, ingress_class=entrance.ingress_class))


def _http(props: GeneratedServiceProps) -> Port:
    return Port(name="http", port=props.port)


def _metrics(props: GeneratedServiceProps) -> Iterator[Port]:
    if props.metrics_port:
        yield Port(name="metrics", port=props.metrics_port)
