"""What a managed cluster refuses of its API endpoint, its node pools and its range of Services, on any cloud."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from quantacirc_cdk.limits.clouds import Refused
from quantacirc_cdk.text.terraform import has_expression


class Pool(Protocol):
    """A node pool, of the model or of the props."""

    @property
    def spot(self) -> bool:
        """Whether the cloud may take its nodes away."""

    @property
    def taints(self) -> Sequence[Any]:
        """Its taints."""

    @property
    def min_nodes(self) -> int:
        """Its least number of nodes."""


class Exclusion(Protocol):
    """Days on which a cloud must not upgrade a cluster, of the model or of the props."""

    @property
    def first_day(self) -> str:
        """The first of them."""

    @property
    def last_day(self) -> str:
        """The last of them."""


class CloudSettings(Protocol):
    """Settings that not every cloud has, of the model or of the props."""

    @property
    def dns_endpoint(self) -> bool:
        """Whether the API is reached by its DNS name."""

    @property
    def session_manager(self) -> bool:
        """Whether operators open sessions on nodes."""

    @property
    def load_balancer_controller(self) -> bool:
        """Whether the controller of load balancers has permissions."""

    @property
    def maintenance_exclusions(self) -> Mapping[str, Exclusion]:
        """When the cloud must not upgrade it."""


def refused_settings(cloud: str, cluster: CloudSettings) -> Iterator[Refused]:
    """Yield settings that the cloud does not have, and exclusions from maintenance that it refuses."""
    if cluster.dns_endpoint and cloud != "gcp":
        yield ("dns_endpoint",), "a DNS endpoint, which only Google Cloud has", "`operator_cidrs`"
    if cluster.session_manager and cloud != "aws":
        instead = {"gcp": "`gcloud compute ssh --tunnel-through-iap`", "azure": "`kubectl debug node/NAME`"}
        yield ("session_manager",), "Session Manager, which only AWS has", f"none: {instead[cloud]}"
    if cluster.load_balancer_controller and cloud != "aws":
        what = "the AWS Load Balancer Controller, which only AWS has"
        yield ("load_balancer_controller",), what, "none: the cloud makes load balancers itself"
    exclusions = cluster.maintenance_exclusions
    if exclusions and cloud == "aws":
        what = "exclusions from maintenance, which EKS has none of"
        yield ("maintenance_exclusions",), what, "none: it upgrades only when you raise `kubernetes_version`"
    elif len(exclusions) > MOST_EXCLUSIONS.get(cloud, len(exclusions)):
        most = f"at most {MOST_EXCLUSIONS[cloud]} (https://cloud.google.com/kubernetes-engine/quotas)"
        yield ("maintenance_exclusions",), f"{len(exclusions)} exclusions", most
    for name, exclusion in exclusions.items():
        if wrong := _refused_days(cloud, exclusion):
            key, what, expected = wrong
            yield ("maintenance_exclusions", name, key), what, expected


MOST_EXCLUSIONS = {"gcp": 20}
LONGEST_EXCLUSION = {"gcp": 90}
"""Days of an exclusion of all upgrades
(https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions). AKS has no limit."""


def _refused_days(cloud: str, exclusion: Exclusion) -> tuple[str, str, str] | None:
    """Return the key, what is wrong with its day, and what was expected."""
    days: list[date] = []
    for key, day in (("first_day", exclusion.first_day), ("last_day", exclusion.last_day)):
        try:
            days.append(date.fromisoformat(day))
        except ValueError:
            return key, f"{day}, which no calendar has", "a day such as 2026-12-24"
    length, longest = (days[1] - days[0]).days + 1, LONGEST_EXCLUSION.get(cloud)
    if length < 1:
        return "last_day", f"{exclusion.last_day}, before the first day", f"{exclusion.first_day} or later"
    if longest and length > longest:
        return "last_day", f"{length} days without upgrades", f"at most {longest}"
    return None


def refused_endpoint(cidrs: Sequence[str], *, private: bool) -> Iterator[Refused]:
    """Yield an API endpoint that is open to the whole internet, and allowed addresses of a private one."""
    place = "authorized_cidrs"
    if private and cidrs:
        yield (place,), "`authorized_cidrs` of a private API endpoint", "none, or `private_endpoint: false`"
    if not private and not cidrs:
        what = "a public API endpoint open to everyone"
        yield ("private_endpoint",), what, "the allowed addresses in `authorized_cidrs`"
    for index, cidr in enumerate(() if private else cidrs):
        if cidr.endswith("/0"):
            yield (place, index), f"{cidr} opens the API to everyone", "the addresses of your offices"


def refused_pools(cloud: str, pools: Iterable[Pool]) -> Iterator[Refused]:
    """Yield pools without nodes for the cluster's own pods, of which Azure's system pool has a rule for itself.

    CoreDNS runs there, and pods of the cloud: with no node for them an apply waits until it fails
    (https://docs.aws.amazon.com/eks/latest/userguide/managing-coredns.html,
    https://cloud.google.com/kubernetes-engine/docs/concepts/cluster-autoscaler#minimum_and_maximum_node_pool_size).
    """
    found = list(pools)
    untainted = [pool for pool in found if all(one.effect == "PreferNoSchedule" for one in pool.taints)]
    if found and cloud != "azure" and not any(pool.min_nodes for pool in untainted):
        what = "a minimum of 0 nodes for the cluster's own pods, such as CoreDNS"
        yield (), what, "a pool without taints, and with min_nodes of at least 1"


def refused_system_pool(pool: Pool) -> Iterator[Refused]:
    """Yield what the system pool of a cluster on Azure cannot be
    (https://learn.microsoft.com/azure/aks/use-system-pools#system-and-user-node-pools).
    """
    if pool.spot:
        yield ("spot",), "spot nodes in the system pool", "none: it runs the system's pods"
    if pool.taints:
        yield ("taints",), "taints of the system pool", "none: it runs the system's pods"
    if pool.min_nodes < 1:
        yield ("min_nodes",), "0 nodes in the system pool", "1: it runs the system's pods"


def refused_overlap(cloud: str, services: str, network: str) -> tuple[str, str] | None:
    """Return the problem of a range of Services inside of the network, as far as both are known; None on Google Cloud,
    where it is a range of the nodes' subnet.

    https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html,
    https://learn.microsoft.com/azure/aks/azure-cni-overlay#ip-address-planning.
    """
    if cloud == "gcp" or not network or has_expression(services) or has_expression(network):
        return None
    if ipaddress.IPv4Network(services).overlaps(ipaddress.IPv4Network(network, strict=False)):
        return f"{services} overlaps the network, {network}", "a range outside of the network"
    return None
