"""What is looked up by id or name instead of being made: Terraform reads it when it plans."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.terraform.interface.cluster import ClusterLike
from quantacirc_cdk.terraform.interface.network import NetworkLike


@dataclass(frozen=True, kw_only=True)
class NetworkLookup:
    """A network that is there already."""

    name: str
    """Name of the network; on AWS the id of a VPC or its ``Name`` tag."""
    region: str
    """The cloud's name of the region."""
    cidr: str
    """Its addresses."""
    private_subnets: Sequence[str]
    """Subnets of the nodes by name; on AWS by id or ``Name`` tag, in two zones or more."""
    public_subnets: Sequence[str] = ()
    """Subnets of load balancers."""
    database_subnets: Sequence[str] = ()
    """Subnets of databases; on Google Cloud the name of the range of private service access."""
    control_plane_subnet: str | None = None
    """Azure: subnet of the control plane of a cluster."""
    resource_group: str | None = None
    """Azure: resource group of the network."""
    zones: int = 3
    """Zones used, where subnets are in all of them (Google Cloud, Azure)."""


@dataclass(frozen=True, kw_only=True)
class ClusterLookup:
    """A Kubernetes cluster that is there already."""

    name: str
    """Name of the cluster."""
    region: str
    """The cloud's name of the region."""
    network: NetworkLike
    """Network that it is in."""
    resource_group: str | None = None
    """Azure: resource group of the cluster."""
    node_tag: str | None = None
    """Google Cloud: network tag of its nodes, by which databases admit them."""


@dataclass(frozen=True, kw_only=True)
class ImageRegistryLookup:
    """A registry of images that is there already."""

    address: str
    """What the names of its images begin with: host and, on AWS and Google Cloud, repository."""
    repositories: Sequence[str] = ()
    """AWS: names of the repositories, below ``address``."""
    resource_group: str | None = None
    """Azure: resource group of the registry."""
    cluster: ClusterLike | None = None
    """Azure: cluster that is to pull from it."""
