"""A private network across several zones."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from quantacirc_cdk.limits.ip_families import NetworkFamily, refused_family
from quantacirc_cdk.limits.network_peers import AwsAccount, refused_peers
from quantacirc_cdk.limits.secondary_ranges import refused_secondary_range
from quantacirc_cdk.terraform.expressions import subnet
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.text.terraform import has_expression

MAX_ZONES = 6


class OpenPort(NamedTuple):
    """A port of a load balancer that the cluster creates."""

    name: str
    """Name of the rule."""
    port: int
    protocol: Literal["Tcp", "Udp"]
    sources: tuple[str, ...] = ()
    """Client ranges; the internet when empty."""


@dataclass(frozen=True, kw_only=True)
class NetworkPeer:
    """A network that is peered with another one."""

    network: str
    """The cloud's id of it: ``vpc-…``, ``projects/PROJECT/global/networks/NAME`` or
    ``/subscriptions/…/virtualNetworks/NAME``."""
    account: AwsAccount | None = None
    """AWS: its account; that of the network with the peer by default."""
    region: str | None = None
    """AWS: its region; that of the network with the peer by default."""
    cidrs: Sequence[str]
    """All of its address ranges."""
    dns_resolution: bool = False
    """AWS, in the same account and region: resolve public names of the other network to private addresses, on both
    sides."""


@dataclass(frozen=True, kw_only=True)
class NetworkProps:
    """A network with public and private subnets, and optionally database subnets, in every zone."""

    name: str
    """Prefix of the names of all its resources."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account, project or subscription."""
    cidr: str
    """Address range, /16 to /22."""
    zones: int = 3
    """Number of zones, 1 to 6."""
    nat: Literal["single", "per-zone"] = "single"
    """NAT gateways for outgoing traffic: one, or one for each zone."""
    pod_cidr: str = "100.64.0.0/14"
    """Address range of pods, on clouds with a separate range for them (Google Cloud, Azure overlay)."""
    secondary_cidr: str | None = None
    """AWS: secondary range of the VPC, /16 to /20, with a subnet for pods in each zone; none by default, and pods share
    the private subnets."""
    ip_family: NetworkFamily = "ipv4"
    """Google Cloud: with ``dual``, nodes, pods and load balancers also have IPv6 addresses, which are public."""
    service_cidr: str = "172.20.0.0/16"
    """Virtual address range of Kubernetes Services."""
    private_services: bool = True
    """Reach the cloud's own services inside the network. Costs an endpoint for each service and zone on AWS and Azure.
    Object storage is always reached inside the network, free of charge.
    """
    flow_log_retention_days: int = 365
    """Days to keep flow logs; the default of a year follows PCI DSS 10.5.1 for audit trails."""
    database_subnets: bool = True
    """Create subnets for databases, without a route to the internet."""
    open_ports: Sequence[OpenPort] = ()
    """Ports of the cluster's load balancers besides 80 and 443, on clouds where the network must admit them (Azure)."""
    log_key_id: str | None = None
    """Key of the flow logs; the cloud's own key by default."""
    peers: Mapping[str, NetworkPeer] = field(default_factory=dict)
    """Networks to peer it with, by name; none by default. Each needs at least one range."""

    def check(self) -> None:
        """Raise ``PropsError`` with all problems."""
        rules = Rules(self.name)
        rules.cidr("cidr", self.cidr, 16, 22)
        rules.cidr("service_cidr", self.service_cidr, 12, 24)
        rules.between("zones", self.zones, 1, MAX_ZONES)
        rules.one_of("nat", self.nat, "single", "per-zone")
        rules.between("flow_log_retention_days", self.flow_log_retention_days, 1, 3650, "days")
        self._check_overlaps(rules, "service_cidr", self.cidr)
        if self.secondary_cidr is not None:
            rules.cidr("secondary_cidr", self.secondary_cidr)
            self._check_overlaps(rules, "secondary_cidr", self.cidr)
            self._check_overlaps(rules, "service_cidr", self.secondary_cidr)
        for name, peer in self.peers.items():
            if not peer.cidrs:
                rules.refuse(f"peers.{name}.cidrs", "no range", "those of the other network")
            for cidr in peer.cidrs:
                rules.cidr(f"peers.{name}.cidrs", cidr)
        rules.check()

    def check_pods(self, rules: Rules, low: int) -> None:
        """Add the problems of the range of pods, on a cloud with a separate one."""
        rules.cidr("pod_cidr", self.pod_cidr, low, 22)
        self._check_overlaps(rules, "pod_cidr", self.cidr)
        self._check_overlaps(rules, "service_cidr", self.pod_cidr)

    def check_cloud(self, rules: Rules, cloud: str) -> None:
        """Add the problems of properties that not every cloud has."""
        if wrong := refused_family(cloud, self.ip_family):
            rules.refuse("ip_family", *wrong)
        if wrong := refused_secondary_range(cloud, self.cidr, self.secondary_cidr):
            rules.refuse("secondary_cidr", *wrong)

    def check_peers(self, rules: Rules, cloud: str) -> None:
        """Add the problems of the peers on a cloud."""
        rules.refused(refused_peers(cloud, self.account, self.region, self, self.peers), "peers")

    def _check_overlaps(self, rules: Rules, key: str, other: str) -> None:
        own = str(getattr(self, key))
        if rules.problems or has_expression(own) or has_expression(other):
            return
        if ipaddress.IPv4Network(own).overlaps(ipaddress.IPv4Network(other)):
            rules.refuse(key, f"{own} overlaps {other}", "ranges that do not overlap")


