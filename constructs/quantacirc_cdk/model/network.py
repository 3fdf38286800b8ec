"""The network of an environment: made by Terraform or existing, and its peers."""

from typing import Annotated, Literal

from pydantic import Field

from quantacirc_cdk.limits.cloud_names import GoogleProject
from quantacirc_cdk.limits.ip_families import NetworkFamily
from quantacirc_cdk.limits.network_peers import AwsAccount, PeerNetwork
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.values import Cidr, CloudResource, Name

RetentionDays = Annotated[int, Field(ge=1, le=3650)]


class ExistingNetwork(Section):
    """An existing network."""

    name: CloudResource
    """Name of the network; on AWS the id of a VPC, `vpc-…`, or its `Name` tag."""
    private_subnets: Annotated[list[CloudResource], Field(min_length=1)]
    """Subnets of the nodes, with outgoing traffic through NAT. AWS: ids or `Name` tags, in at least two zones. Google
    Cloud: one, with secondary ranges named `pods` and `services`. Azure: one, with service endpoints for vaults and
    storage."""
    public_subnets: list[CloudResource] = []
    """Subnets of load balancers."""
    database_subnets: list[CloudResource] = []
    """Subnets of managed databases. Google Cloud: the range of private service access. Azure: one subnet, delegated to
    `Microsoft.DBforPostgreSQL/flexibleServers`."""
    control_plane_subnet: CloudResource | None = None
    """Azure: subnet for the control plane of a new cluster, delegated to
    `Microsoft.ContainerService/managedClusters`."""
    resource_group: CloudResource | None = None
    """Azure: resource group of the network."""
    project: GoogleProject | None = None
    """Google Cloud: host project of a Shared VPC; the environment's project when absent."""


class NetworkPeer(Section):
    """A network that Terraform peers with the environment's own. Its owner does the other side."""

    network: PeerNetwork
    """Id of the other network. AWS: `vpc-…`. Google Cloud: `projects/PROJECT/global/networks/NAME`. Azure:
    `/subscriptions/…/virtualNetworks/NAME`."""
    account: AwsAccount | None = None
    """AWS: account of the other network; the environment's when absent."""
    region: str | None = None
    """AWS: region of the other network; the environment's when absent."""
    cidrs: Annotated[list[Cidr], Field(min_length=1)]
    """All address ranges of the other network. AWS: the routes from the private subnets. Azure: addresses that reach
    load balancers and the API of the cluster, and nothing else. Google Cloud: addresses whose refused connections are
    logged."""
    dns_resolution: bool = False
    """AWS, with a network in the same account and region: let each network resolve public names of the other's machines
    to their private addresses. Both networks need DNS hostnames."""


class Network(Section):
    """The network of the cluster and of managed stores. The ranges must not overlap."""

    cidr: Cidr
    """Address range of the network: nodes, load balancers, managed stores. /16 to /22."""
    pod_cidr: Cidr = "100.64.0.0/14"
    """Address range of pods, on clouds with a separate range for them."""
    secondary_cidr: Cidr | None = None
    """AWS: a secondary range of the VPC, with a subnet for pods in each zone; /16 to /20, such as 100.64.0.0/16. Pods
    take their addresses from it, and nodes from `cidr`. Without it, pods take those of the nodes' subnets."""
    service_cidr: Cidr = "172.20.0.0/16"
    """Virtual address range of Services; also of those of an existing cluster on AWS, whose policies need it."""
    ip_family: NetworkFamily = "ipv4"
    """Google Cloud: `dual` gives nodes, pods and load balancers IPv6 addresses, too. They are public: firewall rules
    and network policies decide who reaches them."""
    zones: Annotated[int, Field(ge=1, le=6)] = 3
    """Number of availability zones."""
    nat: Literal["single", "per-zone"] = "single"
    """NAT gateways for outgoing traffic: one, or one per zone."""
    flow_log_retention_days: RetentionDays = 365
    """Days to keep flow logs."""
    existing: ExistingNetwork | None = None
    """An existing network, which Terraform reads instead of creating one."""
    peers: dict[Name, NetworkPeer] = {}
    """Networks that Terraform peers with this one, by a name of your choice."""
