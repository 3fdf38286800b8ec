"""A virtual network in one region, across several zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from quantacirc_cdk.model.regions import has_zones
from quantacirc_cdk.terraform.azure.flow_logs import FlowLogs
from quantacirc_cdk.terraform.azure.network_peers import NetworkPeers
from quantacirc_cdk.terraform.azure.place import AzureResource, place_of
from quantacirc_cdk.terraform.azure.private_services import PrivateServices
from quantacirc_cdk.terraform.azure.security_rules import (
    CONTROL_PLANE,
    GATEWAYS,
    NODES,
    Allowed,
    security_rules,
    with_peers,
)
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.expressions import repeated, subnet
from quantacirc_cdk.terraform.interface.network import ExistingNetwork, NetworkProps, OpenPort
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

LONGEST_NAME = 50
ZONES = 3
_SERVICES = ("Microsoft.KeyVault", "Microsoft.Storage")
"""Services that the nodes' subnet reaches inside Azure's network, free of charge."""

_POSTGRESQL = "Microsoft.DBforPostgreSQL/flexibleServers"
_AKS = "Microsoft.ContainerService/managedClusters"
"""Services that subnets are delegated to."""


class Ranges(NamedTuple):
    """Address ranges of a network's subnets."""

    private: str
    public: str
    database: str
    endpoints: str
    control_plane: str


def ranges(cidr: str) -> Ranges:
    """Divide ``cidr``: a half for nodes, a quarter for load balancers, an eighth for databases.

    The rest is for private endpoints and the addresses of the cluster's control plane. Subnets span all zones, so zones
    need no separate ranges.
    """
    parts = ((1, 0), (2, 2), (3, 6), (4, 14), (4, 15))
    return Ranges(*(subnet(cidr, bits, number) for bits, number in parts))


@dataclass(frozen=True, kw_only=True)
class ExistingAzureNetwork(ExistingNetwork):
    """An existing virtual network."""

    control_plane_subnet_id: str = ""
    """Subnet of a cluster's control plane."""


