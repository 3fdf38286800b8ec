"""The ports of a component, its Service and its scrape target."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from quantacirc_cdk.limits import kubernetes, kubernetes_names
from quantacirc_cdk.limits.services import IpFamily, IpFamilyPolicy, ServiceType, TrafficPolicy, service_refusals
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import Cidr, HttpPath, Port


class HostPort(Section):
    """A port of the node that forwards to a container: an exception to Pod Security Standards *baseline*."""

    port: Port
    """Port number on the node."""
    source_ranges: list[Cidr] = []
    """Addresses of the clients that may connect to it; those of the environment's network when empty. A firewall before
    the nodes must let them in too."""
    reason: Annotated[str, Field(min_length=1)]
    """Reason, in a sentence; shown in the report."""


class ServicePort(Section):
    """A port of a Service."""

    name: kubernetes.DnsLabel
    """Name, unique within the component."""
    port: Port
    """Port number of the Service."""
    app_protocol: kubernetes_names.AppProtocol | None = None
    """Application protocol, such as `http` or `kubernetes.io/h2c`, for gateways and meshes."""


class PortSpec(Section):
    """A port that a component listens on."""

    name: kubernetes.PortName
    """Name of at most 15 characters (RFC 6335)."""
    port: Port
    """Port number of the container, and of its Service unless `service_port` sets another."""
    protocol: kubernetes.Protocol = "TCP"
    """Transport protocol."""
    service_port: Port | None = None
    """Port number of the Service, if different."""
    service_port_name: kubernetes.DnsLabel | None = None
    """Name of the Service's port, if different."""
    app_protocol: kubernetes_names.AppProtocol | None = None
    """Application protocol, such as `http` or `kubernetes.io/h2c`, for gateways and meshes."""
    additional_service_ports: list[ServicePort] = []
    """Additional ports of the Service that lead to this port."""
    host_port: HostPort | None = None
    """Port of the node that forwards to it. A node has each port only once, so use it only for pods that run once per
    node."""

    @property
    def offered(self) -> int:
        """Port number of the Service."""
        return self.service_port or self.port

    @property
    def served(self) -> list[ServicePort]:
        """Ports of the Service that lead to this port, the additional ones last."""
        own = ServicePort(name=self.service_port_name or self.name, port=self.offered, app_protocol=self.app_protocol)
        return [own, *self.additional_service_ports]

    @property
    def names(self) -> list[str]:
        """Its name, and those of the ports of the Service that lead to it."""
        return list(dict.fromkeys([self.name, *(one.name for one in self.served)]))


class ServiceSpec(Section):
    """The Service of a component."""

    type: ServiceType = "ClusterIP"
    """ClusterIP is reachable only inside the cluster; the other types also from outside."""
    headless: bool = False
    """Give each pod a DNS name, instead of one virtual address for all."""
    load_balancer_class: kubernetes.LabelKey | None = None
    """Implementation of the load balancer; the cluster's default when absent."""
    source_ranges: list[Cidr] = []
    """Client addresses that a load balancer accepts; all when empty."""
    external_traffic: TrafficPolicy | None = None
    """Local keeps the client's address and does not forward between nodes."""
    internal_traffic: TrafficPolicy | None = None
    """Local sends connections from inside the cluster only to pods on the client's own node; they fail if the node has
    none."""
    ip_family_policy: IpFamilyPolicy | None = None
    """SingleStack has one address; PreferDualStack has an IPv4 and an IPv6 address if the cluster has both, and
    RequireDualStack always."""
    ip_families: Annotated[list[IpFamily], Field(max_length=2)] = []
    """Address families, the primary one first; the cluster's default when empty."""
    client_affinity: bool = False
    """Send all connections of one client to the same pod."""
    labels: dict[kubernetes.AddedLabelKey, kubernetes.LabelValue] = {}
    """Additional labels."""
    annotations: Annotated[dict[kubernetes.AnnotationKey, str], kubernetes.ALL_ANNOTATIONS] = {}
    """Annotations."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for refused in service_refusals(self):
            raise ValueError(f"{refused.field} {refused.what}, expected {refused.expected}")
        two = self.ip_family_policy in ("PreferDualStack", "RequireDualStack")
        if self.type != "ClusterIP" and not self.source_ranges and (two or "IPv6" in self.ip_families):
            what = f"IPv6 with type {self.type}, but network policies admit IPv4 clients only"
            raise ValueError(f"{what}, expected IPv4, or source_ranges")
        return self


class Metrics(Section):
    """Scrape target of a component, for the Prometheus Operator."""

    port: kubernetes.PortName = "metrics"
    """Name of one of its ports."""
    clients: bool | None = None
    """Whether clients use this port too. When absent, they do if it is the only port or named `http`, or if a probe or
    a public route uses it."""
    path: HttpPath = "/metrics"
    """Path of the metrics."""
    interval_seconds: Annotated[int, Field(ge=5, le=3600)] = 30
    """Seconds between two scrapes."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Labels of the ServiceMonitor, such as the `release` that a Prometheus selects."""
