"""How requests from outside reach a service: Gateway API (https://gateway-api.sigs.k8s.io)."""

from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kubernetes.certificate import Certificate, certificate_spec
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.ingress import RouteProps, close, closed_service, tls_secret
from quantacirc_cdk.kubernetes.manifest import Manifest

GROUP = "gateway.networking.k8s.io"


@dataclass(frozen=True, kw_only=True)
class GatewayRouteProps:
    """Routes through a Gateway that is already there."""

    route: RouteProps
    gateway: str
    """Name of the Gateway; its listeners are called ``https`` and ``http``."""
    gateway_namespace: str
    policies: Literal["envoy"] | None = "envoy"
    """Whose policies enforce the limits, which Gateway API has none for: those of Envoy Gateway."""


def route_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of the HTTPRoute that leads to the service."""
    route = props.route
    name = route.identity.name
    timeouts = {"request": f"{route.limits.timeout_seconds}s"}
    rules: list[Data] = [
        {"backendRefs": [_backend(closed_service(name), 80)], "matches": [_match("Exact", path)]}
        for path in route.closed
    ]
    open_rule: Data = {"backendRefs": [_backend(name, route.port)], "matches": [_match("PathPrefix", route.path)]}
    rules.append({**open_rule, "timeouts": timeouts})
    listener = "https" if route.issuer else "http"
    return {"hostnames": [route.host], "parentRefs": [_parent(props, listener)], "rules": rules}


def redirect_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of the HTTPRoute that sends HTTP on to HTTPS."""
    redirect = {"requestRedirect": {"scheme": "https", "statusCode": 301}, "type": "RequestRedirect"}
    return {
        "hostnames": [props.route.host],
        "parentRefs": [_parent(props, "http")],
        "rules": [{"filters": [redirect]}],
    }


def traffic_policy_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of Envoy Gateway's BackendTrafficPolicy.

    Its local rate limit counts in each proxy, for all clients together
    (https://gateway.envoyproxy.io/docs/tasks/traffic/local-rate-limit/).
    """
    limits = props.route.limits
    rate = {"limit": {"requests": limits.requests_per_second, "unit": "Second"}}
    return compact(
        rateLimit={"local": {"rules": [rate]}, "type": "Local"} if limits.requests_per_second else None,
        requestBuffer={"limit": limits.body_size} if limits.body_size else None,
    ) | {"targetRefs": [{"group": GROUP, "kind": "HTTPRoute", "name": props.route.identity.name}]}


def grant_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of the ReferenceGrant that lets the Gateway read the certificate, and no other Secret."""
    return {
        "from": [{"group": GROUP, "kind": "Gateway", "namespace": props.gateway_namespace}],
        "to": [{"group": "", "kind": "Secret", "name": tls_secret(props.route.identity.name)}],
    }


class GatewayRoute(Construct):
    """Routes from a shared Gateway to a service, with limits, HTTP sent on to HTTPS, and paths closed to the outside.

    Creates an HTTPRoute with the name of the identity, with TLS also ``<name>-redirect``, the Certificate and the
    ReferenceGrant by which the Gateway may read it, with closed paths the Service ``<name>-closed`` without pods, and
    with limits a BackendTrafficPolicy. Raises ``PropsError`` for limits that nothing would enforce.
    """

    def __init__(self, scope: Construct, id: str, props: GatewayRouteProps) -> None:
        super().__init__(scope, id)
        route = props.route
        name, limits = route.identity.name, route.limits
        self._labels = route.identity.labels
        limited = bool(limits.requests_per_second or limits.body_size)
        if limited and props.policies is None:
            what, expected = "limits without policies that enforce them", 'the policies of "envoy", or no limits'
            raise PropsError(Problem(key=self.node.path, what=what, expected=expected))
        self._object("route", f"{GROUP}/v1", "HTTPRoute", name, route_spec(props))
        if route.issuer:
            self._object("redirect", f"{GROUP}/v1", "HTTPRoute", f"{name}-redirect", redirect_spec(props))
            self._object("grant", f"{GROUP}/v1beta1", "ReferenceGrant", name, grant_spec(props))
            spec = certificate_spec(
                secret=tls_secret(name), issuer=route.issuer, issuer_kind="ClusterIssuer", hosts=[route.host]
            )
            Certificate(self, "certificate", labels=self._labels, spec=spec)
        if limited:
            group = "gateway.envoyproxy.io/v1alpha1"
            self._object("policy", group, "BackendTrafficPolicy", name, traffic_policy_spec(props))
        close(self, route)

    def _object(self, id: str, api_version: str, kind: str, name: str, spec: Data) -> None:
        Manifest(self, id, api_version=api_version, kind=kind, name=name, labels=self._labels, spec=spec)


def _parent(props: GatewayRouteProps, listener: str) -> Data:
    return {
        "group": GROUP,
        "kind": "Gateway",
        "name": props.gateway,
        "namespace": props.gateway_namespace,
        "sectionName": listener,
    }


def _backend(service: str, port: int) -> Data:
    return {"group": "", "kind": "Service", "name": service, "port": port, "weight": 1}


def _match(kind: str, path: str) -> Data:
    return {"path": {"type": kind, "value": path}}
