"""Rules about the peers of an environment's network."""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.limits.network_peers import refused_peers
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.regions import REGIONS


def check_peers(environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield what the environment's cloud refuses of the peers of a network that Terraform creates."""
    network, cloud, target = environment.network, environment.cloud, environment.target
    if network is None or cloud is None or network.existing is not None:
        return  # Other checks refuse peers there.
    place: Place = ("network", "peers")
    for inside, what, expected in refused_peers(target, cloud.account, cloud.region, network, network.peers):
        yield problem_at(root, (*place, *inside), what, expected)
    for name, peer in network.peers.items():
        if target == "aws" and peer.region is not None and peer.region not in REGIONS[target]:
            known = nearest(peer.region, REGIONS[target])
            yield problem_at(root, (*place, name, "region"), f'no region "{peer.region}" in {target}', known)
