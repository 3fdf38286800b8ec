"""Families of the addresses of pods, nodes and load balancers on each cloud."""

from typing import Literal

NetworkFamily = Literal["ipv4", "dual"]
"""IPv4 alone, or IPv4 and IPv6."""

_SINGLE = {
    # https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html#network-requirements-subnets. Of a cluster with
    # IPv6, network policies would need the ranges of the VPC and of Services, which AWS chooses.
    "aws": "EKS gives pods addresses of one family",
    # https://learn.microsoft.com/azure/aks/azure-cni-overlay#dual-stack-networking
    "azure": "AKS has no dual stack with a NAT gateway",
}
"""Why a cloud has IPv4 alone."""


def refused_family(cloud: str, family: NetworkFamily) -> tuple[str, str] | None:
    """Return the problem of the family of a network's addresses, or None."""
    if family == "dual" and cloud in _SINGLE:
        return f"dual stack, but {_SINGLE[cloud]}", '"ipv4"; only Google Cloud has "dual"'
    return None
