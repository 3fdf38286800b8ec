"""Existing infrastructure that Terraform looks up by id or name when it plans."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.terraform.interface.cluster import ClusterLike
from quantacirc_cdk.terraform.interface.network import NetworkLike


@dataclass(frozen=True, kw_only=True)
class NetworkLookup:
    """An existing network."""

    name: str
    """Name of the network; on AWS the id of a VPC or its ``Name`` tag."""
    region: str
    """The cloud's name of the region."""
    cidr: str
    """Address range."""
    private_subnets: Sequence[str]
    """Subnets of the nodes by name; on AWS by id or ``Name`` tag, in at least two zones."""
    public_subnets: Sequence[str] = ()
    """Subnets of load balancers."""
    database_subnets: Sequence[str] = ()
    """Subnets of databases; on Google Cloud, the name of the private service access range."""
    control_plane_subnet: str | None = None
    """Azure: subnet of the control plane of a cluster."""
    resource_group: str | None = None
    """Azure: resource group of the network."""
    project: str | None = None
    """Google Cloud: host project of a Shared VPC; that of the provider by default."""
    zones: int = 3
    """Number of zones in use, for subnets that span all zones (Google Cloud, Azure)."""


@dataclass(frozen=True, kw_only=True)
class ClusterLookup:
    """An existing Kubernetes cluster."""

    name: str
    """Name of the cluster."""
    region: str
    """The cloud's name of the region."""
    network: NetworkLike
    """Network of the cluster."""
    resource_group: str | None = None
    """Azure: resource group of the cluster."""
    node_tag: str | None = None
    """Google Cloud: network tag of its nodes, from which databases allow connections."""


@dataclass(frozen=True, kw_only=True)
class ImageRegistryLookup:
    """An existing image registry."""

    address: str
    """Prefix of the names of its images: host and, on AWS and Google Cloud, repository."""
    repositories: Sequence[str] = ()
    """AWS: names of the repositories, below ``address``."""
    resource_group: str | None = None
    """Azure: resource group of the registry."""
    cluster: ClusterLike | None = None
    """Azure: cluster that pulls from it."""