class SubnetCidrs(NamedTuple):
    """CIDRs of each tier, one for each zone."""

    private: Sequence[str]
    public: Sequence[str]
    database: Sequence[str]


def subnet_cidrs(cidr: str, zones: int) -> SubnetCidrs:
    """Divide ``cidr`` into subnets.

    Six eighths are for private subnets, one eighth each for public and database subnets. The division does not depend
    on the number of zones, so that adding a zone does not change existing ranges. A /16 gives private subnets of 8,192
    addresses and others of 1,024; a /22 gives 128 and 16.
    """
    public, database = 6, 7  # The last two eighths.

    def small(eighth: int) -> list[str]:
        return [subnet(cidr, 6, 8 * eighth + zone) for zone in range(zones)]

    return SubnetCidrs([subnet(cidr, 3, zone) for zone in range(zones)], small(public), small(database))


def pod_subnet_cidrs(cidr: str, zones: int) -> Sequence[str]:
    """Divide a secondary range: an eighth for the pods of each zone, so that another zone changes no other range."""
    return [subnet(cidr, 3, zone) for zone in range(zones)]


class PodSubnet(NamedTuple):
    """AWS: a subnet for pods."""

    id: str
    zone: str
    """Name of its availability zone."""


class NetworkLike(Protocol):
    """What other constructs need from a network; all values can be references."""

    @property
    def network_id(self) -> str:
        """The cloud's id of the network."""

    @property
    def cidr(self) -> str:
        """Address range."""

    @property
    def public_subnet_ids(self) -> Sequence[str]:
        """Subnets with a route to the internet, for load balancers."""

    @property
    def private_subnet_ids(self) -> Sequence[str]:
        """Subnets for nodes, with outgoing traffic through NAT."""

    @property
    def database_subnet_ids(self) -> Sequence[str]:
        """Subnets without a route to the internet."""


def stated_cidr(network: NetworkLike) -> str:
    """Return the address range of a network; empty or an expression if only Terraform knows it."""
    return str(getattr(network, "looked_up_cidr", "") or network.cidr)


@dataclass(frozen=True, kw_only=True)
class ExistingNetwork:
    """An existing network: the result of ``Network.from_existing``."""

    network_id: str
    cidr: str
    private_subnet_ids: Sequence[str]
    public_subnet_ids: Sequence[str] = ()
    database_subnet_ids: Sequence[str] = ()
    looked_up_cidr: str = ""
    """Address range that the lookup stated, where ``cidr`` is what Terraform reads."""
    project: str | None = None
    """Google Cloud: host project of a Shared VPC, in which rules of the firewall belong."""
