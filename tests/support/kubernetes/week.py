"""A week of a namespace: every schedule with its retries, history and TTL, restores, rollouts and scale-ups at once.

A simulation over manifests of any project. Deployments stay at their maximum with a rollout's surge for the whole
week; templates for jobs (suspended CronJobs) are started once a day; runs fail, are retried and last as long as they
may. What the quota or the nodes refuse is returned, with its time.

Rules: a quota counts pods that have not ended, and claims as long as they exist; the claim of a pod's own goes with the
pod, the pod with its Job, the Job with its TTL or when the CronJob's history has newer ones
(https://kubernetes.io/docs/concepts/policy/resource-quotas/,
https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes,
https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#jobs-history-limits).
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from quantacirc_cdk.kubernetes.capacity import Nodes, PodGroup, more_nodes, pod_group, pod_groups
from quantacirc_cdk.limits.cron import Cron, schedule_refusal
from quantacirc_cdk.limits.quantity import parse_quantity

Json = dict[str, Any]
DAYS = 7
FIRST = date(2026, 3, 1)
"""A Sunday and the first of a month, so that weekly and monthly schedules start, too."""
COUNTED = ("pods", "requests.cpu", "requests.memory", "limits.memory", "persistentvolumeclaims", "requests.storage")


@dataclass
class _Run:
    """A Job of a CronJob; times are minutes of the week."""

    owner: Json
    pods: int = 1
    """Pods that it has started, the last of which runs until ``until``."""
    until: int = 0
    fails: int = 0
    """Pods that fail before one succeeds; more than its retries: the Job fails."""
    ended: int | None = None
    failed: bool = False

    @property
    def job(self) -> Json:
        found: Json = self.owner["spec"]["jobTemplate"]["spec"]
        return found


@dataclass
class Week:
    """What happens in one namespace in a week."""

    objects: Sequence[Json]
    seed: int = 0
    pools: Sequence[Nodes] = ()
    """Nodes of the cluster, all for these pods; none: nothing is asked of them."""
    nodes: int = 1
    runs: list[_Run] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    started: int = 0
    most_claims: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.cron_jobs = [item for item in self.objects if item["kind"] == "CronJob"]
        others = [item for item in self.objects if item["kind"] != "CronJob"]
        self.standing = pod_groups(others, self.nodes)
        self.quotas = [item["spec"]["hard"] for item in self.objects if item["kind"] == "ResourceQuota"]
        self.always: Counter[str] = Counter()
        for group in self.standing:
            self.always.update(_amounts(group, group.count))
        for item in others:
            for claim, count in _standing_claims(item):
                self.always.update({"persistentvolumeclaims": count, "requests.storage": count * claim})
        self.placed: set[tuple[tuple[str, int], ...]] = set()

    def live(self) -> list[str]:
        """Live through the week and return what was refused."""
        starts: dict[int, list[Json]] = {}
        for item in self.cron_jobs:
            for minute in self._starts(item):
                starts.setdefault(minute, []).append(item)
        for minute in range(DAYS * 1440 + 1440):
            self._go_on(minute)
            for item in starts.get(minute, ()):
                self._start(item, minute)
        self.refused += [
            f"{run.owner['metadata']['name']}: a run never ended" for run in self.runs if run.ended is None
        ]
        return self.refused

    def _starts(self, item: Json) -> list[int]:
        if item["spec"].get("suspend"):  # a template: somebody starts it
            return [1440 * day + self.dice.randrange(1440) for day in range(DAYS)]
        if schedule_refusal(item["spec"]["schedule"]):
            return []
        return [
            1440 * (start.date() - FIRST).days + 60 * start.hour + start.minute
            for start in Cron(item["spec"]["schedule"]).starts(FIRST, DAYS)
        ]

    def _start(self, item: Json, minute: int) -> None:
        active = [run for run in self.runs if run.owner is item and run.ended is None]
        policy = item["spec"].get("concurrencyPolicy", "Allow")
        if active and (policy == "Forbid" or item["spec"].get("suspend")):
            return
        if policy == "Replace":
            self.runs = [run for run in self.runs if run not in active]
        retries = item["spec"]["jobTemplate"]["spec"].get("backoffLimit", 6)
        run = _Run(owner=item, fails=self.dice.choice((0, retries, retries, retries + 1)))
        self.runs.append(run)
        self.started += 1
        run.until = minute + self._minutes(run)
        self._admitted(run, minute)

    def _minutes(self, run: _Run) -> int:
        """Return how long a pod lasts; all of a run's pods end before its deadline."""
        deadline = int(run.job.get("activeDeadlineSeconds") or 3600) // 60
        most = max(1, deadline // (run.job.get("backoffLimit", 6) + 1))
        return self.dice.choice((1, most, self.dice.randint(1, most)))

    def _go_on(self, minute: int) -> None:
        for run in self.runs:
            if run.ended is not None or run.until > minute:
                continue
            if run.fails >= run.pods and run.pods <= run.job.get("backoffLimit", 6):
                run.pods += 1
                run.until = minute + self._minutes(run)
                self._admitted(run, minute)
            else:
                run.ended, run.failed = minute, run.fails >= run.pods
                self._forget(run.owner)
        self.runs = [run for run in self.runs if not self._expired(run, minute)]

    def _expired(self, run: _Run, minute: int) -> bool:
        ttl = run.job.get("ttlSecondsAfterFinished")
        return run.ended is not None and ttl is not None and minute >= run.ended + ttl // 60

    def _forget(self, owner: Json) -> None:
        """Delete the runs that a CronJob's history has no room for, the oldest first."""
        spec = owner["spec"]
        limits = {False: spec.get("successfulJobsHistoryLimit", 3), True: spec.get("failedJobsHistoryLimit", 1)}
        for failed, limit in limits.items():
            ended = [run for run in self.runs if run.owner is owner and run.ended is not None and run.failed == failed]
            gone = sorted(ended, key=lambda run: run.ended or 0)[: max(0, len(ended) - limit)]
            self.runs = [run for run in self.runs if not any(run is one for one in gone)]

    def _admitted(self, run: _Run, minute: int) -> None:
        used, groups = Counter(self.always), list(self.standing)
        for one in self.runs:
            template = one.job["template"]["spec"]
            if one.ended is None:
                group = pod_group(template)
                groups.append(replace(group, name=one.owner["metadata"]["name"], count=one.job.get("parallelism", 1)))
                used.update(_amounts(group, one.job.get("parallelism", 1)))
            for size in _own_claims(template):
                pods = one.pods - 1 + one.job.get("parallelism", 1) + one.job.get("completions", 1) - 1
                used.update({"persistentvolumeclaims": pods, "requests.storage": pods * size})
        self.most_claims = max(self.most_claims, used["persistentvolumeclaims"])
        place = f"{run.owner['metadata']['name']}, day {minute // 1440 + 1}, {minute // 60 % 24:02}:{minute % 60:02}"
        for hard in self.quotas:
            for key in COUNTED:
                unit = 1000 if key == "requests.cpu" else 1
                if key in hard and used[key] > parse_quantity(str(hard[key])) * unit:
                    self.refused.append(f"{place}: exceeded quota: {key} {used[key]} of {hard[key]}")
        key_of = tuple(sorted(Counter(group.name for group in groups).items()))
        if self.pools and key_of not in self.placed:
            self.placed.add(key_of)
            if missing := more_nodes(groups, self.pools):
                self.refused.append(f"{place}: {missing} nodes are missing")


def _amounts(group: PodGroup, count: int) -> Counter[str]:
    return Counter(
        {
            "pods": count,
            "requests.cpu": count * group.cpu,
            "requests.memory": count * group.memory,
            "limits.memory": count * group.memory_limit,
        }
    )


def _own_claims(template: Json) -> list[int]:
    volumes = (volume.get("ephemeral", {}).get("volumeClaimTemplate") for volume in template.get("volumes", []))
    return [_size(claim) for claim in volumes if claim]


def _size(claim: Json) -> int:
    return int(parse_quantity(str(claim["spec"].get("resources", {}).get("requests", {}).get("storage", "0"))))


def _standing_claims(item: Json) -> list[tuple[int, int]]:
    """Return the claims that are there all week: sizes and counts."""
    spec = item.get("spec", {})
    if item["kind"] == "PersistentVolumeClaim":
        return [(_size(item), 1)]
    if item["kind"] == "StatefulSet":
        return [(_size(claim), spec.get("replicas", 1)) for claim in spec.get("volumeClaimTemplates", [])]
    return []
