"""What the owners of peered networks do after an apply."""

from collections.abc import Iterator

from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.limits.network_peers import is_own
from quantacirc_cdk.model.environment import Cloud
from quantacirc_cdk.model.network import Network, NetworkPeer
from quantacirc_cdk.model.site import Site


def other_sides(site: Site) -> Iterator[LeftOut]:
    """Yield the other side of each peering of an environment, which its stack does not create."""
    environment, cloud, network = site.environment, site.environment.cloud, site.environment.network
    if cloud is None or network is None:
        return
    for name, peer in network.peers.items():
        subject = f"other side of the peering {name}"
        why = f"the owner of {peer.network} {_does(environment.target, cloud, network, peer)}"
        yield LeftOut(output=f"terraform/{environment.name}", subject=subject, why=why)


def _does(target: str, cloud: Cloud, network: Network, peer: NetworkPeer) -> str:
    """Return what the owner of a peer does, who gets an id from the output `peerings`."""
    if target != "aws":
        return "peers it with this network, whose id is in the output `peerings`"
    route = f"adds routes to {network.cidr}"
    if is_own(peer, cloud.account, cloud.region):
        return route
    place = f"account {peer.account or cloud.account}, {peer.region or cloud.region}"
    return f"({place}) accepts the connection in the output `peerings` within 7 days, and {route}"
