"""Rules of the API about fields of a Service together (https://kubernetes.io/docs/concepts/services-networking/service/).

The rules about address families: https://kubernetes.io/docs/concepts/services-networking/dual-stack/#services.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

ServiceType = Literal["ClusterIP", "NodePort", "LoadBalancer"]
TrafficPolicy = Literal["Cluster", "Local"]
IpFamily = Literal["IPv4", "IPv6"]
IpFamilyPolicy = Literal["SingleStack", "PreferDualStack", "RequireDualStack"]


class ServiceFields(Protocol):
    """The fields that the rules are about."""

    @property
    def type(self) -> ServiceType: ...  # noqa: D102
    @property
    def headless(self) -> bool: ...  # noqa: D102
    @property
    def load_balancer_class(self) -> str | None: ...  # noqa: D102
    @property
    def source_ranges(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def external_traffic(self) -> TrafficPolicy | None: ...  # noqa: D102
    @property
    def ip_family_policy(self) -> IpFamilyPolicy | None: ...  # noqa: D102
    @property
    def ip_families(self) -> Sequence[IpFamily]: ...  # noqa: D102


class Refused(NamedTuple):
    """A field that the API refuses."""

    field: str
    what: str
    expected: str


def service_refusals(service: ServiceFields) -> Iterator[Refused]:
    """Yield what the API refuses."""
    balanced = "type LoadBalancer"
    if service.headless and service.type != "ClusterIP":
        yield Refused("headless", f"with type {service.type}", "type ClusterIP")
    if service.load_balancer_class is not None and service.type != "LoadBalancer":
        yield Refused("load_balancer_class", f"with type {service.type}", balanced)
    if service.source_ranges and service.type != "LoadBalancer":
        yield Refused("source_ranges", f"with type {service.type}", balanced)
    if service.external_traffic is not None and service.type == "ClusterIP":
        yield Refused("external_traffic", "with type ClusterIP", "type LoadBalancer or NodePort")
    families = service.ip_families
    if len(set(families)) < len(families):
        yield Refused("ip_families", f"{families[0]} twice", "each family once")
    elif len(families) > 1 and service.ip_family_policy in (None, "SingleStack"):
        what = "two, which SingleStack, the default policy, does not allow"
        yield Refused("ip_families", what, "PreferDualStack or RequireDualStack")


_TYPE = "service.beta.kubernetes.io/aws-load-balancer-type"
_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
_INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
_NETWORK = "nlb"
"""Type of a Network Load Balancer of the cloud provider; another type is another controller's."""


def balancer_family(service_ranges: Sequence[str], *, ipv6: bool) -> IpFamilyPolicy | None:
    """Return the policy of a Service with a load balancer in a cluster: with ``ipv6``, clients of both families, unless
    ranges, which are those of IPv4, limit them; else the default.
    """
    return "PreferDualStack" if ipv6 and not service_ranges else None


BACKEND_SERVICES = "cloud.google.com/l4-rbs"
"""Annotation of GKE for load balancers of backend services, which alone have IPv6 addresses
(https://cloud.google.com/kubernetes-engine/docs/concepts/service-load-balancer#ipv4_ipv6_dual_stack)."""


def balancer_annotations(cloud: str, given: Mapping[str, str], *, ipv6: bool = False) -> dict[str, str]:
    """Return the annotations of a Service with a load balancer: ``given``, and what the cloud needs, with ``ipv6`` for
    clients of both families.

    On AWS, the default is a Classic Load Balancer, which serves TCP only
    (https://github.com/kubernetes/cloud-provider-aws/blob/master/docs/service_controller.md). The AWS Load Balancer
    Controller, which takes new Services over where it is installed, makes internal ones by default.
    """
    if cloud == "gcp" and ipv6:
        return {BACKEND_SERVICES: "enabled", **given}
    if cloud != "aws":
        return dict(given)
    scheme = {} if _INTERNAL in given else {_SCHEME: "internet-facing"}
    return {_TYPE: _NETWORK, **scheme, **given}


def balancer_refusals(
    cloud: str, annotations: Mapping[str, str], protocols: Collection[str], *, affinity: bool
) -> Iterator[Refused]:
    """Yield what the cloud does not make a load balancer for, and says only in an event of the Service."""
    if cloud != "aws" or annotations.get(_TYPE, _NETWORK) != _NETWORK:
        return
    if len(set(protocols)) > 1:
        what = f"LoadBalancer with ports of {' and '.join(sorted(set(protocols)))}, for which AWS makes none"
        expected = "ports of one protocol, routes of tcp and udp, or a `load_balancer_class`"
        yield Refused("type", what, expected)
    elif not set(protocols) <= {"TCP", "UDP"}:
        yield Refused("type", f"LoadBalancer with a port of {', '.join(protocols)} on AWS", "TCP or UDP")
    if affinity:
        what = "with type LoadBalancer on AWS, which makes none for it"
        yield Refused("client_affinity", what, "none, or a `load_balancer_class`")
