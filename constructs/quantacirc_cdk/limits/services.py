"""Rules of the API about fields of a Service together (https://kubernetes.io/docs/concepts/services-networking/service/).

The rules about address families: https://kubernetes.io/docs/concepts/services-networking/dual-stack/#services.
"""

from collections.abc import Iterator, Sequence
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
