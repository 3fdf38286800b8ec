"""Check that an environment's quota and nodes are large enough for everything at its maximum."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.kubernetes.capacity import ADDONS, Nodes, PodGroup, allocatable, more_nodes, pod_groups
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.quota import Usage, usage, with_headroom
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.limits.quantity import MEBIBYTE, parse_quantity
from quantacirc_cdk.model.cluster import Taint
from quantacirc_cdk.model.node_pools import GKE_GPU, POOL_LABEL, keeps_away, taints

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
        "claims": quota.claims,
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
    if not declared:
        return
    tainted = {name for name in declared if keeps_away(context.environment, name)}
    placed = {name: list[PodGroup]() for name in sorted(tainted)}
    others: list[PodGroup] = []
    for group in groups:
        pool = group.selector.get(POOL_LABEL)
        if pool is None and group.on_every_node:
            for place, pods in _on_every_node(context, group, tainted):
                placed.get(place or "", others).append(pods)
            continue
        if pool is None and group.gpus:
            pool, problem = _pool_with_gpus(context, group, tainted)
            if problem:
                yield problem
                continue
        # Pods that name a tainted pool tolerate its taints.
        pinned = replace(group, pools=frozenset({pool})) if pool in declared else group
        placed.get(pool or "", others).append(pinned)
    for name, own in placed.items():
        yield from _pool_problems(context, own, [name])
    yield from _pool_problems(context, [*others, ADDONS], [name for name in declared if name not in tainted])


def _on_every_node(context: Context, group: PodGroup, tainted: Set[str]) -> Iterator[tuple[str | None, PodGroup]]:
    """Yield the pods of a DaemonSet on each tainted pool that they tolerate, and on all pools without taints (None)."""
    declared = context.environment.cluster.node_pools
    there: dict[str | None, int] = {None: sum(pool.max_nodes for name, pool in declared.items() if name not in tainted)}
    for name in sorted(tainted):
        if all(_tolerates(context, group, taint) for taint in taints(context.environment, name)):
            there[name] = declared[name].max_nodes
    surge = max(0, group.count - sum(there.values()))
    for place, count in there.items():
        if count:
            pools = frozenset({place}) if place else None
            yield place, replace(group, count=min(group.count, count + surge), pools=pools)


def _pool_with_gpus(context: Context, group: PodGroup, tainted: Set[str]) -> tuple[str | None, Problem | None]:
    """Return the tainted pool for pods with GPUs that name none; None if another pool has GPUs, or none has."""
    declared = context.environment.cluster.node_pools
    having = [name for name, pool in declared.items() if pool.gpus >= group.gpus]
    if not having or not {*having} <= tainted:
        return None, None
    for name in having:
        if all(_tolerates(context, group, taint) for taint in taints(context.environment, name)):
            return name, None
    place = ("cluster", "node_pools", having[0])
    what = f"taints that the pods of {group.name}, which request {_amount('gpus', group.gpus)}, do not tolerate"
    return None, context.problem(place, what, f"`placement.node_pool: {having[0]}`, or their tolerations")


def _tolerates(context: Context, group: PodGroup, taint: Taint) -> bool:
    if taint.effect == "PreferNoSchedule" or (context.environment.target == "gcp" and taint == GKE_GPU):
        # GKE adds this toleration to pods with GPUs (https://cloud.google.com/kubernetes-engine/docs/how-to/gpus).
        return True
    return any(
        one.get("effect", taint.effect) == taint.effect
        and one.get("key", taint.key) == taint.key
        and (one.get("operator") == "Exists" or (one.get("value") or "") == (taint.value or ""))
        for one in group.tolerations
    )


def _pool_problems(context: Context, groups: list[PodGroup], names: list[str]) -> Iterator[Problem]:
    """Yield the problems of node pools that are too small for these pods."""
    declared = context.environment.cluster.node_pools
    pools = [
        allocatable(
            name,
            cpu=declared[name].cpu,
            memory=declared[name].memory,
            count=declared[name].max_nodes,
            gpus=declared[name].gpus,
        )
        for name in names
    ]
    if not pools:
        what = "every node pool has taints, and pods without tolerations cannot be scheduled"
        yield context.problem(("cluster", "node_pools"), what, "a pool without taints")
        return
    for group in groups:
        if any(pool.hold(group) for pool in pools):
            continue
        possible = [pool for pool in pools if pool.admit(group)]
        most = max(pool.gpus for pool in possible)
        if group.gpus > most:
            at = max(possible, key=lambda pool: pool.gpus).name
            what = (
                f"a node has {_amount('gpus', most)}, and a pod of {group.name} requests {_amount('gpus', group.gpus)}"
            )
            yield context.problem(("cluster", "node_pools", at), what, "`gpus` and a `machine_type` for every pod")
            return
        largest = max((pool for pool in possible if pool.gpus >= group.gpus), key=lambda pool: (pool.cpu, pool.memory))
        over = [
            f"{_amount(key, getattr(group, key) - room)} of {key}"
            for key, room in (("cpu", largest.cpu), ("memory", largest.memory))
            if getattr(group, key) > room
        ]
        what = f"the largest node is {' and '.join(over)} too small for a pod of {group.name}"
        yield context.problem(
            ("cluster", "node_pools", largest.name), what, "a node that is large enough for every pod"
        )
        return
    missing = more_nodes(groups, pools)
    if missing:
        largest = _scarce(groups, pools)
        ours = [group for group in groups if group is not ADDONS]
        cpu, memory = (sum(group.count * getattr(group, key) for group in ours) for key in ("cpu", "memory"))
        pods, gpus = sum(group.count for group in ours), sum(group.count * group.gpus for group in ours)
        more = f", {_amount('gpus', gpus)}" if gpus else ""
        what = (
            f"{sum(pool.count for pool in pools)} nodes are {missing} too few for the {pods} pods that everything at "
            f"its maximum is ({_amount('cpu', cpu)}, {_amount('memory', memory)}{more})"
        )
        expected = f"at least {largest.count + missing}, or fewer replicas"
        yield context.problem(("cluster", "node_pools", largest.name, "max_nodes"), what, expected)


def _scarce(groups: Sequence[PodGroup], pools: Sequence[Nodes]) -> Nodes:
    """Return the pool whose nodes are missing: one with GPUs if only pods with GPUs have no room, else the largest."""
    of_gpus = [pool for pool in pools if pool.gpus]
    if of_gpus and not more_nodes([group for group in groups if not group.gpus], pools):
        return max(of_gpus, key=lambda pool: (pool.gpus, pool.cpu, pool.memory))
    return max(pools, key=lambda pool: (pool.cpu, pool.memory))


def _amount(key: str, amount: int) -> str:
    if key == "gpus":
        return f"{amount} GPU{'' if amount == 1 else 's'}"
    if key == "cpu":
        return f"{f'{amount / 1000:.3f}'.rstrip('0').rstrip('.')} cores"
    return f"{amount} {key}" if key in ("claims", "pods") else f"{-(-amount // MEBIBYTE)}Mi"
