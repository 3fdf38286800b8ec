"""How requests from outside reach a service: an Ingress."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.check import Checked, Refusal, describe, repeated
from quantacirc_cdk.limits.formats import PortNumber
from quantacirc_cdk.limits.kubernetes import (
    LONGEST_NAME,
    Annotations,
    Bytes,
    Host,
    ObjectName,
    PortName,
    Positive,
    PositiveSeconds,
    RoutePath,
)
from quantacirc_cdk.limits.quantity import MEBIBYTE, parse_quantity


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one client may ask of a service."""

    requests_per_second: Positive | None = None
    """Requests a second of one address above which it is refused; none for no limit."""
    body_size: Bytes | None = None
    """Size of a request's body above which it is refused (``8Mi``); none for no limit."""
    timeout_seconds: PositiveSeconds = 60
    """Seconds after which a request without an answer is given up."""


@dataclass(frozen=True, kw_only=True)
class RouteProps:
    """A way from outside to a service."""

    identity: Identity
    """Of the workload that answers; its Service has this name."""
    name: ObjectName | None = None
    """Name of the route's objects, where a workload has several; the identity's when absent."""
    port: PortNumber = 8080
    """Number of the Service's port."""
    port_name: PortName = "http"
    """Name of that port."""
    protocol: Literal["http", "https", "grpc", "tls"] = "http"
    """What the service speaks. http and grpc: TLS ends at the entrance. https: it begins anew behind it. tls: the
    service has the certificate itself, and connections go to it by their host alone."""
    host: Host
    other_hosts: Sequence[Host] = ()
    """Further hosts that lead to the same port."""
    path: RoutePath = "/"
    """Path that it and what is below leads to the service."""
    other_paths: Sequence[RoutePath] = ()
    """Further such paths."""
    exact: bool = False
    """Only these paths, and not what is below."""
    services: Sequence[str] = ()
    """Full names of gRPC services (``package.Service``) that lead to it; all of them when empty."""
    annotations: Annotations = field(default_factory=dict)
    """Annotations of the route, which win over those that follow from the rest."""
    closed_paths: Sequence[RoutePath] = ()
    """Paths that lead nowhere from outside, such as those of health checks."""
    limits: Limits = field(default_factory=Limits)
    issuer: ObjectName | None = None
    """cert-manager's ClusterIssuer of the certificate; without it there is no TLS."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield hosts and paths that are there twice, and a name that leaves no room for what is added to it."""
        for index, host in repeated(self.hosts):
            yield Refusal(f"other_hosts[{index - 1}]", describe(host), "a host that is there once")
        for index, path in repeated(self.paths):
            yield Refusal(f"other_paths[{index - 1}]", describe(path), "a path that is there once")
        longest = LONGEST_NAME["Service"] - len(closed_service(""))
        if self.closed and len(self.full_name) > longest:
            place = "name" if self.name else "identity.name"
            yield Refusal(place, describe(self.full_name), f"at most {longest} characters where paths are closed")

    @property
    def full_name(self) -> str:
        """Name of the route's objects."""
        return self.name or self.identity.name

    @property
    def hosts(self) -> list[str]:
        """All hosts."""
        return [self.host, *self.other_hosts]

    @property
    def paths(self) -> list[str]:
        """All paths."""
        return [self.path, *self.other_paths]

    @property
    def closed(self) -> list[str]:
        """The closed paths that the service would answer otherwise, sorted."""
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
    ingress_class: ObjectName = "nginx"

    def refusals(self) -> Iterator[Refusal]:
        """Yield what only annotations can say, with a class of controllers whose annotations are not known."""
        limits, protocol = self.route.limits, self.route.protocol
        if self.ingress_class in KNOWN_CLASSES:
            return
        unknown = f'with the ingress class "{self.ingress_class}", whose annotations are not known'
        known = f"{nearest(self.ingress_class, KNOWN_CLASSES)}, Gateway API, or"
        if protocol != "http" and not self.route.annotations:
            yield Refusal("", f"{protocol} {unknown}", f"{known} annotations of the route")
        if limits.requests_per_second or limits.body_size:
            yield Refusal("", f"limits {unknown}", f"{known} no limits")


