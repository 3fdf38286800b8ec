"""Public routes with Gateway API (https://gateway-api.sigs.k8s.io)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.kubernetes.certificate import Certificate, certificate_spec
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.ingress import RouteProps, close, closed_service, tls_secret
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.route_addresses import claim
from quantacirc_cdk.limits.check import Checked, Refusal
from quantacirc_cdk.limits.kubernetes import DnsLabel, ObjectName

GROUP = "gateway.networking.k8s.io"
ENVOY = "gateway.envoyproxy.io/v1alpha1"
"""API of the policies of Envoy Gateway."""


@dataclass(frozen=True, kw_only=True)
class GatewayRouteProps:
    """Routes through an existing Gateway."""

    route: RouteProps
    gateway: ObjectName
    """Name of the Gateway; its listeners must be named ``https`` and ``http``, that of TLS passthrough
    ``tls_listener``.
    """
    gateway_namespace: DnsLabel
    policies: Literal["envoy"] | None = "envoy"
    """Implementation whose policies enforce the limits and client addresses, which Gateway API does not define: Envoy
    Gateway."""
    tls_listener: DnsLabel = "tls"
    """Name of the listener with TLS passthrough, for routes of tls. Their TLSRoute needs the definitions of the
    experimental channel of Gateway API.
    """

    def refusals(self) -> Iterator[Refusal]:
        """Yield a service that uses HTTPS itself, and limits and client addresses that nothing would enforce."""
        route, limits = self.route, self.route.limits
        if route.protocol == "https":
            what, expected = "a service that uses HTTPS behind a Gateway", "http, or tls to pass it through"
            yield Refusal("", what, expected)
        limited = bool(limits.requests_per_second or limits.body_size) and route.protocol != "tls"
        if limited and self.policies is None:
            yield Refusal("", "limits without policies that enforce them", 'the policies of "envoy", or no limits')
        if route.source_ranges and self.policies is None:
            what, expected = "without policies that enforce them", 'the policies of "envoy", or none'
            yield Refusal("route.source_ranges", what, expected)


def route_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of the HTTPRoute to the service."""
    route = props.route
    timeouts = {"request": f"{route.limits.timeout_seconds}s"}
    rules: list[Data] = [
        {"backendRefs": [_backend(closed_service(route.full_name), 80)], "matches": [_match("Exact", path)]}
        for path in route.closed
    ]
    kind = "Exact" if route.exact else "PathPrefix"
    matches = [_match(kind, path) for path in route.paths]
    rules.append({"backendRefs": [_target(route)], "matches": matches, "timeouts": timeouts})
    return {"hostnames": route.hosts, "parentRefs": [_parent(props, _listener(route))], "rules": rules}


def grpc_route_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of the GRPCRoute to the service."""
    route = props.route
    matches = [{"method": {"service": service, "type": "Exact"}} for service in route.services]
    rule = {"backendRefs": [_target(route)], **compact(matches=matches)}
    return {"hostnames": route.hosts, "parentRefs": [_parent(props, _listener(route))], "rules": [rule]}


def tls_route_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of the TLSRoute that passes connections through to the service by host name."""
    route = props.route
    parent = _parent(props, props.tls_listener)
    return {"hostnames": route.hosts, "parentRefs": [parent], "rules": [{"backendRefs": [_target(route)]}]}


def redirect_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of the HTTPRoute that redirects HTTP to HTTPS."""
    redirect = {"requestRedirect": {"scheme": "https", "statusCode": 301}, "type": "RequestRedirect"}
    return {
        "hostnames": props.route.hosts,
        "parentRefs": [_parent(props, "http")],
        "rules": [{"filters": [redirect]}],
    }


def traffic_policy_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of Envoy Gateway's BackendTrafficPolicy.

    Its local rate limit applies to each proxy, for all clients together
    (https://gateway.envoyproxy.io/docs/tasks/traffic/local-rate-limit/).
    """
    limits = props.route.limits
    rate = {"limit": {"requests": limits.requests_per_second, "unit": "Second"}}
    return compact(
        rateLimit={"local": {"rules": [rate]}, "type": "Local"} if limits.requests_per_second else None,
        requestBuffer={"limit": limits.body_size} if limits.body_size else None,
    ) | {"targetRefs": [_reference(props.route)]}


