"""Ways in that an environment does not support: protocols, limits without enforcement, certificates, load balancers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.limits.services import balancer_refusals
from quantacirc_cdk.model.cluster import Cluster
from quantacirc_cdk.model.component import Serving
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.facts import WayIn, body_size, ports, ways_in
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.system import System

_ENDS_TLS = ("http", "https", "grpc")


def check_routes(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield routes with a protocol that the environment's ingress does not support."""
    cluster, ways = environment.cluster, ways_in(system, environment)
    yield from _certificate_problems(environment, root, [way for way in ways if way.route.protocol in _ENDS_TLS])
    yield from _balancer_problems(environment, root, system)
    why = _unenforced(cluster)
    if why:
        yield from _traffic_problems(environment, why, root, ways)
    for way in ways:
        place: Place = ("components", way.component, "routes", way.key, "protocol")
        protocol = way.route.protocol
        if protocol not in ("tcp", "udp") and not cluster.has_gateway and cluster.ingress_class is None:
            what = f"{way.name} is public, in a cluster without Gateway API and without an ingress class"
            yield problem_at(root, ("cluster", "addons", "gateway_api"), what, "`cluster.ingress_class`")
            return
        if cluster.has_gateway and protocol == "https":
            expected = "http, or tls to pass it through"
            yield problem_at(root, place, f"{way.name} uses https behind a Gateway", expected)
        if why:
            yield from _unenforced_problems(cluster, why, root, way)
        if protocol == "tls" and way.route.external_port:
            yield from _listener_problems(environment, root, way)
        known = cluster.has_gateway or cluster.ingress_class == "nginx" or way.route.annotations
        if protocol in ("grpc", "https", "tls") and not known:
            what = f'{protocol} with the ingress class "{cluster.ingress_class}", for which no annotations are known'
            yield problem_at(root, place, what, "`annotations` of the route, Gateway API, or nginx")


def _listener_problems(environment: Environment, root: Node, way: WayIn) -> Iterator[Problem]:
    """Yield a port at which no listener with TLS passthrough can be."""
    place: Place = ("components", way.component, "routes", way.key, "external_port")
    if not environment.cluster.has_gateway:
        what = "a port for a route of tls behind an Ingress, which has only 443"
        yield problem_at(root, place, what, "none, or Gateway API")
    elif way.route.external_port == 80:
        yield problem_at(root, place, "80, the port of the listener `http`", "another port")


def _balancer_problems(environment: Environment, root: Node, system: System) -> Iterator[Problem]:
    """Yield Services for which the environment's cloud makes no load balancer."""
    for name, component in system.having(Serving).items():
        service = component.service
        if service.type == "LoadBalancer" and service.load_balancer_class is None:
            protocols = [port.protocol for port in ports(system, component)]
            for field, what, expected in balancer_refusals(
                environment.target, service.annotations, protocols, affinity=service.client_affinity
            ):
                yield problem_at(root, ("components", name, "service", field), what, expected)


@dataclass(frozen=True)
class _Unenforced:
    """Why nothing enforces limits: neither Gateway API nor Ingress has fields for them."""

    key: str
    """Key of `cluster` that says so."""
    words: str
    enforces: str
    """Its value that would enforce them."""


def _unenforced(cluster: Cluster) -> _Unenforced | None:
    """Return why nothing enforces limits in a cluster; None if they are enforced, or nothing is routed."""
    if cluster.has_gateway:
        words = "behind a Gateway without policies that enforce it"
        return _Unenforced("gateway_policies", words, "envoy") if cluster.gateway_policies is None else None
    words = f'with the ingress class "{cluster.ingress_class}", whose annotation for it is not known'
    return None if cluster.ingress_class in (None, "nginx") else _Unenforced("ingress_class", words, "nginx")


def _unenforced_problems(cluster: Cluster, why: _Unenforced, root: Node, way: WayIn) -> Iterator[Problem]:
    """Yield the limits of a route that nothing would enforce."""
    fields = ("source_ranges", "body_size") if way.route.protocol in _ENDS_TLS else ()
    for field in (field for field in fields if getattr(way.route, field)):
        what = f"`routes.{way.key}.{field}` of {way.component} {why.words}"
        other = f"or no `{field}`" if cluster.has_gateway else "Gateway API, or `annotations` of the route instead"
        enforces = f"`{why.enforces}`" if cluster.has_gateway else why.enforces
        yield problem_at(root, ("cluster", why.key), what, f"{enforces}, {other}")


def _traffic_problems(
    environment: Environment, why: _Unenforced, root: Node, ways: Sequence[WayIn]
) -> Iterator[Problem]:
    """Yield limits of `traffic`, their defaults too, that nothing would enforce."""
    traffic = environment.traffic
    protocols = _ENDS_TLS if environment.cluster.has_gateway else (*_ENDS_TLS, "tls")
    limited = [way for way in ways if way.route.protocol in protocols]
    sizes = [way for way in limited if "body_size" not in way.route.model_fields_set and body_size(way, environment)]
    for limit, value in (
        ("requests_per_second", traffic.requests_per_second if limited else None),
        ("body_size", traffic.body_size if sizes else None),
    ):
        if value is not None:
            what = f"`traffic.{limit}` of {value} {why.words}"
            yield problem_at(root, ("cluster", why.key), what, f"`{why.enforces}`, or `traffic.{limit}: null`")


def _certificate_problems(environment: Environment, root: Node, ways: Sequence[WayIn]) -> Iterator[Problem]:
    """Yield routes on the public network whose TLS nobody says."""
    cluster = environment.cluster
    place: Place = ("cluster", "route_certificates")
    if cluster.route_certificates == "cert-manager" and not cluster.addons.cert_manager:
        yield problem_at(root, place, "cert-manager without the add-on", "`cluster.addons.cert_manager`")
    unsaid = cluster.route_certificates is None and cluster.certificates == "none"
    if ways and unsaid and environment.target != "local":
        names = ", ".join(dict.fromkeys(way.component for way in ways))
        expected = (
            "`cluster.addons.cert_manager`, or `cluster.route_certificates`: gateway, if the Gateway has a certificate "
            "for all hosts, or none, if TLS ends before the cluster"
        )
        yield problem_at(root, place, f"plain HTTP for the public routes of {names}", expected)
    # https://letsencrypt.org/docs/challenge-types/#http-01-challenge
    wildcards = [(host, way.name) for way in ways for host in way.hosts if host.startswith("*.")]
    if wildcards and cluster.certificates == "cert-manager" and cluster.wildcard_issuer is None:
        host, name = wildcards[0]
        expected = (
            "the name of a ClusterIssuer with a DNS-01 solver (docs/kubernetes.md), or `cluster.route_certificates`: "
            "gateway"
        )
        what = f"a certificate for {host} of the route {name}, which HTTP-01 cannot issue"
        yield problem_at(root, ("cluster", "wildcard_issuer"), what, expected)
