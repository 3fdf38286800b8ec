"""Check that a release fits into the namespace's ResourceQuotas during a rollout."""

import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from quantacirc_cdk.kubernetes.capacity import claimed_storage, pod_group, pod_groups
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.operations.workloads import INSTANCE, labels

Json = dict[str, Any]
Amounts = Counter[str]

_ALIASES = {"cpu": "requests.cpu", "memory": "requests.memory", "ephemeral-storage": "requests.ephemeral-storage"}
"""Short names of quota resources (https://kubernetes.io/docs/concepts/policy/resource-quotas/)."""


def quota_problems(rendered: Sequence[Json], live: Sequence[Json], release: str) -> list[str]:
    """Return the quotas that the release would exceed, with its minimum replicas and the surge of a rollout.

    For a quota in the release, its new values count, because helm applies quotas before workloads.
    """
    own = {item["metadata"]["name"]: item for item in rendered if item.get("kind") == "ResourceQuota"}
    there = {item["metadata"]["name"]: item for item in live if item.get("kind") == "ResourceQuota"}
    more = demand(rendered)
    more.subtract(in_use(live, release))
    problems = []
    for name in sorted({*own, *there}):
        hard = (own.get(name) or there[name])["spec"].get("hard") or {}
        scoped = (own.get(name) or there[name])["spec"].get("scopes") or there.get(name, {}).get("scopeSelector")
        used = (there.get(name, {}).get("status") or {}).get("used") or {}
        for resource, text in {} if scoped else sorted(hard.items()):
            counted = _ALIASES.get(resource, resource)
            if counted not in more:
                continue
            needed = _amount(counted, used.get(resource, "0")) + more[counted]
            allowed = _amount(counted, text)
            if more[counted] > 0 and needed > allowed:
                problems.append(f"ResourceQuota {name}: {resource} would be {_said(counted, needed)} of {text}")
    return problems


def demand(objects: Sequence[Json]) -> Amounts:
    """Return the requests of these objects with their minimum replicas and the surge of a rollout."""
    at_rest = list(_at_rest(objects))
    claims, size = claimed_storage(item for item in at_rest if item["kind"] != "CronJob")
    found: Amounts = Counter({"persistentvolumeclaims": claims, "requests.storage": size})
    for group in pod_groups(item for item in at_rest if item["kind"] != "CronJob"):
        found.update(_of_pods(group.count, group.cpu, group.memory, group.memory_limit, group.ephemeral_storage))
    return found


def in_use(live: Iterable[Json], release: str) -> Amounts:
    """Return the requests of the release's current pods and claims."""
    found: Amounts = Counter()
    for item in live:
        if labels(item).get(INSTANCE) != release:
            continue
        phase = (item.get("status") or {}).get("phase")
        if item["kind"] == "Pod" and phase not in ("Succeeded", "Failed"):
            pod = pod_group(item["spec"])
            found.update(_of_pods(1, pod.cpu, pod.memory, pod.memory_limit, pod.ephemeral_storage))
        elif item["kind"] == "PersistentVolumeClaim" and not item["metadata"].get("ownerReferences"):
            # A claim that a pod owns belongs to a scheduled run, which `demand` also excludes.
            claims, size = claimed_storage([item])
            found.update({"persistentvolumeclaims": claims, "requests.storage": size})
    return found


def _of_pods(count: int, cpu: int, memory: int, limit: int, storage: int) -> Amounts:
    return Counter(
        {
            "pods": count, "requests.cpu": count * cpu, "requests.memory": count * memory,
            "limits.memory": count * limit, "requests.ephemeral-storage": count * storage,
        }
    )  # fmt: skip


def _at_rest(objects: Sequence[Json]) -> Iterator[Json]:
    """Yield the workloads with the minimum replicas of their autoscalers, and without the autoscalers."""
    fewest = {
        item["spec"]["scaleTargetRef"]["name"]: item["spec"].get("minReplicas", item["spec"].get("minReplicaCount", 1))
        for item in objects
        if item.get("kind") in ("HorizontalPodAutoscaler", "ScaledObject")
    }
    fewest |= {
        item["spec"]["workloadRef"]["name"]: item["spec"]["replicas"]
        for item in objects
        if item.get("kind") == "Rollout" and "workloadRef" in item["spec"] and "replicas" in item["spec"]
    }
    for item in objects:
        if item.get("kind") not in ("Deployment", "StatefulSet", "Job", "PersistentVolumeClaim"):
            continue
        found = copy.deepcopy(item)
        if item["kind"] in ("Deployment", "StatefulSet"):
            spec = found["spec"]
            spec["replicas"] = spec.get("replicas", fewest.get(item["metadata"]["name"], 1))
        if item["kind"] == "Deployment":
            rolling = spec.setdefault("strategy", {}).setdefault("rollingUpdate", {})
            rolling["maxSurge"] = _surge(rolling.get("maxSurge", "25%"), spec["replicas"])
        yield found


def _surge(given: Any, replicas: int) -> int:
    """Return the number of pods that a rollout adds; a percentage is rounded up."""
    return -(-replicas * int(given[:-1]) // 100) if isinstance(given, str) else int(given)


def _amount(resource: str, text: str) -> int:
    """Return an amount in millicores, or in whole units."""
    exact: Fraction = parse_quantity(str(text))
    return int(exact * 1000) if resource == "requests.cpu" else int(exact)


def _said(resource: str, amount: int) -> str:
    if resource == "requests.cpu":
        return f"{amount}m"
    if resource in ("pods", "persistentvolumeclaims"):
        return str(amount)
    return f"{amount / 2**30:.1f}Gi"
