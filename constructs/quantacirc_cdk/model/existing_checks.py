"""Rules about existing networks, clusters and registries."""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model.cluster import OF_NEW_CLUSTERS
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.problems import problem_at

Problems = Iterator[Problem]

_TAKEN = {
    "nat": "gateways",
    "flow_log_retention_days": "flow logs",
    "pod_cidr": "addresses of pods",
    "secondary_cidr": "a secondary range",
    "ip_family": "families of addresses",
}
"""Keys of a network that only apply to a network that Terraform creates."""


def check_existing(environment: Environment, root: Node) -> Problems:
    """Yield the problems of existing infrastructure, and keys that it makes ineffective."""
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
            yield problem_at(
                root,
                place,
                what,
                "a cloud as the `target`, or no existing infrastructure: a local cluster always exists",
            )
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
    if "peers" in network.model_fields_set:
        yield problem_at(root, ("network", "peers"), "peers of an existing network", "none: its owner peers it")
    for key in sorted(network.model_fields_set & (_TAKEN.keys() | ({"zones"} if target == "aws" else set()))):
        what = f"{_TAKEN.get(key, 'zones')} for an existing network"
        yield problem_at(root, ("network", key), what, "none: they are properties of the network")
    makes_cluster = environment.cluster.existing is None
    if target == "aws" and makes_cluster and len(set(existing.private_subnets)) < 2:
        what = "only one private subnet for an EKS cluster"
        yield problem_at(root, (*place, "private_subnets"), what, "two, in two zones")
    for key in ("private_subnets", "public_subnets", "database_subnets"):
        count = len(getattr(existing, key))
        if target != "aws" and count > 1:
            yield problem_at(root, (*place, key), f"{count} subnets", "one: a subnet spans all zones")
    if existing.project is not None and target != "gcp":
        what = "a project, which has no effect here"
        yield problem_at(root, (*place, "project"), what, "none: only Google Cloud has Shared VPCs")
    if target == "azure" and makes_cluster and existing.control_plane_subnet is None:
        what = "no subnet for the control plane of the cluster"
        yield problem_at(root, place, what, "`control_plane_subnet`")
    if existing.control_plane_subnet is not None and not (target == "azure" and makes_cluster):
        what = "a control plane subnet without a new AKS cluster"
        yield problem_at(root, (*place, "control_plane_subnet"), what, "none")


def _cluster(environment: Environment, root: Node) -> Problems:
    cluster, network = environment.cluster, environment.network
    existing = cluster.existing
    if existing is None:
        return
    place: Place = ("cluster", "existing")
    if network is not None and network.existing is None:
        what = "an existing cluster, in a network that Terraform would create"
        yield problem_at(root, place, what, "`network.existing` with the cluster's network")
    for key in (*OF_NEW_CLUSTERS, "mode"):
        if key in cluster.model_fields_set:
            what = f"{key} for an existing cluster"
            yield problem_at(root, ("cluster", key), what, "none: it is a property of the cluster")
    if existing.node_tag is not None and environment.target != "gcp":
        what = "a network tag outside Google Cloud"
        yield problem_at(root, (*place, "node_tag"), what, "none")


def _resource_group(environment: Environment, root: Node, place: Place, said: object) -> Problems:
    """Yield a resource group that is missing on Azure, or set on another cloud."""
    group = getattr(said, "resource_group", None)
    azure = environment.target == "azure"
    if place == ("existing_registry",) and not environment.registry.partition("/")[0].endswith(".azurecr.io"):
        azure = False  # Terraform does not look up a registry outside the cloud.
    if azure and group is None:
        yield problem_at(root, place, "no resource group", "`resource_group`, which Azure needs to look it up")
    if not azure and group is not None:
        what = "a resource group, which has no effect here"
        yield problem_at(root, (*place, "resource_group"), what, "none: only Azure resources have one")