def security_policy_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of Envoy Gateway's SecurityPolicy, which accepts only the route's client addresses
    (https://gateway.envoyproxy.io/docs/tasks/security/restrict-ip-access/).
    """
    clients = {"clientCIDRs": list(props.route.source_ranges)}
    rule = {"action": "Allow", "name": "source-ranges", "principal": clients}
    return {"authorization": {"defaultAction": "Deny", "rules": [rule]}, "targetRefs": [_reference(props.route)]}


def grant_spec(props: GatewayRouteProps) -> Data:
    """Return the ``spec`` of the ReferenceGrant that allows the Gateway to read the certificate, and no other
    Secret.
    """
    return {
        "from": [{"group": GROUP, "kind": "Gateway", "namespace": props.gateway_namespace}],
        "to": [{"group": "", "kind": "Secret", "name": tls_secret(props.route.full_name)}],
    }


class GatewayRoute(Checked, Construct):
    """Routes from a shared Gateway to a service, with limits, a redirect from HTTP to HTTPS, and closed paths.

    Creates an HTTPRoute with the name of the route. With TLS, also ``<name>-redirect``. With an issuer, also the
    Certificate, and the ReferenceGrant that allows the Gateway to read it. With closed paths, also the Service
    ``<name>-closed`` without pods. With limits, also a BackendTrafficPolicy; with client addresses, a SecurityPolicy.
    For gRPC, the route is a GRPCRoute. For TLS passthrough, it creates only a TLSRoute. Raises ``PropsError`` for
    limits and client addresses that nothing would enforce, and for a service that uses HTTPS itself.
    """

    def __init__(self, scope: Construct, id: str, props: GatewayRouteProps) -> None:
        super().__init__(scope, id)
        route = props.route
        passed = route.protocol == "tls"
        gateway = (props.gateway_namespace, props.gateway, props.tls_listener if passed else "")
        claim(self, route.hosts, ["/"] if passed else route.paths, *gateway)
        name, limits = route.full_name, route.limits
        self._labels, self._annotations = route.identity.labels, route.annotations
        if route.protocol == "tls":
            self._object("route", f"{GROUP}/v1alpha2", "TLSRoute", name, tls_route_spec(props))
            return
        limited = bool(limits.requests_per_second or limits.body_size)
        spec = grpc_route_spec(props) if route.protocol == "grpc" else route_spec(props)
        self._object("route", f"{GROUP}/v1", _kind(route), name, spec)
        if route.ends_tls:
            self._object("redirect", f"{GROUP}/v1", "HTTPRoute", f"{name}-redirect", redirect_spec(props))
        if route.issuer:
            self._object("grant", f"{GROUP}/v1beta1", "ReferenceGrant", name, grant_spec(props))
            spec = certificate_spec(
                secret=tls_secret(name), issuer=route.issuer, issuer_kind="ClusterIssuer", hosts=route.hosts
            )
            Certificate(self, "certificate", labels=self._labels, spec=spec)
        if limited:
            self._object("policy", ENVOY, "BackendTrafficPolicy", name, traffic_policy_spec(props))
        if route.source_ranges:
            self._object("clients", ENVOY, "SecurityPolicy", name, security_policy_spec(props))
        close(self, route)

    def _object(self, id: str, api_version: str, kind: str, name: str, spec: Data) -> None:
        annotations = self._annotations if id == "route" else {}
        Manifest(
            self,
            id,
            api_version=api_version,
            kind=kind,
            name=name,
            labels=self._labels,
            annotations=annotations,
            spec=spec,
        )


def _parent(props: GatewayRouteProps, listener: str) -> Data:
    return {
        "group": GROUP,
        "kind": "Gateway",
        "name": props.gateway,
        "namespace": props.gateway_namespace,
        "sectionName": listener,
    }


def _reference(route: RouteProps) -> Data:
    """Return the target of a policy."""
    return {"group": GROUP, "kind": _kind(route), "name": route.full_name}


def _kind(route: RouteProps) -> str:
    return "GRPCRoute" if route.protocol == "grpc" else "HTTPRoute"


def _listener(route: RouteProps) -> str:
    return "https" if route.ends_tls else "http"


def _target(route: RouteProps) -> Data:
    return _backend(route.identity.name, route.port)


def _backend(service: str, port: int) -> Data:
    return {"group": "", "kind": "Service", "name": service, "port": port, "weight": 1}


def _match(kind: str, path: str) -> Data:
    return {"path": {"type": kind, "value": path}}
