"""How Jobs and CronJobs are judged, object by object."""

from datetime import UTC, datetime
from typing import Any

import pytest

from quantacirc_cdk.operations.report import State, Task
from quantacirc_cdk.operations.tasks import tasks
from quantacirc_cdk.operations.workloads import Objects, failing_for_good

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
LABELS = {"app.kubernetes.io/name": "baker", "app.kubernetes.io/instance": "bakery"}


def job(condition: str | None, owner: str | None = None, created: str = "2030-01-01T00:00:00Z") -> dict[str, Any]:
    status = {"conditions": [{"type": condition, "status": "True", "reason": "BackoffLimitExceeded"}]}
    references = [{"kind": "CronJob", "uid": owner}] if owner else []
    metadata = {"name": f"job-{created[:10]}", "labels": LABELS, "creationTimestamp": created,
                "ownerReferences": references}  # fmt: skip
    return {"kind": "Job", "metadata": metadata, "spec": {}, "status": status if condition else {}}


@pytest.mark.parametrize(
    ("condition", "status", "state"),
    [("Complete", "complete", State.HEALTHY), ("Failed", "failed", State.DEGRADED), (None, "running", State.DEGRADED)],
)
def test_a_job_must_have_ended_well(condition: str | None, status: str, state: State):
    (found,) = tasks(Objects([job(condition)], "bakery"), NOW)
    assert (found.status, found.state) == (status, state)
    assert list(failing_for_good(Objects([job(condition)], "bakery"))) == (
        ["Job job-2030-01-01 failed: BackoffLimitExceeded"] if condition == "Failed" else []
    )


def test_of_a_cron_job_only_the_last_run_counts():
    cron = {"kind": "CronJob", "metadata": {"name": "nightly", "uid": "7", "labels": LABELS}, "spec": {}}
    failed, mended = job("Failed", "7", "2030-01-01T00:00:00Z"), job("Complete", "7", "2030-01-02T00:00:00Z")
    (found,) = tasks(Objects([cron, failed, mended], "bakery"), NOW)
    assert (found.kind, found.status, found.state) == ("CronJob", "scheduled", State.HEALTHY)
    (found,) = tasks(Objects([cron, job("Failed", "7", "2030-01-03T00:00:00Z"), mended], "bakery"), NOW)
    assert found.note == "its last run, job-2030-01-03, failed: BackoffLimitExceeded"


def nightly(status: dict[str, Any], created: str = "2029-01-01T00:00:00Z", **spec: Any) -> dict[str, Any]:
    metadata = {"name": "nightly", "uid": "7", "labels": LABELS, "creationTimestamp": created}
    return {"kind": "CronJob", "metadata": metadata, "spec": {"schedule": "0 3 * * *", **spec}, "status": status}


def running(pod: dict[str, Any] | None = None, since: str = "2030-01-01T03:00:00Z") -> list[dict[str, Any]]:
    run = job(None, "7", since)
    pods = [] if pod is None else [
        {"kind": "Pod", "metadata": {"name": "p", "labels": {"job-name": run["metadata"]["name"]}}, "status": pod}
    ]  # fmt: skip
    return [run, *pods]


def judged(*items: dict[str, Any], **refused: str) -> Task:
    (found,) = tasks(Objects(list(items), "bakery", refused), NOW)
    return found


GOOD = {"lastScheduleTime": "2030-01-01T03:00:00Z", "lastSuccessfulTime": "2030-01-01T03:20:00Z"}


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (nightly(GOOD), []),
        (nightly({}, created="2030-01-01T11:00:00Z"), []),
        (nightly({}, suspend=True), []),
        (nightly({**GOOD, "lastScheduleTime": "2029-12-31T03:00:00Z"}),
         ["it should have started at 2030-01-01T03:00:00Z and last did at 2029-12-31T03:00:00Z"]),
        (nightly({}), ["it should have started at 2030-01-01T03:00:00Z and never did", "no run has ever succeeded"]),
        (nightly({**GOOD, "lastSuccessfulTime": "2029-12-29T03:20:00Z"}),
         ["no run has succeeded since 2029-12-29T03:20:00Z"]),
        (nightly({**GOOD, "lastScheduleTime": "2029-12-31T04:00:00Z"}, schedule="0 4 * * *", timeZone="Asia/Tokyo"),
         ["it should have started at 2029-12-31T19:00:00Z and last did at 2029-12-31T04:00:00Z"]),
    ],
)  # fmt: skip
def test_a_cron_job_that_did_not_run_when_it_was_due_is_not_well(item: dict[str, Any], said: list[str]):
    assert list(judged(item).reasons) == said


UNCLAIMED = 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-work"'


def unscheduled(message: str) -> dict[str, Any]:
    return {
        "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "message": message}],
    }


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (running({"phase": "Running"}), []),
        (running(unscheduled("0/3 nodes are available"), since="2030-01-01T11:59:00Z"), []),
        (running(), ["it has no pod: the API refuses it, perhaps because of a quota (see kubectl describe job)"]),
        (running({"phase": "Pending"}), ["its pod p has not started"]),
        (
            running(unscheduled(UNCLAIMED)),
            [f"no node for a pod: {UNCLAIMED}",
             "its volume claim was refused, perhaps because of a quota (see kubectl describe pod)"],
        ),
    ],
)  # fmt: skip
def test_a_run_that_is_stuck_is_named_with_what_keeps_it(run: list[dict[str, Any]], said: list[str]):
    found = judged(nightly(GOOD), *run)
    assert list(found.reasons) == [f"the run {run[0]['metadata']['name']}: {one}" for one in said]


def test_a_run_that_is_stuck_says_in_the_words_of_the_api_what_was_refused():
    run, pod = running(unscheduled(UNCLAIMED))
    run["metadata"]["uid"], pod["metadata"]["uid"] = "run", "pod"
    why = "exceeded quota: bakery, requested: pods=1, used: pods=9, limited: pods=9"
    assert f"the API refuses its pod: {why}" in judged(nightly(GOOD), run, run=why).note
    assert f"its volume claim was refused: {why}" in judged(nightly(GOOD), run, pod, pod=why).note
