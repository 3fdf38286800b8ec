"""What a managed cluster refuses of its API endpoint, its node pools and its range of Services, on any cloud."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
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
