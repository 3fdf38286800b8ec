"""Peering connections of a VPC, and the routes to its peers."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.limits.network_peers import is_own
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.network import NetworkPeer, NetworkProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.aws.network import Network

_RESOLUTION = {"allow_remote_vpc_dns_resolution": True}


class NetworkPeers(Construct):
    """A peering connection to each peer, and a route to each of its ranges from every private subnet.

    Public subnets have only load balancers and NAT gateways, and database subnets answer nodes alone, so neither gets a
    route. AWS accepts a connection by itself in the same account and region. Any other one waits for the owner of the
    peer; until then its routes lead nowhere
    (https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html). No security group admits a peer.
    """

    def __init__(self, scope: Construct, id: str, *, network: "Network", private_tables: Sequence[Resource]) -> None:
        super().__init__(scope, id)
        self.ids: Mapping[str, str] = {
            name: self._peering(network, name, peer, private_tables) for name, peer in network.props.peers.items()
        }

    def _peering(self, network: "Network", name: str, peer: NetworkPeer, tables: Sequence[Resource]) -> str:
        peering = Resource(
            self,
            "aws_vpc_peering_connection",
            terraform_name(network.vpc.name, name),
            vpc_id=network.network_id,
            peer_vpc_id=peer.network,
            tags={"Name": f"{network.props.name}-{name}"},
            **_other_side(network.props, peer),
        )
        for table in tables:
            for cidr in peer.cidrs:
                Resource(
                    self,
                    "aws_route",
                    terraform_name(table.name, cidr),  # ranges are disjoint, so a renamed peer keeps its routes
                    route_table_id=table.id,
                    destination_cidr_block=cidr,
                    vpc_peering_connection_id=peering.id,
                )
        return peering.id


def _other_side(props: NetworkProps, peer: NetworkPeer) -> dict[str, Any]:
    """Return where the peer is, if it is elsewhere; else that AWS accepts the connection, and its options.

    The provider takes options only of an accepted connection
    (https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_peering_connection).
    """
    if not is_own(peer, props.account, props.region):
        return {
            "peer_owner_id": None if peer.account == props.account else peer.account,
            "peer_region": None if peer.region == props.region else peer.region,
        }
    resolution = {"requester": _RESOLUTION, "accepter": _RESOLUTION} if peer.dns_resolution else {}
    return {"auto_accept": True, **resolution}
