"""How requests from outside reach a service: an Ingress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.errors import Problem, PropsError, nearest
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.units import MEBIBYTE, parse_quantity


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one client may ask of a service."""

    requests_per_second: int | None = None
    """Requests a second of one address above which it is refused; none for no limit."""
    body_size: str | None = None
    """Size of a request's body above which it is refused (``8Mi``); none for no limit."""
    timeout_seconds: int = 60
    """Seconds after which a request without an answer is given up."""


@dataclass(frozen=True, kw_only=True)
class RouteProps:
    """A way from outside to a service."""

    identity: Identity
    """Of the workload that answers; its Service has this name and a port ``http``."""
    port: int = 8080
    """Number of that port."""
    host: str
    path: str = "/"
    """Path that it and what is below leads to the service."""
    closed_paths: Sequence[str] = ()
    """Paths that lead nowhere from outside, such as those of health checks."""
    limits: Limits = field(default_factory=Limits)
    issuer: str | None = None
    """cert-manager's ClusterIssuer of the certificate; without it there is no TLS."""

    @property
    def closed(self) -> list[str]:
        """The closed paths that the service would answer otherwise, sorted."""
        below = self.path.rstrip("/")
        return sorted(path for path in self.closed_paths if path == below or path.startswith(f"{below}/"))


@dataclass(frozen=True, kw_only=True)
class IngressProps:
    """An Ingress."""

    route: RouteProps
    ingress_class: str = "nginx"


def closed_service(name: str) -> str:
    """Return the name of the Service that closed paths lead to: it selects no pods."""
    return f"{name}-closed"


def tls_secret(name: str) -> str:
    """Return the name of the Secret with the certificate for clients from outside."""
    return f"{name}-ingress-tls"


def ingress_spec(props: IngressProps) -> Data:
    """Return the ``spec``: the longest path wins, and an exact one over a prefix."""
    route = props.route
    name = route.identity.name
    paths = [_path(path, "Exact", closed_service(name)) for path in route.closed]
    paths.append(_path(route.path, "Prefix", name))
    tls = {"tls": [{"hosts": [route.host], "secretName": tls_secret(name)}]} if route.issuer else {}
    return {
        "ingressClassName": props.ingress_class,
        "rules": [{"host": route.host, "http": {"paths": paths}}],
        **tls,
    }


def ingress_annotations(props: IngressProps) -> dict[str, str]:
    """Return what an Ingress says besides its spec: certificate, redirect, limits.

    The limits have no field of their own, every controller has its annotations: https://kubernetes.github.io/ingress-nginx
    are those of the class ``nginx``.
    """
    route, limits = props.route, props.route.limits
    found = {"cert-manager.io/cluster-issuer": route.issuer} if route.issuer else {}
    nginx = {
        "force-ssl-redirect": "true" if route.issuer else "false",
        "limit-rps": str(limits.requests_per_second) if limits.requests_per_second else "",
        "limit-burst-multiplier": "5" if limits.requests_per_second else "",
        "proxy-body-size": _nginx_size(limits.body_size) if limits.body_size else "0",
        "proxy-read-timeout": str(limits.timeout_seconds),
        "proxy-send-timeout": str(limits.timeout_seconds),
    }
    return found | {f"nginx.ingress.kubernetes.io/{key}": value for key, value in nginx.items() if value}


KNOWN_CLASSES = ("nginx",)
"""Ingress classes whose annotations are known here."""


class Ingress(Construct):
    """An Ingress with TLS by cert-manager, limits, HTTP sent on to HTTPS, and paths that are closed to the outside.

    Creates the Ingress with the name of its identity, and with closed paths the Service ``<name>-closed``, which leads
    to no pod: so they are closed with every controller, without a snippet of its configuration, which most refuse.
    Raises ``PropsError`` for limits with a class of controllers whose annotations are not known.
    """

    def __init__(self, scope: Construct, id: str, props: IngressProps) -> None:
        super().__init__(scope, id)
        limits = props.route.limits
        if props.ingress_class not in KNOWN_CLASSES and (limits.requests_per_second or limits.body_size):
            what = f'limits with the ingress class "{props.ingress_class}", whose annotations are not known'
            expected = f"{nearest(props.ingress_class, KNOWN_CLASSES)}, Gateway API, or no limits"
            raise PropsError(Problem(key=self.node.path, what=what, expected=expected))
        identity = props.route.identity
        Manifest(
            self,
            "ingress",
            api_version="networking.k8s.io/v1",
            kind="Ingress",
            name=identity.name,
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
        name = closed_service(route.identity.name)
        Manifest(scope, "closed", api_version="v1", kind="Service", name=name, labels=labels, spec=spec)


def _path(path: str, kind: str, service: str) -> Data:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    return {"backend": backend, "path": path, "pathType": kind}


def _nginx_size(size: str) -> str:
    return f"{-(-parse_quantity(size) // MEBIBYTE)}m"
