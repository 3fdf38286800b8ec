"""Public routes of components."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes.http_route import GatewayRouteProps
from quantacirc_cdk.kubernetes.ingress import IngressProps, Limits, RouteProps
from quantacirc_cdk.kubernetes.probes import HttpCheck
from quantacirc_cdk.kubernetes.service import ServiceProps
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.needs import own_probes, port
from quantacirc_cdk.limits.check import check_of
from quantacirc_cdk.limits.kubernetes import PortName
from quantacirc_cdk.limits.services import balancer_annotations, balancer_family
from quantacirc_cdk.model.cluster import Cluster
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.facts import WayIn, body_size, has_ipv6, keeps_clients, metrics, tls_listener, way_paths


def ways_in(context: Context) -> Iterator[IngressProps | GatewayRouteProps | ServiceProps]:
    """Yield the props of each public route.

    HTTP routes use an HTTPRoute, or an Ingress if the cluster has an ingress class. TCP and UDP routes use a Service
    with a load balancer.
    """
    cluster = context.environment.cluster
    for way in chain.from_iterable(context.ways_in.values()):
        if way.route.protocol in ("tcp", "udp"):
            yield _load_balancer(context, way)
            continue
        route = _route(context, way)
        if cluster.ingress_class is None:
            yield GatewayRouteProps(
                route=route,
                gateway=cluster.gateway,
                gateway_namespace=cluster.entrance_namespace,
                policies=cluster.gateway_policies,
                tls_listener=tls_listener(way.route),
            )
        else:
            ingress = IngressProps(route=route, ingress_class=cluster.ingress_class)
            place = ("cluster", "ingress_class")
            found = [context.problem(place, one.what, one.expected) for one in ingress.refusals()]
            if found:
                raise PropsError(found)
            yield ingress


def _route(context: Context, way: WayIn) -> RouteProps:
    cluster, traffic, route = context.environment.cluster, context.environment.traffic, way.route
    assert route.protocol != "tcp" and route.protocol != "udp"  # noqa: S101, PT018 (have a load balancer)
    first, *more = way.hosts
    path, *other_paths = way_paths(way, context.environment)
    return RouteProps(
        identity=context.component_identity(way.component),
        name=way.name,
        port=way.service_port.port,
        port_name=None if any(check_of(PortName)(way.service_port.name)) else way.service_port.name,
        protocol=route.protocol,
        host=first,
        other_hosts=more,
        path=path,
        other_paths=other_paths,
        exact=route.exact,
        services=route.services,
        source_ranges=route.source_ranges,
        closed_paths=_closed_paths(context, way),
        limits=Limits(
            requests_per_second=traffic.requests_per_second,
            body_size=body_size(way, context.environment),
            timeout_seconds=traffic.timeout_seconds,
        ),
        issuer=_issuer(cluster, way.hosts) if cluster.certificates == "cert-manager" else None,
        shared_certificate=cluster.certificates == "gateway",
        annotations=route.annotations,
    )


def _closed_paths(context: Context, way: WayIn) -> list[str]:
    """Return the paths that only the cluster needs: of health checks and of metrics at the port of the route."""
    component = context.component(way.component, Program)
    checks = (probe.check for probe in own_probes(context, component).values())
    at_port = (one.path for one in checks if isinstance(one, HttpCheck) and one.port in (way.port.name, way.port.port))
    scraped = metrics(context.system, component)
    of_metrics = [scraped.path] if scraped and scraped.port == way.port.name else []
    return sorted({path.partition("?")[0] for path in (*at_port, *of_metrics)})


def _issuer(cluster: Cluster, hosts: Sequence[str]) -> str:
    """Return the ClusterIssuer of a route: one Certificate has all its hosts, and DNS-01 issues each of them."""
    wildcard = any(host.startswith("*.") for host in hosts)
    return (wildcard and cluster.wildcard_issuer) or cluster.cluster_issuer


def _load_balancer(context: Context, way: WayIn) -> ServiceProps:
    route, target = way.route, port(way.port)
    offered = way.service_port
    family = balancer_family(route.source_ranges, ipv6=has_ipv6(context.environment))
    return ServiceProps(
        identity=context.component_identity(way.component),
        name=way.name,
        ports=[
            replace(
                target,
                service_port=route.external_port or offered.port,
                service_port_name=offered.name,
                app_protocol=offered.app_protocol,
                additional_service_ports=(),
            )
        ],
        type="LoadBalancer",
        source_ranges=route.source_ranges,
        external_traffic="Local" if keeps_clients(context.environment, route) else None,
        ip_family_policy=family,
        annotations=balancer_annotations(context.environment.target, route.annotations, ipv6=family is not None),
    )
