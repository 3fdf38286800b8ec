"""What an environment says of a network, a cluster and a registry that are there already."""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.problems import problem_at

Problems = Iterator[Problem]

_TAKEN = {"nat": "gateways", "flow_log_retention_days": "flow logs", "pod_cidr": "addresses of pods"}
"""Keys of a network that only say how one is made."""


def check_existing(environment: Environment, root: Node) -> Problems:
    """Yield what is wrong with what is there already, and what has no effect because of it."""
    network, cluster = environment.network, environment.cluster
    there: dict[Place, object] = {
        ("network", "existing"): network.existing if network else None,
        ("cluster", "existing"): cluster.existing,
        ("existing_registry",): environment.existing_registry,
    }
    found = [place for place, said in there.items() if said is not None]
    if environment.target == "local":
        for place in found:
            what = "existing cloud infrastructure in a local environment"
            yield problem_at(root, place, what, "a cloud as the `target`, or nothing: a local cluster exists already")
        return
    yield from _network(environment, root)
    yield from _cluster(environment, root)
    for place in found:
        yield from _resource_group(environment, root, place, there[place])


def _network(environment: Environment, root: Node) -> Problems:
    network, target = environment.network, environment.target
    existing = network.existing if network else None
    if network is None or existing is None:
        return
    place: Place = ("network", "existing")
    for key in sorted(network.model_fields_set & (_TAKEN.keys() | ({"zones"} if target == "aws" else set()))):
        what = f"{_TAKEN.get(key, 'zones')} of an existing network"
        yield problem_at(root, ("network", key), what, "none: the network has its own")
    makes_cluster = environment.cluster.existing is None
    if target == "aws" and makes_cluster and len(set(existing.private_subnets)) < 2:
        what = "one private subnet for an EKS cluster"
        yield problem_at(root, (*place, "private_subnets"), what, "two, in two zones")
    for key in ("private_subnets", "public_subnets", "database_subnets"):
        count = len(getattr(existing, key))
        if target != "aws" and count > 1:
            yield problem_at(root, (*place, key), f"{count} subnets", "one: it is in all zones")
    if target == "azure" and makes_cluster and existing.control_plane_subnet is None:
        what = "no subnet for the control plane of the cluster"
        yield problem_at(root, place, what, "`control_plane_subnet`")
    if existing.control_plane_subnet is not None and not (target == "azure" and makes_cluster):
        what = "a subnet for the control plane of a cluster that is not created there"
        yield problem_at(root, (*place, "control_plane_subnet"), what, "none")


def _cluster(environment: Environment, root: Node) -> Problems:
    cluster, network = environment.cluster, environment.network
    existing = cluster.existing
    if existing is None:
        return
    place: Place = ("cluster", "existing")
    if network is not None and network.existing is None:
        what = "an existing cluster, in a network that Terraform would create"
        yield problem_at(root, place, what, "`network.existing` with the network that it is in")
    for key in ("authorized_cidrs", "dns_endpoint", "mode", "operator_cidrs"):
        if key in cluster.model_fields_set:
            what = f"{key} of an existing cluster"
            yield problem_at(root, ("cluster", key), what, "none: the cluster has its own")
    if existing.node_tag is not None and environment.target != "gcp":
        what = "a network tag, which only Google Cloud's nodes have"
        yield problem_at(root, (*place, "node_tag"), what, "none")


def _resource_group(environment: Environment, root: Node, place: Place, said: object) -> Problems:
    """Yield a resource group that is missing on Azure, and one on another cloud."""
    group = getattr(said, "resource_group", None)
    azure = environment.target == "azure"
    if place == ("existing_registry",) and not environment.registry.partition("/")[0].endswith(".azurecr.io"):
        azure = False  # of a registry elsewhere nothing is read
    if azure and group is None:
        yield problem_at(root, place, "no resource group", "`resource_group`, in which Azure looks it up")
    if not azure and group is not None:
        what = "a resource group, which nothing is looked up in"
        yield problem_at(root, (*place, "resource_group"), what, "none: only Azure's own have one")
