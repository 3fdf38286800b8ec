"""Check that an environment's quota and nodes are large enough for everything at its maximum."""

from collections.abc import Iterator, Sequence

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.kubernetes.capacity import ADDONS, PodGroup, allocatable, more_nodes, pod_groups
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.quota import Usage, usage, with_headroom
from quantacirc_cdk.kubernetes.system.affinity import POOL_LABEL
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.limits.quantity import MEBIBYTE, parse_quantity
from quantacirc_cdk.model.node_pools import keeps_away

UNKNOWN_NODES = 10
"""Assumed number of nodes of a cluster without node pools. A DaemonSet has a pod on each node, and a quota that is too
small would block pods.
"""


def nodes(context: Context) -> int:
    """Return the maximum number of nodes of the cluster."""
    return sum(pool.max_nodes for pool in context.environment.cluster.node_pools.values()) or UNKNOWN_NODES


def allowed(context: Context, objects: Sequence[Data]) -> Usage:
    """Return the namespace's quota: the declared values, else the maximum use plus headroom."""
    declared = _declared(context)
    return Usage(**{**vars(with_headroom(usage(objects, nodes(context)))), **declared})


def capacity_problems(context: Context, objects: Sequence[Data]) -> list[Problem]:
    """Return the problems of a quota or nodes that are too small for ``objects`` at their maximum."""
    return [*_quota_problems(context, usage(objects, nodes(context))), *_node_problems(context, pod_groups(objects))]


def _declared(context: Context) -> dict[str, int]:
    quota = context.environment.quota
    found = {
        "cpu": quota.cpu and int(parse_quantity(quota.cpu) * 1000),
        "memory": quota.memory and int(parse_quantity(quota.memory)),
        "memory_limit": quota.memory_limit and int(parse_quantity(quota.memory_limit)),
        "storage": quota.storage and int(parse_quantity(quota.storage)),
        "pods": quota.pods,
    }
    return {key: int(value) for key, value in found.items() if value}


def _quota_problems(context: Context, used: Usage) -> Iterator[Problem]:
    for key, limit in _declared(context).items():
        needed = getattr(used, key)
        if needed > limit:
            what = (
                f"a quota of {_amount(key, limit)} is {_amount(key, needed - limit)} too small: "
                f"everything at its maximum takes {_amount(key, needed)}"
            )
            expected = f"at least {_amount(key, needed)}, or fewer replicas"
            yield context.problem(("quota", key), what, expected)


def _node_problems(context: Context, groups: list[PodGroup]) -> Iterator[Problem]:
    declared = context.environment.cluster.node_pools
    tainted = {name for name in declared if keeps_away(context.environment, name)}
    for name in sorted(tainted):
        # Pods that tolerate its taints can run there.
        own = [group for group in groups if group.selector.get(POOL_LABEL) == name]
        yield from _pool_problems(context, own, [name])
    others = [group for group in groups if group.selector.get(POOL_LABEL) not in tainted]
    if declared:
        yield from _pool_problems(context, [*others, ADDONS], [name for name in declared if name not in tainted])


def _pool_problems(context: Context, groups: list[PodGroup], names: list[str]) -> Iterator[Problem]:
    """Yield the problems of node pools that are too small for these pods."""
    declared = context.environment.cluster.node_pools
    pools = [
        allocatable(name, cpu=declared[name].cpu, memory=declared[name].memory, count=declared[name].max_nodes)
        for name in names
    ]
    if not pools:
        what = "every node pool has taints, and pods without tolerations cannot be scheduled"
        yield context.problem(("cluster", "node_pools"), what, "a pool without taints")
        return
    largest = max(pools, key=lambda pool: (pool.cpu, pool.memory))
    place = ("cluster", "node_pools", largest.name)
    for group in groups:
        over = [
            f"{_amount(key, getattr(group, key) - room)} of {key}"
            for key, room in (("cpu", largest.cpu), ("memory", largest.memory))
            if getattr(group, key) > room
        ]
        if over:
            what = f"the largest node is {' and '.join(over)} too small for a pod of {group.name}"
            yield context.problem(place, what, "a node that is large enough for every pod")
            return
    missing = more_nodes(groups, pools)
    if missing:
        ours = [group for group in groups if group is not ADDONS]
        cpu, memory = (sum(group.count * getattr(group, key) for group in ours) for key in ("cpu", "memory"))
        pods = sum(group.count for group in ours)
        what = (
            f"{sum(pool.count for pool in pools)} nodes are {missing} too few for the {pods} pods that everything at "
            f"its maximum is ({_amount('cpu', cpu)}, {_amount('memory', memory)})"
        )
        expected = f"at least {largest.count + missing}, or fewer replicas"
        yield context.problem((*place, "max_nodes"), what, expected)


def _amount(key: str, amount: int) -> str:
    if key == "cpu":
        return f"{f'{amount / 1000:.3f}'.rstrip('0').rstrip('.')} cores"
    return f"{amount} pods" if key == "pods" else f"{-(-amount // MEBIBYTE)}Mi"
