"""Toy controllers of Jobs and CronJobs: a run has one pod, which ends as soon as it has run.

A CronJob starts only in time that a test lets pass (``Cluster.pass_time``), so that no test depends on the time of day.
"""

from datetime import UTC, datetime

from cluster.pods import Pods, is_broken, reference
from cluster.refusal import Refused
from cluster.store import Json, written
from quantacirc_cdk.limits.cron import Cron

ENDED = ("Complete", "Failed")


class Tasks:
    """Starts what is due, ends what has run, and forgets what is older than a history or a TTL says."""

    def __init__(self, pods: Pods) -> None:
        self.pods = pods
        self.store = pods.store
        self.passed: datetime | None = None
        """Until when tests have let time pass."""

    def tick(self) -> None:
        for item in self.store.list(self.pods.resources["Job"]):
            self._job(item)
        for item in self.store.list(self.pods.resources["CronJob"]):
            self._cron_job(item)

    def _job(self, item: Json) -> None:
        metadata, spec = item["metadata"], item["spec"]
        if outcome(item):
            self._expire(item)
            return
        if spec.get("suspend"):
            return
        if not (pods := self.pods.of(metadata["uid"])):
            name = f"{metadata['name']}-{metadata['uid'][:5]}"
            labels = dict.fromkeys(("job-name", "batch.kubernetes.io/job-name"), metadata["name"])
            self.pods.create(item, name, spec["template"], **labels)
            return
        broken, (pod, *_) = is_broken(spec["template"]["spec"]), pods
        now = written(self.store.now())
        started = item.get("status", {}).get("startTime", now)
        # A pod whose image never comes fails in the end; here, as soon as it could have run.
        if not (self.pods.due_now(pod) or (broken and self.pods.waited(pod))):
            self.pods.set_status(pod, self.pods.waiting(pod))
            self.pods.set_status(item, {"active": 1, "startTime": started})
            return
        self.pods.set_status(pod, {"phase": "Failed" if broken else "Succeeded"})
        done = (
            {"type": "Failed", "reason": "BackoffLimitExceeded"} if broken else {"type": "Complete", "reason": "Done"}
        )
        done |= {"status": "True", "lastTransitionTime": now}
        status = {"conditions": [done], "active": 0, "startTime": started}
        self.pods.set_status(item, status | ({"failed": 1} if broken else {"succeeded": 1, "completionTime": now}))

    def _expire(self, item: Json) -> None:
        ttl, ended = item["spec"].get("ttlSecondsAfterFinished"), item["status"]["conditions"][0]
        since = ended.get("lastTransitionTime")
        if ttl is not None and since and (self.store.now() - _read(since)).total_seconds() >= ttl:
            self.pods.delete(item)

    def _cron_job(self, item: Json) -> None:
        metadata, spec, status = item["metadata"], item["spec"], item.get("status", {})
        jobs = [job for job in self.store.list(self.pods.resources["Job"], metadata["namespace"]) if _owned(job, item)]
        active = [job for job in jobs if not outcome(job)]
        last = _read(status.get("lastScheduleTime") or metadata["creationTimestamp"])
        start = self.passed and Cron(spec["schedule"]).before(self.passed.replace(tzinfo=None))
        due = start is not None and start.replace(tzinfo=UTC) > last and not spec["suspend"]
        if due and start and not (active and spec["concurrencyPolicy"] == "Forbid"):
            if spec["concurrencyPolicy"] == "Replace":
                for job in active:
                    self.pods.delete(job)
            self._start(item, start.replace(tzinfo=UTC))
            last = start.replace(tzinfo=UTC)
        succeeded = [job["status"]["completionTime"] for job in jobs if outcome(job) == "Complete"]
        new = {"active": [reference(job) for job in active]}
        new |= {"lastSuccessfulTime": max(succeeded)} if succeeded else {}
        self.pods.set_status(
            item, new | ({"lastScheduleTime": written(last)} if due or "lastScheduleTime" in status else {})
        )
        self._forget(jobs, "Complete", spec["successfulJobsHistoryLimit"])
        self._forget(jobs, "Failed", spec["failedJobsHistoryLimit"])

    def _start(self, item: Json, moment: datetime) -> None:
        metadata, template = item["metadata"], item["spec"]["jobTemplate"]
        job = {
            "metadata": {
                **(template.get("metadata") or {}),
                "name": f"{metadata['name']}-{int(moment.timestamp()) // 60}",
                "ownerReferences": [reference(item) | {"controller": True}],
            },
            "spec": template["spec"],
        }
        try:
            self.store.create(self.pods.resources["Job"], metadata["namespace"], job)
        except Refused as refused:
            self.pods.warn(item, "FailedCreate", f"Error creating job: {refused.message}")

    def _forget(self, jobs: list[Json], how: str, limit: int) -> None:
        ended = sorted((job for job in jobs if outcome(job) == how), key=lambda job: job["status"]["startTime"])
        for job in ended[: max(0, len(ended) - limit)]:
            self.pods.delete(job)


def outcome(job: Json) -> str:
    """Return how a Job has ended; "" if it has not."""
    conditions = job.get("status", {}).get("conditions") or ()
    return next((one["type"] for one in conditions if one["type"] in ENDED and one["status"] == "True"), "")


def _owned(job: Json, owner: Json) -> bool:
    return any(one["uid"] == owner["metadata"]["uid"] for one in job["metadata"].get("ownerReferences", ()))


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment)
