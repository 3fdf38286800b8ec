"""Peerings of a VPC network."""

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.network import NetworkProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

_PRIORITY = 65000
"""Behind every rule that admits something: those of GKE for load balancers have 1000."""


class NetworkPeers(Construct):
    """This side's peering with each peer, and a firewall rule that logs what peers are refused.

    The networks are connected once the owner of the peer has made the other side. Both then have the routes of all
    subnets of the other with private addresses, and also those of pods and Services, which cannot be withheld
    (https://cloud.google.com/vpc/docs/vpc-peering#subnet-route-exchange). Routes of subnets with public addresses are
    offered, because pods with such addresses get no answers otherwise, and not taken. Custom routes are neither offered
    nor taken: with them, the owner of the peer would decide where traffic to any other range goes. Without a rule for
    them, connections from a peer are refused in any case, which only an explicit rule logs.
    """

    def __init__(self, scope: Construct, id: str, *, network: Resource, props: NetworkProps) -> None:
        super().__init__(scope, id)
        for name, peer in props.peers.items():
            Resource(
                self,
                "google_compute_network_peering",
                terraform_name(network.name, name),
                name=name,
                network=network.id,
                peer_network=peer.network,
                export_custom_routes=False,
                import_custom_routes=False,
                export_subnet_routes_with_public_ip=True,
                import_subnet_routes_with_public_ip=False,
            )
        if props.peers:
            Resource(
                self,
                "google_compute_firewall",
                terraform_name(network.name, "peers"),
                name=f"peers-{props.name}",  # The name of a component's rule begins with that of the network.
                description="No connections from peers without an explicit rule",
                network=network.id,
                direction="INGRESS",
                priority=_PRIORITY,
                source_ranges=sorted(cidr for peer in props.peers.values() for cidr in peer.cidrs),
                deny=[{"protocol": "all"}],
                log_config={"metadata": "INCLUDE_ALL_METADATA"},
            )
