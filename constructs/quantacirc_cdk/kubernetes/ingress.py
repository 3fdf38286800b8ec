"""Public routes with an Ingress."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.route_addresses import claim
from quantacirc_cdk.limits.check import Checked, Refusal, describe, repeated, too_long
from quantacirc_cdk.limits.formats import Cidr, PortNumber
from quantacirc_cdk.limits.kubernetes import (
    LONGEST_NAME,
    Annotations,
    Bytes,
    GrpcService,
    Host,
    ObjectName,
    PortName,
    Positive,
    PositiveSeconds,
    RoutePath,
)
from quantacirc_cdk.limits.quantity import MEBIBYTE, parse_quantity
from quantacirc_cdk.limits.routes import EFFECTIVE, NGINX_RANGES, only_for


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits for one client of a service."""

    requests_per_second: Positive | None = None
    """Maximum requests per second of one client address; None for no limit."""
    body_size: Bytes | None = None
    """Maximum size of a request body (``8Mi``) of http and https; None for no limit. Behind a Gateway, Envoy reads each
    body whole before it forwards it, so that WebSockets and streams do not work.
    """
    timeout_seconds: PositiveSeconds = 60
    """Seconds to wait for a response before the request fails."""


@dataclass(frozen=True, kw_only=True)
class RouteProps:
    """A public route to a service."""

    identity: Identity
    """Identity of the workload that serves it; its Service has this name."""
    name: ObjectName | None = None
    """Name of the route's objects, for a workload with several routes; the identity's when absent."""
    port: PortNumber = 8080
    """Port number of the Service."""
    port_name: PortName | None = "http"
    """Name of that port; the Ingress refers to the number if it is None."""
    protocol: Literal["http", "https", "grpc", "tls"] = "http"
    """Protocol of the service. http and grpc: TLS ends at the ingress. https: the service also uses TLS. tls: TLS is
    passed through to the service, which has the certificate, and routed by host name only.
    """
    host: Host
    other_hosts: Sequence[Host] = ()
    """Additional hosts of the same port."""
    path: RoutePath = "/"
    """Path that is routed to the service, with everything below it."""
    other_paths: Sequence[RoutePath] = ()
    """Additional paths."""
    exact: bool = False
    """Match only these paths, and nothing below them."""
    services: Sequence[GrpcService] = ()
    """Full names of the routed gRPC services (``package.Service``); all when empty. Only for grpc, instead of paths."""
    source_ranges: Sequence[Cidr] = ()
    """Client addresses that are accepted; all when empty. Not for tls. The Gateway's proxies, or the Ingress
    controller, must see the clients' addresses."""
    annotations: Annotations = field(default_factory=dict)
    """Annotations of the route; they override those that follow from the other props."""
    closed_paths: Sequence[RoutePath] = ()
    """Paths that are not public, such as those of health checks."""
    limits: Limits = field(default_factory=Limits)
    issuer: ObjectName | None = None
    """cert-manager ClusterIssuer of the certificate; one with a DNS-01 solver for a wildcard host."""
    shared_certificate: bool = False
    """Whether the Gateway's listener ``https``, or the Ingress controller, has a certificate for the hosts. Without it
    and without ``issuer``, the route uses plain HTTP.
    """

    def refusals(self) -> Iterator[Refusal]:
        """Yield settings without effect, duplicate hosts and paths, and a name that leaves no room for a suffix."""
        given = {
            "path": self.path != "/",
            "other_paths": self.other_paths,
            "exact": self.exact,
            "services": self.services,
            "source_ranges": self.source_ranges,
            "limits.body_size": self.limits.body_size,
        }
        for key in (key for key, value in given.items() if value):
            setting = "paths" if key.endswith(("path", "paths")) else key.removeprefix("limits.")
            if self.protocol not in EFFECTIVE[setting]:
                yield Refusal(key, f"of a route of {self.protocol}, where it has no effect", only_for(setting))
        if self.issuer and self.shared_certificate:
            yield Refusal("shared_certificate", "true", "false with an issuer")
        for index, host in repeated(self.hosts):
            yield Refusal(f"other_hosts[{index - 1}]", describe(host), "each host once")
        for index, path in repeated(self.paths):
            yield Refusal(f"other_paths[{index - 1}]", describe(path), "each path once")
        longest = LONGEST_NAME["Service"] - len(closed_service(""))
        if self.closed and len(self.full_name) > longest:
            place = "name" if self.name else "identity.name"
            yield too_long(place, self.full_name, longest, " with closed paths")

    @property
    def full_name(self) -> str:
        """Name of the route's objects."""
        return self.name or self.identity.name

    @property
    def ends_tls(self) -> bool:
        """Whether clients use HTTPS, and the Gateway or the Ingress controller decrypts it."""
        return bool(self.issuer or self.shared_certificate) and self.protocol != "tls"

    @property
    def hosts(self) -> list[str]:
        """All hosts."""
        return [self.host, *self.other_hosts]

    @property
    def paths(self) -> list[str]:
        """All paths; for grpc, those of its services."""
        return [f"/{service}" for service in self.services] or [self.path, *self.other_paths]

    @property
    def closed(self) -> list[str]:
        """The closed paths that the route would otherwise match, sorted."""
        if self.protocol in ("grpc", "tls") or self.exact:
            return []
        below = [path.rstrip("/") for path in self.paths]
        return sorted(
            path
            for path in self.closed_paths
            if any(path == one or path.startswith(f"{one}/") for one in below) and path not in self.paths
        )