class Network(Checked, Construct):
    """A virtual network with NAT, flow logs and subnets for nodes, load balancers, databases, private endpoints and the
    control plane.

    Subnets span all zones, so each list of subnets repeats the same subnet for every zone in use. Outgoing traffic uses
    NAT only; ``per-zone`` makes the gateway zone-redundant. Only the nodes' subnet can reach databases.
    ``private_services`` gives the stack's vaults and storage accounts private addresses; registries always have one.
    Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: NetworkProps) -> None:
        """Raise ``PropsError`` for values that Azure refuses."""
        rules = Rules(props.name)
        rules.matches(
            "name",
            props.name,
            rf"[a-z][-a-z0-9]{{1,{LONGEST_NAME - 1}}}",
            f"at most {LONGEST_NAME} lower-case letters, digits, dashes",
        )
        props.check_pods(rules, 8)
        rules.between("zones", props.zones, 1, ZONES)
        rules.between("flow_log_retention_days", props.flow_log_retention_days, 1, 365, "days")
        props.check_cloud(rules, "azure")
        props.check_peers(rules, "azure")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: NetworkProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self._ranges = ranges(props.cidr)
        self._own = [props.cidr, props.pod_cidr]
        self._peers = sorted(cidr for peer in props.peers.values() for cidr in peer.cidrs)
        self.network = AzureResource(
            self, "azurerm_virtual_network", self._name, name=props.name, address_space=[props.cidr]
        )
        self.network_id = self.network.id
        self.cidr = props.cidr
        self.pod_cidr = props.pod_cidr
        private = self._subnet(
            "private",
            self._ranges.private,
            allowed=NODES,
            open_ports=props.open_ports,
            service_endpoint=[{"service": service} for service in _SERVICES],
        )
        public = self._subnet("public", self._ranges.public, allowed=GATEWAYS)
        control_plane = self._subnet("control-plane", self._ranges.control_plane, allowed=CONTROL_PLANE, delegate=_AKS)
        self.control_plane_subnet_id = control_plane.ref("subnet_id")
        # References that wait for rules and gateway.
        self.private_subnet_ids: Sequence[str] = repeated(self._nat(private), props.zones)
        self.public_subnet_ids: Sequence[str] = repeated(public.ref("subnet_id"), props.zones)
        self.database_subnet_ids: Sequence[str] = self._database_subnets() if props.database_subnets else []
        place_of(self).admit(private.ref("subnet_id"))
        FlowLogs(self, "flow-logs", network=self.network, props=props, terraform_name=self._name)
        PrivateServices(
            self,
            "private-services",
            network=self.network,
            subnet=self._endpoints_subnet,
            name=props.name,
            every=props.private_services,
        )
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
        control_plane_subnet_id: str = "",
    ) -> "ExistingAzureNetwork":
        """Return an existing network for other constructs; creates nothing.

        Each list repeats the same subnet for each zone in use. The nodes' subnet must have a NAT gateway, and the
        databases' subnet must be delegated to ``Microsoft.DBforPostgreSQL/flexibleServers``. A cluster also needs
        ``control_plane_subnet_id``, delegated to ``Microsoft.ContainerService/managedClusters``.
        """
        return ExistingAzureNetwork(
            network_id=network_id,
            cidr=cidr,
            private_subnet_ids=private_subnet_ids,
            public_subnet_ids=public_subnet_ids,
            database_subnet_ids=database_subnet_ids,
            control_plane_subnet_id=control_plane_subnet_id,
        )

    def _endpoints_subnet(self) -> str:
        return self._subnet("endpoints", self._ranges.endpoints, clients=self._ranges.private).ref("subnet_id")

    def _database_subnets(self) -> Sequence[str]:
        subnet = self._subnet("database", self._ranges.database, clients=self._ranges.private, delegate=_POSTGRESQL)
        return repeated(subnet.ref("subnet_id"), self.props.zones)

    def _subnet(
        self,
        tier: str,
        cidr: str,
        *,
        clients: str | None = None,
        allowed: Sequence[Allowed] = (),
        open_ports: Sequence[OpenPort] = (),
        delegate: str | None = None,
        **arguments: Any,
    ) -> Resource:
        """Create a subnet and its rules; return their association, which references the subnet."""
        name = terraform_name(self._name, tier)
        delegation = {
            "name": "service",
            "service_delegation": {
                "name": delegate,
                "actions": ["Microsoft.Network/virtualNetworks/subnets/join/action"],
            },
        }
        subnet = AzureResource(
            self,
            "azurerm_subnet",
            name,
            name=tier,
            virtual_network_name=self.network.ref("name"),
            address_prefixes=[cidr],
            default_outbound_access_enabled=False,
            private_endpoint_network_policies="NetworkSecurityGroupEnabled",
            delegation=delegation if delegate else None,
            **arguments,
        )
        group = AzureResource(
            self,
            "azurerm_network_security_group",
            name,
            name=f"{self.props.name}-{tier}",
            security_rule=security_rules(
                cidr, clients, with_peers(allowed, self._own, self._peers), open_ports, self._peers
            ),
        )
        return AzureResource(
            self,
            "azurerm_subnet_network_security_group_association",
            name,
            subnet_id=subnet.id,
            network_security_group_id=group.id,
        )

    def _nat(self, subnet: Resource) -> str:
        """Create the gateway; return a reference to the subnet's id that waits for it."""
        # StandardV2 is in all zones; Standard is in one zone that Azure chooses.
        redundant = self.props.nat == "per-zone" and has_zones(self.props.region)
        sku = "StandardV2" if redundant else "Standard"
        name = f"{self.props.name}-nat"
        address = AzureResource(
            self,
            "azurerm_public_ip",
            self._name,
            name=name,
            sku=sku,
            allocation_method="Static",
            zones=[str(zone + 1) for zone in range(ZONES)] if redundant else None,
        )
        self.nat_gateway = AzureResource(self, "azurerm_nat_gateway", self._name, name=name, sku_name=sku)
        addressed = AzureResource(
            self,
            "azurerm_nat_gateway_public_ip_association",
            self._name,
            nat_gateway_id=self.nat_gateway.id,
            public_ip_address_id=address.id,
        )
        return AzureResource(
            self,
            "azurerm_subnet_nat_gateway_association",
            self._name,
            subnet_id=subnet.ref("subnet_id"),
            nat_gateway_id=addressed.ref("nat_gateway_id"),
        ).ref("subnet_id")
