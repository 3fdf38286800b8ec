"""Service: a stable name and address of pods."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from quantacirc_cdk.kubernetes import engine, plus
from quantacirc_cdk.kubernetes.container import Port, ServicePort
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.check import Refusal, check_of, describe, repeated
from quantacirc_cdk.limits.formats import Cidr
from quantacirc_cdk.limits.kubernetes import AddedLabels, Annotations, LabelKey, ServiceName
from quantacirc_cdk.limits.services import IpFamily, IpFamilyPolicy, ServiceType, TrafficPolicy, service_refusals


@dataclass(frozen=True, kw_only=True)
class ServiceOptions:
    """Options of a Service."""

    headless: bool = False
    """Give each pod that is ready a DNS name, instead of one virtual address for all."""
    type: ServiceType = "ClusterIP"
    """Type; NodePort and LoadBalancer are also reachable from outside the cluster."""
    load_balancer_class: LabelKey | None = None
    """Implementation of the load balancer; the cluster's default when absent."""
    source_ranges: Sequence[Cidr] = ()
    """Client addresses that the load balancer accepts; all when empty."""
    external_traffic: TrafficPolicy | None = None
    """Local keeps the client's address and does not forward between nodes; Cluster when absent."""
    internal_traffic: TrafficPolicy | None = None
    """Local sends connections from inside the cluster only to pods on the client's node; Cluster when absent."""
    ip_family_policy: IpFamilyPolicy | None = None
    """Whether it has addresses of two families; the cluster's default when absent."""
    ip_families: Sequence[IpFamily] = ()
    """Address families, the primary one first; the cluster's default when empty."""
    client_affinity: bool = False
    """Send all connections of one client to the same pod."""
    labels: AddedLabels = field(default_factory=dict)
    """Additional labels."""
    annotations: Annotations = field(default_factory=dict)

    def refusals(self) -> Iterator[Refusal]:
        """Yield fields that the API refuses together."""
        yield from (Refusal(*refused) for refused in service_refusals(self))


@dataclass(frozen=True, kw_only=True)
class ServiceProps(ServiceOptions):
    """A Service. It is reachable only inside the cluster, unless ``type`` is set."""

    identity: Identity
    """Identity of the pods that it selects."""
    ports: Sequence[Port]
    name: ServiceName | None = None
    """Name; the identity's when absent."""
    publish_unready: bool = False
    """Publish the addresses of pods that are not ready, too: members of a StatefulSet find each other before they
    are."""

    def refusals(self) -> Iterator[Refusal]:
        """Yield a Service without ports, duplicate ports, a name that starts with a digit, and refused fields."""
        yield from super().refusals()
        if not self.ports:
            yield Refusal("ports", "none", "at least one")
        if self.name is None:
            yield from service_name_refusals(self.identity)
        yield from service_port_refusals(self.ports)


def service_name_refusals(identity: Identity) -> Iterator[Refusal]:
    """Yield an identity's name that a Service cannot have."""
    yield from (refusal.below("identity.name") for refusal in check_of(ServiceName)(identity.name))


def service_port_refusals(ports: Sequence[Port], place: str = "ports") -> Iterator[Refusal]:
    """Yield duplicate port numbers and names of a Service."""
    every = [
        (f"{place}[{index}]" + (f".additional_service_ports[{number - 1}]" if number else ""), port.protocol, one)
        for index, port in enumerate(ports)
        for number, one in enumerate(port.served)
    ]
    for index, (number, protocol) in repeated((one.port, protocol) for _, protocol, one in every):
        yield Refusal(f"{every[index][0]}.port", f"{number}", f"a different number for each {protocol} port")
    for index, name in repeated(one.name for _, _, one in every):
        yield Refusal(f"{every[index][0]}.name", describe(name), "a different name for each port")


def service_options_of(options: ServiceOptions) -> dict[str, Any]:
    """Return the fields of ``ServiceOptions``, to pass them on."""
    return {one.name: getattr(options, one.name) for one in fields(ServiceOptions)}


def service_spec(props: ServiceProps) -> Data:
    """Return the ``spec``; it refers to container ports by name."""
    return {
        **compact(
            clusterIP="None" if props.headless else None,
            externalTrafficPolicy=props.external_traffic,
            internalTrafficPolicy=props.internal_traffic,
            ipFamilies=list(props.ip_families),
            ipFamilyPolicy=props.ip_family_policy,
            loadBalancerClass=props.load_balancer_class,
            loadBalancerSourceRanges=list(props.source_ranges),
            publishNotReadyAddresses=props.publish_unready or None,
            sessionAffinity="ClientIP" if props.client_affinity else None,
        ),
        "ports": [_port(port, one) for port in props.ports for one in port.served],
        "selector": props.identity.selector,
        "type": props.type,
    }


def _port(port: Port, one: ServicePort) -> Data:
    return {
        **compact(appProtocol=one.app_protocol),
        "name": one.name,
        "port": one.port,
        "protocol": port.protocol,
        "targetPort": port.name,
    }


class Service(Manifest):
    """A Service for the pods of an identity."""

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
        """The Service as a cdk8s-plus object: ``kplus.IngressBackend.from_service(web.service.for_cdk8s_plus,
        port=8080)``.
        """
        return plus.service(self, self._ports)
