"""A VPC network in one region, across several zones."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.expressions import host, prefix_length, repeated, subnet
from quantacirc_cdk.terraform.gcp.log_bucket import LogBucket
from quantacirc_cdk.terraform.gcp.names import check_name
from quantacirc_cdk.terraform.gcp.network_peers import NetworkPeers
from quantacirc_cdk.terraform.gcp.private_services import PrivateServices
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.interface.network import ExistingNetwork, NetworkProps
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

POD_RANGE = "pods"
SERVICE_RANGE = "services"
"""Names of the secondary ranges of the nodes' subnet; an existing subnet must have them too."""
LONGEST_NAME = 63 - len("-database")


class Ranges(NamedTuple):
    """Address ranges of a network's subnets."""

    private: str
    public: str
    database: str


def ranges(cidr: str) -> Ranges:
    """Divide ``cidr``: a half for nodes, a quarter for load balancers' proxies, a quarter for databases.

    Subnets are regional, so zones need no separate ranges. In a /22, databases get the /24 that Cloud SQL needs.
    """
    return Ranges(subnet(cidr, 1, 0), subnet(cidr, 2, 2), subnet(cidr, 2, 3))


class Network(Checked, Construct):
    """A VPC-native network: a subnet for nodes with ranges for pods and Services, Cloud NAT, flow logs, private access.

    Subnets and NAT are regional, so each list of subnets repeats the same subnet for every zone in use. Nodes use NAT
    for outgoing traffic, and reach Google's APIs inside Google's network. The public subnet is that of the regional
    load balancers' proxies. The database range is peered with the network in which Google runs Cloud SQL; nothing can
    connect to it until a database allows it. A gateway survives the loss of a zone; ``nat`` sets the number of its
    addresses, one or one for each zone. Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: NetworkProps) -> None:
        """Raise ``PropsError`` for values that Google Cloud refuses."""
        rules = Rules(props.name)
        check_name(rules, props.name, LONGEST_NAME)
        props.check_pods(rules, 9)
        rules.cidr("service_cidr", props.service_cidr, 16, 24)
        props.check_cloud(rules, "gcp")
        props.check_peers(rules, "gcp")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: NetworkProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self._ranges = ranges(props.cidr)
        self.network = Resource(
            self,
            "google_compute_network",
            self._name,
            name=props.name,
            description=f"{props.name}: no subnets but those declared",
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            depends_on=enable(self, "compute"),
        )
        self.network_id = self.network.id
        self.cidr = props.cidr
        self.pod_cidr = props.pod_cidr
        self.ip_family = props.ip_family
        private, public = self._private_subnet(), self._public_subnet()
        self.private_subnet_ids: Sequence[str] = repeated(private.id, props.zones)
        self.public_subnet_ids: Sequence[str] = repeated(public.id, props.zones)
        self.database_subnet_ids: Sequence[str] = (
            repeated(self._database_range(), props.zones) if props.database_subnets else []
        )
        self.nat = self._nat(private)
        LogBucket(
            self,
            "flow-logs",
            terraform_name=terraform_name(self._name, "flow_logs"),
            name=f"{props.name}-flow-logs",
            description=f"Flow logs of {props.name}",
            filter='log_id("compute.googleapis.com/vpc_flows") AND '
            f'resource.labels.subnetwork_name="{props.name}-private"',
            project=props.account,
            region=props.region,
            retention_days=props.flow_log_retention_days,
            key_id=props.log_key_id,
        )
        if props.private_services:
            PrivateServices(self, "private-services", network=self.network, name=props.name)
        NetworkPeers(self, "peers", network=self.network, props=props)
        self.peerings: Mapping[str, str] = dict.fromkeys(props.peers, self.network_id)
        """What the owner of each peer peers its own network with: the id of this network."""

    @staticmethod
    def from_existing(
        *,
        network_id: str,
        cidr: str,
        private_subnet_ids: Sequence[str],
        public_subnet_ids: Sequence[str] = (),
        database_subnet_ids: Sequence[str] = (),
        project: str | None = None,
    ) -> ExistingNetwork:
        """Return an existing network for other constructs; creates nothing.

        ``private_subnet_ids`` repeats the nodes' subnet for each zone in use; its secondary ranges are named ``pods``
        and ``services``. ``database_subnet_ids`` repeats the name of the private service access range. ``project`` is
        the host project of a Shared VPC.
        """
        return ExistingNetwork(
            network_id=network_id,
            cidr=cidr,
            private_subnet_ids=private_subnet_ids,
            public_subnet_ids=public_subnet_ids,
            database_subnet_ids=database_subnet_ids,
            project=project,
        )

    def _private_subnet(self) -> Resource:
        props = self.props
        # Only external addresses reach the internet, and only they are those of load balancers for its clients. Ingress
        # needs a rule of the firewall (https://cloud.google.com/vpc/docs/subnets#ipv6-ranges).
        dual = {"stack_type": "IPV4_IPV6", "ipv6_access_type": "EXTERNAL"}
        # Google Cloud never takes an IPv6 range back, and without this the provider plans to at each apply
        # (https://cloud.google.com/load-balancing/docs/migrate-global-ext-https-dualstack#limitations).
        kept: dict[str, Any] = {"lifecycle": {"ignore_changes": list(dual)}}
        return Resource(
            self,
            "google_compute_subnetwork",
            terraform_name(self._name, "private"),
            **(dual if self.ip_family == "dual" else kept),
            name=f"{props.name}-private",
            region=props.region,
            network=self.network_id,
            ip_cidr_range=self._ranges.private,
            private_ip_google_access=True,
            secondary_ip_range=[
                {"range_name": POD_RANGE, "ip_cidr_range": props.pod_cidr},
                {"range_name": SERVICE_RANGE, "ip_cidr_range": props.service_cidr},
            ],
            log_config={
                "aggregation_interval": "INTERVAL_10_MIN",
                "flow_sampling": 1,
                "metadata": "INCLUDE_ALL_METADATA",
            },
        )

    def _public_subnet(self) -> Resource:
        # Proxies log their requests themselves: such a subnet supports neither flow logs nor private access.
        return Resource(
            self,
            "google_compute_subnetwork",
            terraform_name(self._name, "public"),
            name=f"{self.props.name}-public",
            region=self.props.region,
            network=self.network_id,
            ip_cidr_range=self._ranges.public,
            purpose="REGIONAL_MANAGED_PROXY",
            role="ACTIVE",
        )

    def _database_range(self) -> str:
        """Create the peering with Google's service network; return a reference to the range's name that waits for
        it.
        """
        name = terraform_name(self._name, "database")
        reserved = Resource(
            self,
            "google_compute_global_address",
            name,
            name=f"{self.props.name}-database",
            network=self.network_id,
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=host(self._ranges.database, 0),
            prefix_length=prefix_length(self._ranges.database),
        )
        connection = Resource(
            self,
            "google_service_networking_connection",
            name,
            network=self.network_id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[reserved.ref("name")],
            # Google keeps the peering for days after the last database is deleted, and refuses to delete it until then.
            deletion_policy="ABANDON",
            depends_on=enable(self, "servicenetworking"),
        )
        Resource(
            self,
            "google_compute_firewall",
            name,
            name=f"deny-{self.props.name}",  # The name of a component's rule begins with that of the network.
            description="No connections to databases without an explicit rule",
            network=self.network_id,
            direction="EGRESS",
            priority=2000,
            destination_ranges=[self._ranges.database],
            deny=[{"protocol": "all"}],
            log_config={"metadata": "INCLUDE_ALL_METADATA"},
        )
        return connection.ref("reserved_peering_ranges[0]")

    def _nat(self, subnet: Resource) -> Resource:
        props = self.props
        name = f"{props.name}-nat"
        addresses = [
            Resource(
                self,
                "google_compute_address",
                terraform_name(self._name, str(zone + 1)),
                name=f"{name}-{zone + 1}",
                region=props.region,
                address_type="EXTERNAL",
                depends_on=enable(self, "compute"),
            )
            for zone in range(props.zones if props.nat == "per-zone" else 1)
        ]
        router = Resource(
            self, "google_compute_router", self._name, name=name, region=props.region, network=self.network_id
        )
        return Resource(
            self,
            "google_compute_router_nat",
            self._name,
            name=name,
            region=props.region,
            router=router.ref("name"),
            nat_ip_allocate_option="MANUAL_ONLY",
            nat_ips=[address.ref("self_link") for address in addresses],
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetwork=[{"name": subnet.id, "source_ip_ranges_to_nat": ["ALL_IP_RANGES"]}],
            # The pods of a node share its ports, for which the default of 64 is too low.
            enable_endpoint_independent_mapping=False,
            enable_dynamic_port_allocation=True,
            min_ports_per_vm=128,
            max_ports_per_vm=8192,
            log_config={"enable": True, "filter": "ERRORS_ONLY"},
        )
