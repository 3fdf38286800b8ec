"""Node pools in a cloud: taints that the cloud adds, and machine types that contradict the pool."""

from collections.abc import Iterator

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.limits.gcp import DiskType, disk_type
from quantacirc_cdk.limits.machines import architecture_of, refused_machine
from quantacirc_cdk.model.cluster import Taint
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.problems import problem_at

POOL_LABEL = "node-pool"
"""Label of every node: the name of its pool (``terraform/<cloud>/node_pools.py``)."""
AZURE_SPOT = Taint(key="kubernetes.azure.com/scalesetpriority", value="spot")
"""https://learn.microsoft.com/azure/aks/spot-node-pool."""
GKE_ARM = Taint(key="kubernetes.io/arch", value="arm64")
"""https://cloud.google.com/kubernetes-engine/docs/how-to/prepare-arm-workloads-for-deployment."""
GKE_GPU = Taint(key="nvidia.com/gpu", value="present")
"""https://cloud.google.com/kubernetes-engine/docs/how-to/gpus#create."""


def taints(environment: Environment, name: str) -> list[Taint]:
    """Return the taints of a pool's nodes: the declared ones, and those that the cloud adds."""
    pool, target = environment.cluster.node_pools[name], environment.target
    added = []
    if target == "azure" and pool.spot:
        added.append(AZURE_SPOT)
    if target == "gcp" and architecture_of(target, pool.machine_type, pool.architecture) == "arm64":
        added.append(GKE_ARM)
    if target == "gcp" and pool.gpus:
        added.append(GKE_GPU)
    return pool.taints + [one for one in added if one not in pool.taints]


def keeps_away(environment: Environment, name: str) -> bool:
    """Return whether pods without tolerations cannot run on a pool's nodes."""
    return any(one.effect != "PreferNoSchedule" for one in taints(environment, name))


def volume_disk(environment: Environment) -> DiskType:
    """Return the type of the disks of claims on Google Cloud: what the nodes take that any pod may run on."""
    pools = environment.cluster.node_pools
    open_to_all = [name for name in pools if not keeps_away(environment, name)] or list(pools)
    types = {disk_type(pools[name].machine_type) for name in open_to_all}
    return "hyperdisk-balanced" if types == {"hyperdisk-balanced"} else "pd-balanced"


def _disk_problems(environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield pools that pods and their volumes may move between, although no disk attaches to the nodes of both."""
    cluster = environment.cluster
    if environment.target != "gcp" or cluster.existing is not None or cluster.storage_class is not None:
        return
    pools = {name: pool for name, pool in cluster.node_pools.items() if not keeps_away(environment, name)}
    others = [name for name, pool in pools.items() if disk_type(pool.machine_type) == "pd-balanced"]
    for name, pool in pools.items():
        if others and disk_type(pool.machine_type) == "hyperdisk-balanced":
            what = f"{pool.machine_type}, which takes Hyperdisk alone, beside {others[0]}, which takes persistent disks"
            expected = "machines of one sort, `taints` of one of the pools, or `cluster.storage_class`"
            yield problem_at(root, ("cluster", "node_pools", name, "machine_type"), what, expected)


def check_node_pools(environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield machine types that contradict their pool, and unsupported types."""
    for name, pool in environment.cluster.node_pools.items():
        for inside, what, expected in refused_machine(environment.target, pool):
            yield problem_at(root, ("cluster", "node_pools", name, *inside), what, expected)
        if pool.gpu_type and environment.target != "gcp":
            what = "the name of a GPU, which only Google Cloud needs"
            yield problem_at(root, ("cluster", "node_pools", name, "gpu_type"), what, "none: `machine_type` implies it")
    yield from _autoscaler_problems(environment, root)
    yield from _disk_problems(environment, root)


def _autoscaler_problems(environment: Environment, root: Node) -> Iterator[Problem]:
    cluster = environment.cluster
    if cluster.autoscaler and environment.target != "aws" and cluster.existing is None:
        what = f"an autoscaler on {environment.target}, whose clusters run their own"
        yield problem_at(root, ("cluster", "autoscaler"), what, "none")
    elif cluster.autoscaler == "none":
        for name, pool in cluster.node_pools.items():
            if pool.max_nodes != pool.min_nodes:
                what = f"up to {pool.max_nodes} nodes, and nothing that adds any to {pool.min_nodes}"
                place: Place = ("cluster", "node_pools", name, "max_nodes")
                yield problem_at(root, place, what, f"{pool.min_nodes}, or another `cluster.autoscaler`")