def closed_service(name: str) -> str:
    """Return the name of the Service that closed paths lead to: it selects no pods."""
    return f"{name}-closed"


def tls_secret(name: str) -> str:
    """Return the name of the Secret with the certificate for clients from outside."""
    return f"{name}-ingress-tls"


def ingress_spec(props: IngressProps) -> Data:
    """Return the ``spec``: the longest path wins, and an exact one over a prefix."""
    route = props.route
    kind = "Exact" if route.exact else "Prefix"
    paths = [_path(path, "Exact", closed_service(route.full_name), "http") for path in route.closed]
    paths += [_path(path, kind, route.identity.name, route.port_name) for path in route.paths]
    ends_here = route.issuer and route.protocol != "tls"
    tls = {"tls": [{"hosts": route.hosts, "secretName": tls_secret(route.full_name)}]} if ends_here else {}
    return {
        "ingressClassName": props.ingress_class,
        "rules": [{"host": host, "http": {"paths": paths}} for host in route.hosts],
        **tls,
    }


def ingress_annotations(props: IngressProps) -> dict[str, str]:
    """Return what an Ingress says besides its spec: certificate, redirect, limits.

    The limits have no field of their own, every controller has its annotations: https://kubernetes.github.io/ingress-nginx
    are those of the class ``nginx``.
    """
    route, limits = props.route, props.route.limits
    passed = route.protocol == "tls"
    found = {"cert-manager.io/cluster-issuer": route.issuer} if route.issuer and not passed else {}
    nginx = {
        "backend-protocol": {"grpc": "GRPC", "https": "HTTPS"}.get(route.protocol, ""),
        "ssl-passthrough": "true" if passed else "",
        "force-ssl-redirect": "true" if route.issuer or passed else "false",
        "limit-rps": str(limits.requests_per_second) if limits.requests_per_second else "",
        "limit-burst-multiplier": "5" if limits.requests_per_second else "",
        "proxy-body-size": _nginx_size(limits.body_size) if limits.body_size else "0",
        "proxy-read-timeout": str(limits.timeout_seconds),
        "proxy-send-timeout": str(limits.timeout_seconds),
    }
    known = {f"nginx.ingress.kubernetes.io/{key}": value for key, value in nginx.items() if value}
    return {**found, **known, **route.annotations}


KNOWN_CLASSES = ("nginx",)
"""Ingress classes whose annotations are known here."""


class Ingress(Checked, Construct):
    """An Ingress with TLS by cert-manager, limits, HTTP sent on to HTTPS, and paths that are closed to the outside.

    Creates the Ingress with the name of the route, and with closed paths the Service ``<name>-closed``, which leads
    to no pod: so they are closed with every controller, without a snippet of its configuration, which most refuse.
    Raises ``PropsError`` for limits with a class of controllers whose annotations are not known.
    """

    def __init__(self, scope: Construct, id: str, props: IngressProps) -> None:
        super().__init__(scope, id)
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
    """Create the Service that closed paths lead to, if there are any."""
    if route.closed:
        labels: Mapping[str, str] = route.identity.labels
        spec = {"ports": [{"name": "http", "port": 80, "protocol": "TCP"}], "type": "ClusterIP"}
        name = closed_service(route.full_name)
        Manifest(scope, "closed", api_version="v1", kind="Service", name=name, labels=labels, spec=spec)


def _path(path: str, kind: str, service: str, port: str) -> Data:
    backend = {"service": {"name": service, "port": {"name": port}}}
    return {"backend": backend, "path": path, "pathType": kind}


def _nginx_size(size: str) -> str:
    return f"{-(-parse_quantity(size) // MEBIBYTE)}m"
