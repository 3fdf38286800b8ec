"""Settings of a public route, and the protocols for which they have an effect.

An HTTPRoute and an Ingress match paths, a GRPCRoute matches services (https://gateway-api.sigs.k8s.io/api-types/grpcroute/).
A limit of the body would end a stream of gRPC messages, and Envoy would wait for the end of the stream
(https://github.com/envoyproxy/gateway/issues/8891).
TLS that is passed through can only be matched by host name (https://gateway-api.sigs.k8s.io/guides/tls/). The Service
of a load balancer has neither.
"""

from collections.abc import Mapping

HTTP = ("http", "https")
NAMED = (*HTTP, "grpc", "tls")
BALANCED = ("tcp", "udp")
"""Protocols of routes with a load balancer for each."""

EFFECTIVE: Mapping[str, tuple[str, ...]] = {
    "hosts": NAMED,
    "subdomains": NAMED,
    "paths": HTTP,
    "exact": HTTP,
    "body_size": HTTP,
    "services": ("grpc",),
    "external_port": ("tls", *BALANCED),
    "source_ranges": (*HTTP, "grpc", *BALANCED),
}
"""Settings that only routes of these protocols have; routes of all protocols have the others."""

NGINX_RANGES = (
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/allowlist-source-range",
)
"""Annotations of an Ingress for client addresses, the second since ingress-nginx 1.6
(https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#whitelist-source-range).
"""


def only_for(setting: str) -> str:
    """Return what a message expects instead of a setting that has no effect."""
    *first, last = EFFECTIVE[setting]
    return f"`{setting}` only with {', '.join(first)} or {last}" if first else f"`{setting}` only with {last}"


def transport(protocol: str) -> str:
    """Return the protocol of the port that a route leads to."""
    return "UDP" if protocol == "udp" else "TCP"
