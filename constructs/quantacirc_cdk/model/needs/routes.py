"""Access from outside the cluster."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import Bytes, Cidr, Port


class Route(Section):
    """Access from outside to one port of a component."""

    protocol: Literal["http", "https", "grpc", "tls", "tcp", "udp"] = "http"
    """http and grpc: TLS ends at the ingress. https: the component also uses TLS. tls: TLS is passed through to the
    component, which has the certificate. tcp and udp: a separate load balancer."""
    port: kubernetes.DnsLabel | None = None
    """Name of one of its ports, or of an additional port of its Service; when absent, the port that other components
    use."""
    hosts: list[kubernetes.Host] = []
    """Full host names."""
    subdomains: list[kubernetes.DnsLabel] = []
    """Names below the environment's domain. Without these and `hosts`, the host of `exposed`."""
    paths: Annotated[list[kubernetes.RoutePath], Field(min_length=1)] = ["/"]
    """Paths for http and https, each including everything below it."""
    exact: bool = False
    """Match only these paths, and nothing below them."""
    services: list[kubernetes.GrpcService] = []
    """Full names of gRPC services, with all their methods; all when empty."""
    external_port: Port | None = None
    """tcp and udp: port of the load balancer; the Service's when absent. tls: port of the Gateway's listener, which is
    then named `tls-PORT`, such as 8883 for MQTT; that of the listener `tls` when absent."""
    source_ranges: list[Cidr] = []
    """Client addresses that are accepted; all when empty. http, https and grpc: by Envoy Gateway or the ingress class
    `nginx`, which must see the clients' addresses (docs/kubernetes.md). tcp and udp: by the load balancer. Not for tls.
    """
    body_size: Bytes | None = None
    """Maximum size of a request body; the environment's `traffic.body_size` when absent, no limit when null."""
    annotations: Annotated[dict[kubernetes.AnnotationKey, str], kubernetes.ALL_ANNOTATIONS] = {}
    """Annotations of the Ingress, the route or the load balancer's Service."""
