"""A stable name and address for pods."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

from quantacirc_cdk.kubernetes import engine, plus
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.check import Refusal, check_of, describe, repeated
from quantacirc_cdk.limits.formats import Cidr
from quantacirc_cdk.limits.kubernetes import Annotations, Labels, ServiceName


@dataclass(frozen=True, kw_only=True)
class ServiceOptions:
    """How a Service leads to its pods."""

    headless: bool = False
    """Give every pod a DNS name instead of one address to all, also before it is ready, so that peers find it."""
    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    """ClusterIP, NodePort or LoadBalancer; the latter two open the cluster to the outside."""
    load_balancer_class: str | None = None
    """Implementation of the load balancer; the cluster's default when absent."""
    source_ranges: Sequence[Cidr] = ()
    """Addresses that the load balancer lets in; all when empty."""
    external_traffic: Literal["Local", "Cluster"] | None = None
    """Local keeps the client's address and sends nothing from node to node; Cluster when absent."""
    client_affinity: bool = False
    """Send the connections of one client to one pod."""
    labels: Labels = field(default_factory=dict)
    """Labels besides the identity's."""
    annotations: Annotations = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ServiceProps(ServiceOptions):
    """A Service, inside the cluster unless ``type`` says otherwise."""

    identity: Identity
    """Whose pods it leads to."""
    ports: Sequence[Port]
    name: ServiceName | None = None
    """Name; the identity's when absent."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield no port at all, ports that are there twice, and a name that starts with a digit."""
        if not self.ports:
            yield Refusal("ports", "none", "at least one")
        if self.name is None:
            yield from service_name_refusals(self.identity)
        yield from service_port_refusals(self.ports)


def service_name_refusals(identity: Identity) -> Iterator[Refusal]:
    """Yield the name of an identity that a Service cannot have."""
    yield from (refusal.below("identity.name") for refusal in check_of(ServiceName)(identity.name))


def service_port_refusals(ports: Sequence[Port], place: str = "ports") -> Iterator[Refusal]:
    """Yield the ports whose number or name another port of the Service has."""
    for index, (number, protocol) in repeated((port.offered, port.protocol) for port in ports):
        yield Refusal(f"{place}[{index}].port", f"{number}", f"a number that no other {protocol} port has")
    for index, name in repeated(port.name for port in ports):
        yield Refusal(f"{place}[{index}].name", describe(name), "a name that no other port has")


def service_options_of(options: ServiceOptions) -> dict[str, Any]:
    """Return the fields of ``ServiceOptions``, to hand them on."""
    return {one.name: getattr(options, one.name) for one in fields(ServiceOptions)}


def service_spec(props: ServiceProps) -> Data:
    """Return the ``spec``; container ports are addressed by name."""
    return {
        **compact(
            clusterIP="None" if props.headless else None,
            externalTrafficPolicy=props.external_traffic,
            loadBalancerClass=props.load_balancer_class,
            loadBalancerSourceRanges=list(props.source_ranges),
            publishNotReadyAddresses=props.headless or None,
            sessionAffinity="ClientIP" if props.client_affinity else None,
        ),
        "ports": [_port(port) for port in props.ports],
        "selector": props.identity.selector,
        "type": props.type,
    }


def _port(port: Port) -> Data:
    return {
        **compact(appProtocol=port.app_protocol),
        "name": port.name,
        "port": port.offered,
        "protocol": port.protocol,
        "targetPort": port.name,
    }


class Service(Manifest):
    """A Service that leads to the pods of an identity."""

    def __init__(self, scope: Construct, id: str, props: ServiceProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="v1",
            kind="Service",
            name=props.name or props.identity.name,
            labels={**props.identity.labels, **props.labels},
            annotations=props.annotations,
            spec=service_spec(props),
        )
        self._ports = props.ports

    @cached_property
    def for_cdk8s_plus(self) -> "engine.kplus.Service":
        """The same for cdk8s-plus: ``kplus.IngressBackend.from_service(web.service.for_cdk8s_plus, port=8080)``."""
        return plus.service(self, self._ports)
