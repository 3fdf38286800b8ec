"""A VPC over several zones."""

from collections.abc import Sequence

from quantacirc_cdk.limits.aws import ZONES_WITHOUT_EKS
from quantacirc_cdk.terraform.aws.flow_logs import FlowLogs
from quantacirc_cdk.terraform.aws.network_endpoints import NetworkEndpoints
from quantacirc_cdk.terraform.aws.network_peers import NetworkPeers
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.network import (
    ExistingNetwork,
    NetworkProps,
    PodSubnet,
    pod_subnet_cidrs,
    subnet_cidrs,
)
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource, Resource
from quantacirc_cdk.text.terraform import has_expression

# What load balancer controllers look for (https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html).
_TIER_TAGS = {
    "private": {"kubernetes.io/role/internal-elb": "1"},
    "public": {"kubernetes.io/role/elb": "1"},
    "database": {},
}


class Network(Checked, Construct):
    """A VPC with public, private and database subnets in every zone, NAT, flow logs, endpoints and peers.

    Public subnets are for load balancers and NAT gateways and give no public address by themselves. Private subnets
    reach out by NAT. Database subnets have no route out. The default security group lets nothing through. Pods take
    their addresses from the private subnets, or from subnets of ``secondary_cidr``; ``pod_cidr`` is not used. Raises
    ``PropsError``.
    """

    @staticmethod
    def check_props(props: NetworkProps) -> None:
        """Raise ``PropsError`` for values that AWS refuses."""
        rules = Rules(props.name)
        props.check_cloud(rules, "aws")
        props.check_peers(rules, "aws")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: NetworkProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self.vpc = Resource(
            self,
            "aws_vpc",
            self._name,
            cidr_block=props.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": props.name},
        )
        self.network_id = self.vpc.id
        self.cidr = props.cidr
        self._zones = DataSource(
            self,
            "aws_availability_zones",
            self._name,
            state="available",
            # Local Zones and Wavelength Zones have neither NAT gateways nor EKS control planes.
            filter={"name": "opt-in-status", "values": ["opt-in-not-required"]},
            exclude_zone_ids=_excluded(props.region),
        )
        cidrs = subnet_cidrs(props.cidr, props.zones)
        private, public, database = (
            self._subnets(tier, tier_cidrs)
            for tier, tier_cidrs in (
                ("private", cidrs.private),
                ("public", cidrs.public),
                ("database", cidrs.database if props.database_subnets else ()),
            )
        )
        self.private_subnet_ids: Sequence[str] = [subnet.id for subnet in private]
        self.public_subnet_ids: Sequence[str] = [subnet.id for subnet in public]
        self.database_subnet_ids: Sequence[str] = [subnet.id for subnet in database]
        tables = self._route(private, public, database)
        self.pod_subnets: Sequence[PodSubnet] = self._pod_subnets(private, tables) if props.secondary_cidr else []
        """Subnets for pods, one for each zone; none without a secondary range."""
        # Without explicit rules, the default group allows its members to reach each other and the internet.
        Resource(self, "aws_default_security_group", self._name, vpc_id=self.network_id, tags=self._named("default"))
        FlowLogs(self, "flow-logs", network=self)
        NetworkEndpoints(self, "endpoints", network=self, route_table_ids=[table.id for table in tables])
        peers = NetworkPeers(self, "peers", network=self, private_tables=tables[: props.zones])
        self.peerings = peers.ids
        """Id of the peering connection with each peer."""

    @staticmethod
    def from_existing(
        *,
        network_id: str,
        cidr: str,
        private_subnet_ids: Sequence[str],
        public_subnet_ids: Sequence[str] = (),
        database_subnet_ids: Sequence[str] = (),
    ) -> ExistingNetwork:
        """Return an existing VPC for other constructs; creates nothing."""
        return ExistingNetwork(
            network_id=network_id,
            cidr=cidr,
            private_subnet_ids=private_subnet_ids,
            public_subnet_ids=public_subnet_ids,
            database_subnet_ids=database_subnet_ids,
        )

    def _named(self, *parts: str) -> dict[str, str]:
        return {"Name": "-".join((self.props.name, *parts))}

    def _subnets(self, tier: str, cidrs: Sequence[str]) -> list[Resource]:
        return [
            Resource(
                self,
                "aws_subnet",
                terraform_name(self._name, tier, str(zone + 1)),
                vpc_id=self.network_id,
                cidr_block=cidr,
                availability_zone=self._zones.ref(f"names[{zone}]"),
                map_public_ip_on_launch=False,
                tags=self._named(tier, str(zone + 1)) | _TIER_TAGS[tier],
                # A zone that AWS adds may come first in the list: no subnet moves because of it.
                lifecycle={"ignore_changes": ["availability_zone"]},
            )
            for zone, cidr in enumerate(cidrs)
        ]

    def _pod_subnets(self, private: Sequence[Resource], tables: Sequence[Resource]) -> list[PodSubnet]:
        """Create a subnet for pods beside each private subnet, in its zone and with its routes."""
        assert self.props.secondary_cidr is not None  # noqa: S101  only called with one
        association = Resource(
            self,
            "aws_vpc_ipv4_cidr_block_association",
            terraform_name(self._name, "pods"),
            vpc_id=self.network_id,
            cidr_block=self.props.secondary_cidr,
        )
        found = []
        for zone, cidr in enumerate(pod_subnet_cidrs(self.props.secondary_cidr, len(private))):
            subnet = Resource(
                self,
                "aws_subnet",
                terraform_name(self._name, "pods", str(zone + 1)),
                vpc_id=association.ref("vpc_id"),
                cidr_block=cidr,
                availability_zone=private[zone].ref("availability_zone"),
                map_public_ip_on_launch=False,
                tags=self._named("pods", str(zone + 1)),
            )
            Resource(
                self,
                "aws_route_table_association",
                subnet.name,
                route_table_id=tables[zone].id,
                subnet_id=subnet.id,
            )
            found.append(PodSubnet(subnet.id, subnet.ref("availability_zone")))
        return found

    def _route(
        self, private: Sequence[Resource], public: Sequence[Resource], database: Sequence[Resource]
    ) -> list[Resource]:
        """Create gateways and routes; return the route tables of the subnets that reach object storage."""
        gateway = Resource(
            self, "aws_internet_gateway", self._name, vpc_id=self.network_id, tags={"Name": self.props.name}
        )
        public_table = self._route_table("public", public)
        self._default_route("public", public_table, gateway_id=gateway.id)
        database_tables = [self._route_table("database", database)] if database else []
        count = self.props.zones if self.props.nat == "per-zone" else 1
        self.nat_gateways = [self._nat_gateway(zone, public[zone], gateway) for zone in range(count)]
        private_tables = []
        for zone, subnet in enumerate(private):
            key = f"private_{zone + 1}"
            table = self._route_table(key, [subnet])
            self._default_route(key, table, nat_gateway_id=self.nat_gateways[min(zone, count - 1)].id)
            private_tables.append(table)
        return [*private_tables, *database_tables]

    def _nat_gateway(self, zone: int, subnet: Resource, gateway: Resource) -> Resource:
        key = terraform_name(self._name, str(zone + 1))
        tags = self._named("nat", str(zone + 1))
        address = Resource(self, "aws_eip", key, domain="vpc", tags=tags, depends_on=[gateway])
        return Resource(
            self, "aws_nat_gateway", key, allocation_id=address.id, subnet_id=subnet.id, tags=tags, depends_on=[gateway]
        )

    def _route_table(self, key: str, subnets: Sequence[Resource]) -> Resource:
        name = terraform_name(self._name, key)
        table = Resource(self, "aws_route_table", name, vpc_id=self.network_id, tags=self._named(key.replace("_", "-")))
        for subnet in subnets:
            Resource(self, "aws_route_table_association", subnet.name, route_table_id=table.id, subnet_id=subnet.id)
        return table

    def _default_route(self, key: str, table: Resource, **target: str) -> None:
        name = terraform_name(self._name, key)
        Resource(self, "aws_route", name, route_table_id=table.id, destination_cidr_block="0.0.0.0/0", **target)


def _excluded(region: str) -> list[str] | None:
    """Return the ids of zones that a cluster of the region cannot use; of all regions if only Terraform knows it."""
    if has_expression(region):
        return sorted(ZONES_WITHOUT_EKS.values())
    return [ZONES_WITHOUT_EKS[region]] if region in ZONES_WITHOUT_EKS else None
