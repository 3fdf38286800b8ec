"""Minimum and maximum of the resources that an environment requests, and of what it costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.kubernetes.capacity import PodGroup, claimed_storage, pod_groups
from quantacirc_cdk.limits.quantity import GIBIBYTE, parse_quantity
from quantacirc_cdk.manifests import NODES
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.report.prices import CloudPrices, Prices

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Requests:
    """Sums over all pods."""

    pods: int
    cpu: int
    """Millicores."""
    memory: int
    """Bytes."""
    storage: int
    """Bytes of volume claims."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """A line of a cost estimate, for a month."""

    what: str
    rest: float
    most: float


def requests(site: Site, objects: Sequence[Json]) -> tuple[Requests, Requests]:
    """Return the minimum and the maximum requests of an environment's pods.

    At the minimum, each autoscaled workload runs its minimum of replicas, and no job runs. At the maximum, each runs
    its maximum, with the additional pods of a rollout, and all jobs run.
    """
    pools = site.environment.cluster.node_pools.values()
    fewest, most = sum(pool.min_nodes for pool in pools), sum(pool.max_nodes for pool in pools)
    fewest_pods = list(_at_minimum(objects))
    return (
        _sum(pod_groups(fewest_pods, max(fewest, 1)), claimed_storage(fewest_pods)[1]),
        _sum(pod_groups(objects, max(most, 1)), claimed_storage(objects)[1]),
    )


def _sum(groups: Sequence[PodGroup], storage: int) -> Requests:
    return Requests(
        pods=sum(group.count for group in groups),
        cpu=sum(group.count * group.cpu for group in groups),
        memory=sum(group.count * group.memory for group in groups),
        storage=storage,
    )


def _at_minimum(objects: Sequence[Json]) -> Iterator[Json]:
    """Yield the objects, changed so that their maximum is what runs without load, rollout and jobs."""
    fewest = {name: count for item in objects for name, count in _minimum(item)}
    for item in objects:
        spec = item.get("spec", {})
        match item["kind"]:
            case "Deployment":
                count = fewest.get(item["metadata"]["name"], spec.get("replicas", 1))
                yield {**item, "spec": {**spec, "replicas": count, "strategy": {"type": "Recreate"}}}
            case "DaemonSet":
                kept = {key: value for key, value in item["metadata"].get("annotations", {}).items() if key != NODES}
                yield {
                    **item,
                    "metadata": {**item["metadata"], "annotations": kept},
                    "spec": {**spec, "updateStrategy": {"type": "OnDelete"}},
                }
            case "StatefulSet" | "PersistentVolumeClaim":
                yield item


def _minimum(item: Json) -> Iterator[tuple[str, int]]:
    spec = item.get("spec", {})
    if item["kind"] == "HorizontalPodAutoscaler":
        yield spec["scaleTargetRef"]["name"], spec.get("minReplicas", 1)
    elif item["kind"] == "ScaledObject":
        yield spec["scaleTargetRef"]["name"], spec.get("minReplicaCount", 0)
    elif item["kind"] == "Rollout" and "workloadRef" in spec and "replicas" in spec:
        yield spec["workloadRef"]["name"], spec["replicas"]


def monthly_cost(site: Site, prices: Prices, rest: Requests, most: Requests) -> list[Cost]:
    """Return the estimate for an environment; nothing without a cloud, or without prices of its cloud."""
    found = prices.clouds.get(site.environment.target)
    if found is None:
        return []
    lines = [*_cluster(site, found, prices.hours_per_month, rest, most), *_stores(site, found, prices.hours_per_month)]
    lasting = _gib(rest.storage) * found.volume.gib_month  # Volumes of jobs exist for minutes.
    lines.append(Cost(what="volumes", rest=lasting, most=lasting))
    return [line for line in lines if line.rest or line.most]


def _cluster(site: Site, prices: CloudPrices, hours: float, rest: Requests, most: Requests) -> Iterator[Cost]:
    environment = site.environment
    cluster, network = environment.cluster, environment.network
    if cluster.existing is None:
        yield Cost(what="control plane", rest=prices.cluster_hour * hours, most=prices.cluster_hour * hours)
        for name, pool in cluster.node_pools.items():
            gib = _gib(int(parse_quantity(pool.memory)))
            hourly = pool.cpu * prices.node.cpu_hour + gib * prices.node.gib_hour
            hourly *= prices.node.spot_factor if pool.spot else 1
            node = hourly * hours + _gib(int(parse_quantity(pool.disk))) * prices.volume.gib_month
            yield Cost(what=f"nodes of {name}", rest=node * pool.min_nodes, most=node * pool.max_nodes)
        if cluster.mode == "autopilot":
            amounts = [
                (one.cpu / 1000 * prices.node.cpu_hour + _gib(one.memory) * prices.node.gib_hour) * hours
                for one in (rest, most)
            ]
            yield Cost(what="pods (autopilot)", rest=amounts[0], most=amounts[1])
    if network is not None and network.existing is None:
        gateways = network.zones if network.nat == "per-zone" else 1
        yield Cost(
            what="NAT gateways", rest=gateways * prices.nat_hour * hours, most=gateways * prices.nat_hour * hours
        )


def _stores(site: Site, prices: CloudPrices, hours: float) -> Iterator[Cost]:
    """Yield the managed databases: the managed stores whose settings have cores and memory."""
    instances = 2 if site.environment.high_availability else 1
    for name in site.managed():
        settings = site.settings(name)
        cpu, memory = getattr(settings, "cpu", None), getattr(settings, "memory", None)
        if cpu is None or memory is None:
            continue
        hourly = cpu * prices.database.cpu_hour + _gib(int(parse_quantity(memory))) * prices.database.gib_hour
        first = _gib(int(parse_quantity(site.storage(name))))
        last = _gib(int(parse_quantity(getattr(settings, "max_storage", None) or site.storage(name))))
        disk = prices.database.disk_gib_month
        yield Cost(
            what=f"database {name}",
            rest=instances * (hourly * hours + first * disk),
            most=instances * (hourly * hours + max(first, last) * disk),
        )


def unpriced(site: Site) -> list[str]:
    """Return the managed stores that the estimate does not include, because their price depends on their use."""
    return [name for name in site.managed() if getattr(site.settings(name), "cpu", None) is None]


def _gib(amount: int) -> float:
    return amount / GIBIBYTE
