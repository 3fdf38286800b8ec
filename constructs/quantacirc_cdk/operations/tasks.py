"""Health of Jobs and CronJobs, from the objects of the API. Pure functions."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quantacirc_cdk.limits.cron import Cron, schedule_refusal
from quantacirc_cdk.operations.refusals import unclaimed
from quantacirc_cdk.operations.replies import parse_time
from quantacirc_cdk.operations.report import Task
from quantacirc_cdk.operations.workloads import INSTANCE, Objects, condition, labels, owner_of, pod_problems

Json = dict[str, Any]

STARTING = timedelta(minutes=10)
"""Seconds in which a run must get its pods, their volumes and a node."""
LATE = timedelta(minutes=15)
"""Seconds after which a scheduled start counts as missed, in addition to ``startingDeadlineSeconds``."""

_NO_POD = "it has no pod: the API refuses it, perhaps because of a quota"
_NO_CLAIM = "its volume claim was refused, perhaps because of a quota"


def tasks(objects: Objects, now: datetime) -> list[Task]:
    """Return the Jobs and CronJobs. Of a CronJob's Jobs, the last finished one counts, and each running one."""
    jobs = [item for item in objects.of("Job") if owner_of(item) or labels(item).get(INSTANCE) == objects.release]
    found = [_job(item, objects, now) for item in jobs if not owner_of(item)]
    for item in objects.own("CronJob"):
        own = [job for job in jobs if owner_of(job) == item["metadata"].get("uid")]
        found.append(_cron_job(item, own, objects, now))
    return sorted(found, key=lambda task: task.name)


def _job(item: Json, objects: Objects, now: datetime) -> Task:
    name = item["metadata"]["name"]
    if (why := condition(item, "Failed")) is not None:
        return Task(name=name, kind="Job", status="failed", reasons=(f"failed: {why}",))
    if condition(item, "Complete") is not None:
        done = item["status"].get("completionTime")
        return Task(name=name, kind="Job", status="complete", last_success=done)
    reasons = ("has not finished", *stuck(item, objects, now))
    return Task(name=name, kind="Job", status="running", reasons=reasons)


def _cron_job(item: Json, own: list[Json], objects: Objects, now: datetime) -> Task:
    status = item.get("status") or {}
    ended = [job for job in own if condition(job, "Failed") is not None or condition(job, "Complete") is not None]
    last = max(ended, key=lambda job: str(job["metadata"].get("creationTimestamp", "")), default=None)
    reasons: list[str] = []
    if last is not None and (why := condition(last, "Failed")) is not None:
        reasons.append(f"its last run, {last['metadata']['name']}, failed: {why}")
    for job in own:
        if job not in ended:
            reasons += [f"the run {job['metadata']['name']}: {one}" for one in stuck(job, objects, now)]
    reasons += overdue(item, now, running=len(own) > len(ended))
    return Task(
        name=item["metadata"]["name"],
        kind="CronJob",
        status="suspended" if item["spec"].get("suspend") else "scheduled",
        last_success=status.get("lastSuccessfulTime"),
        reasons=tuple(reasons),
    )


def stuck(job: Json, objects: Objects, now: datetime) -> Iterator[str]:
    """Yield the reasons why a Job cannot finish: no pods, or pods without a volume, a node or an image."""
    status, name = job.get("status") or {}, job["metadata"]["name"]
    began = status.get("startTime") or job["metadata"].get("creationTimestamp")
    if job["spec"].get("suspend") or not began or now - parse_time(began) < STARTING:
        return
    pods = [pod for pod in objects.of("Pod") if labels(pod).get("job-name") == name]
    waiting = [pod for pod in pods if (pod.get("status") or {}).get("phase") == "Pending"]
    if not pods:
        why = objects.refusal(job)
        yield f"the API refuses its pod: {why}" if why else f"{_NO_POD} (see kubectl describe job)"
    for pod in waiting:
        yield from list(pod_problems(pod, now)) or [f"its pod {pod['metadata']['name']} has not started"]
        if unclaimed(pod):
            why = objects.refusal(pod)
            yield f"its volume claim was refused: {why}" if why else f"{_NO_CLAIM} (see kubectl describe pod)"


def overdue(item: Json, now: datetime, *, running: bool) -> Iterator[str]:
    """Yield that a CronJob missed its start, or that none of its last two runs succeeded."""
    spec, status = item["spec"], item.get("status") or {}
    if spec.get("suspend") or schedule_refusal(spec.get("schedule", "")) is not None:
        return
    created = item["metadata"].get("creationTimestamp")
    zone = _zone(spec.get("timeZone"))
    patience = LATE + timedelta(seconds=spec.get("startingDeadlineSeconds") or 0)
    due = _due(spec["schedule"], now - patience, zone)
    since = parse_time(created) if created else None
    if due is None or (since and since > due):
        return
    last = status.get("lastScheduleTime")
    before = _due(spec["schedule"], due - timedelta(minutes=1), zone)
    # A recently changed schedule has start times in the past that did not exist then, so the age counts too.
    recent = last is not None and before is not None and now - parse_time(last) < due - before
    if not running and not recent and (last is None or parse_time(last) < due):
        yield f"it should have started at {_said(due)} and " + (f"last did at {last}" if last else "never did")
    good = status.get("lastSuccessfulTime")
    if before and (since is None or since <= before) and (good is None or parse_time(good) < before) and not running:
        yield f"no run has succeeded since {good}" if good else "no run has ever succeeded"


def _due(schedule: str, moment: datetime, zone: ZoneInfo) -> datetime | None:
    found = Cron(schedule).before(moment.astimezone(zone).replace(tzinfo=None))
    return found.replace(tzinfo=zone) if found else None


def _zone(name: str | None) -> ZoneInfo:
    """Return a time zone; UTC for the controller's, and for one that this machine does not have."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
