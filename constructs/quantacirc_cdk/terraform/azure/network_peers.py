"""Peerings of a virtual network."""

from quantacirc_cdk.terraform.azure.place import AzureResource
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.network import NetworkProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource


class NetworkPeers(Construct):
    """This side's peering with each peer; the networks are connected once the owner of the peer has made the other.

    Azure then routes between the address spaces of both. Traffic that a peer forwards from other networks is refused,
    and neither side uses a gateway of the other
    (https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering). The rules of the subnets admit
    peers to what the internet reaches.
    """

    def __init__(self, scope: Construct, id: str, *, network: Resource, props: NetworkProps) -> None:
        super().__init__(scope, id)
        for name, peer in props.peers.items():
            AzureResource(
                self,
                "azurerm_virtual_network_peering",
                terraform_name(network.name, name),
                name=name,
                virtual_network_name=network.ref("name"),
                remote_virtual_network_id=peer.network,
                allow_virtual_network_access=True,
                allow_forwarded_traffic=False,
                allow_gateway_transit=False,
                use_remote_gateways=False,
            )