@dataclass(frozen=True, kw_only=True)
class IngressProps:
    """An Ingress."""

    route: RouteProps
    ingress_class: ObjectName
    """IngressClass, which names the controller."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield settings that require annotations, if those of the ingress class are not known."""
        limits, protocol = self.route.limits, self.route.protocol
        for key in sorted(set(NGINX_RANGES) & self.route.annotations.keys() if self.route.source_ranges else ()):
            yield Refusal("route.source_ranges", f"beside the annotation {key}", "one of them")
        if self.ingress_class in KNOWN_CLASSES:
            return
        unknown = f'with the ingress class "{self.ingress_class}", for which no annotations are known'
        known = f"{nearest(self.ingress_class, KNOWN_CLASSES)}, Gateway API, or"
        if protocol != "http" and not self.route.annotations:
            yield Refusal("", f"{protocol} {unknown}", f"{known} annotations of the route")
        if limits.requests_per_second or limits.body_size:
            yield Refusal("", f"limits {unknown}", f"{known} no limits")
        if self.route.source_ranges:
            yield Refusal("route.source_ranges", unknown, f"{known} no `source_ranges`")


def closed_service(name: str) -> str:
    """Return the name of the Service without pods that closed paths are routed to."""
    return f"{name}-closed"


def tls_secret(name: str) -> str:
    """Return the name of the Secret with the public certificate."""
    return f"{name}-ingress-tls"


def ingress_spec(props: IngressProps) -> Data:
    """Return the ``spec``. The longest path takes precedence, and an exact path over a prefix."""
    route = props.route
    kind = "Exact" if route.exact else "Prefix"
    paths = [_path(path, "Exact", closed_service(route.full_name), "http") for path in route.closed]
    paths += [_path(path, kind, route.identity.name, route.port_name or route.port) for path in route.paths]
    secret = tls_secret(route.full_name) if route.issuer else None
    tls = {"tls": [compact(hosts=route.hosts, secretName=secret)]} if route.ends_tls else {}
    return {
        "ingressClassName": props.ingress_class,
        "rules": [{"host": host, "http": {"paths": paths}} for host in route.hosts],
        **tls,
    }


def ingress_annotations(props: IngressProps) -> dict[str, str]:
    """Return the annotations of an Ingress for its certificate, redirect, limits and client addresses.

    Ingress has no fields for limits; each controller has its own annotations. Those of
    https://kubernetes.github.io/ingress-nginx are known for the class ``nginx``. That controller is retired; Traefik
    can serve its class and annotations (https://doc.traefik.io/traefik/providers/kubernetes/ingress-nginx/).
    """
    route, limits = props.route, props.route.limits
    passed = route.protocol == "tls"
    found = {"cert-manager.io/cluster-issuer": route.issuer} if route.issuer and not passed else {}
    nginx = {
        "backend-protocol": {"grpc": "GRPC", "https": "HTTPS"}.get(route.protocol, ""),
        "ssl-passthrough": "true" if passed else "",
        "force-ssl-redirect": "true" if route.ends_tls or passed else "false",
        "limit-rps": str(limits.requests_per_second) if limits.requests_per_second else "",
        "limit-burst-multiplier": "5" if limits.requests_per_second else "",
        "proxy-body-size": _nginx_size(limits.body_size) if limits.body_size else "0",
        "proxy-read-timeout": str(limits.timeout_seconds),
        "proxy-send-timeout": str(limits.timeout_seconds),
        "whitelist-source-range": ",".join(route.source_ranges),
    }
    there = nginx.items() if props.ingress_class in KNOWN_CLASSES else ()
    known = {f"nginx.ingress.kubernetes.io/{key}": value for key, value in there if value}
    return {**found, **known, **route.annotations}


KNOWN_CLASSES = ("nginx",)
"""Ingress classes with known annotations."""


class Ingress(Checked, Construct):
    """An Ingress with TLS by cert-manager, limits, a redirect from HTTP to HTTPS, and closed paths.

    Creates the Ingress with the name of the route. With closed paths, also creates the Service ``<name>-closed``
    without pods. This closes the paths with any controller, without a configuration snippet, which most controllers
    refuse. Raises ``PropsError`` for limits and client addresses with an ingress class without known annotations.
    """

    def __init__(self, scope: Construct, id: str, props: IngressProps) -> None:
        super().__init__(scope, id)
        claim(self, props.route.hosts, props.route.paths, props.ingress_class)
        identity = props.route.identity
        Manifest(
            self,
            "ingress",
            api_version="networking.k8s.io/v1",
            kind="Ingress",
            name=props.route.full_name,
            labels=identity.labels,
            annotations=ingress_annotations(props),
            spec=ingress_spec(props),
        )
        close(self, props.route)


def close(scope: Construct, route: RouteProps) -> None:
    """Create the Service without pods for closed paths, if there are any."""
    if route.closed:
        labels: Mapping[str, str] = route.identity.labels
        spec = {"ports": [{"name": "http", "port": 80, "protocol": "TCP"}], "type": "ClusterIP"}
        name = closed_service(route.full_name)
        Manifest(scope, "closed", api_version="v1", kind="Service", name=name, labels=labels, spec=spec)


def _path(path: str, kind: str, service: str, port: str | int) -> Data:
    backend = {"service": {"name": service, "port": {"name" if isinstance(port, str) else "number": port}}}
    return {"backend": backend, "path": path, "pathType": kind}


def _nginx_size(size: str) -> str:
    return f"{-(-parse_quantity(size) // MEBIBYTE)}m"
