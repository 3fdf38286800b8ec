"""Ways in from outside the cluster."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import Cidr, Port


class Route(Section):
    """A way from outside to one port of a component."""

    protocol: Literal["http", "https", "grpc", "tls", "tcp", "udp"] = "http"
    """http and grpc: TLS ends at the entrance. https: the component speaks TLS, too. tls: it has the certificate
    itself. tcp and udp: a load balancer of its own."""
    port: kubernetes.PortName | None = None
    """Name of one of its ports; the one that others connect to when absent."""
    hosts: list[kubernetes.Host] = []
    """Full names of hosts that lead to it."""
    subdomains: list[kubernetes.DnsLabel] = []
    """Names below the environment's domain that lead to it; without these and `hosts` it is where `exposed` leads."""
    paths: Annotated[list[kubernetes.RoutePath], Field(min_length=1)] = ["/"]
    """Paths that, with what is below, lead to it."""
    exact: bool = False
    """Only these paths, and not what is below."""
    services: list[str] = []
    """Full names of gRPC services that lead to it; all when empty."""
    external_port: Port | None = None
    """Port of the load balancer for tcp and udp; the Service's when absent."""
    source_ranges: list[Cidr] = []
    """Addresses that the load balancer lets in; all when empty."""
    annotations: dict[kubernetes.AnnotationKey, str] = {}
    """Annotations of the Ingress, the route or the load balancer's Service."""
