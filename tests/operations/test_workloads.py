"""How workloads are judged, object by object."""

from datetime import UTC, datetime
from typing import Any

import pytest

from quantacirc_cdk.operations.report import State
from quantacirc_cdk.operations.workloads import Objects, failing_for_good, pod_problems, workload, workloads

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
LABELS = {"app.kubernetes.io/name": "baker", "app.kubernetes.io/instance": "bakery"}
HEALTHY = {
    "observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
}  # fmt: skip


def deployment(status: dict[str, Any], kind: str = "Deployment", **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "baker", "image": "oven"}]}}
    return {
        "kind": kind,
        "metadata": {"name": "baker", "labels": LABELS, "generation": 2},
        "spec": {"replicas": 2, "selector": {"matchLabels": LABELS}, "template": template, **spec},
        "status": status,
    }


def pod(**status: Any) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": "baker-1", "uid": "1", "labels": LABELS}, "status": status}


def waiting(reason: str) -> dict[str, Any]:
    return {"containerStatuses": [{"name": "oven", "restartCount": 0, "state": {"waiting": {"reason": reason}}}]}


def restarted(times: int, ended: str) -> dict[str, Any]:
    last = {"terminated": {"reason": "OOMKilled", "finishedAt": ended}}
    return {"containerStatuses": [{"name": "oven", "restartCount": times, "state": {"running": {}}, "lastState": last}]}


def judged(*items: dict[str, Any], expected: tuple[str, ...] = ()) -> Any:
    (found,) = workloads(Objects(list(items), "bakery"), expected, NOW)
    return found


def stuck(reason: str) -> dict[str, Any]:
    return {**HEALTHY, "conditions": [{"type": "Progressing", "status": "False", "reason": reason}]}


@pytest.mark.parametrize(
    ("item", "rollout"),
    [
        (deployment(HEALTHY), "complete"),
        (deployment({**HEALTHY, "observedGeneration": 1}), "its controller has not seen the last change"),
        (deployment({}), "its controller has not seen the last change"),
        (deployment({**HEALTHY, "updatedReplicas": 1}), "1 of 2 pods are new"),
        (deployment({**HEALTHY, "replicas": 3}), "1 old pods are still there"),
        (deployment({**HEALTHY, "readyReplicas": 1}), "1 of 2 pods are ready"),
        (deployment({**HEALTHY, "availableReplicas": 1}), "1 of 2 pods are available"),
        (deployment(stuck("ProgressDeadlineExceeded")), "stuck: its progress deadline is over"),
        (deployment({"observedGeneration": 2}, replicas=0), "complete"),
        (deployment({**HEALTHY, "updatedReplicas": 0}, "StatefulSet"), "0 of 2 pods are new"),
        (deployment({**HEALTHY, "updatedReplicas": 0}, "StatefulSet", updateStrategy={"type": "OnDelete"}), "complete"),
        (
            deployment({**HEALTHY, "updatedReplicas": 1}, "StatefulSet",
                       updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}),
            "complete",
        ),
        (
            deployment({"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3,
                        "numberReady": 2}, "DaemonSet"),
            "2 of 3 pods are ready",
        ),
        (
            deployment({"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3,
                        "numberReady": 3, "numberAvailable": 2}, "DaemonSet"),
            "2 of 3 pods are available",
        ),
        (
            deployment({**HEALTHY, "currentRevision": "a", "updateRevision": "b"}, "StatefulSet"),
            "its last pod is not replaced yet",
        ),
        # One old pod that is ready, and one new one that crashes.
        (
            deployment({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 1, "readyReplicas": 1,
                        "availableReplicas": 1}, replicas=1),
            "1 old pods are still there",
        ),
    ],
)  # fmt: skip
def test_the_rollout_is_what_kubectl_would_say(item: dict[str, Any], rollout: str):
    found = judged(item)
    assert found.rollout == rollout
    assert found.state is (State.HEALTHY if rollout == "complete" else State.DEGRADED)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (waiting("ContainerCreating"), []),
        (waiting("ImagePullBackOff"), ["container oven: ImagePullBackOff"]),
        (waiting("CreateContainerConfigError"), ["container oven: CreateContainerConfigError"]),
        (restarted(2, "2030-01-01T11:59:00Z"), []),
        (restarted(3, "2030-01-01T11:59:00Z"), ["container oven: restarted 3 times, last OOMKilled"]),
        (restarted(30, "2029-12-31T00:00:00Z"), []),
        ({"reason": "Evicted"}, ["a pod was evicted"]),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes: Insufficient cpu"}]},
            ["no node for a pod: 0/3 nodes: Insufficient cpu"],
        ),
    ],
)
def test_a_pod_says_what_keeps_it(status: dict[str, Any], said: list[str]):
    assert list(pod_problems(pod(**status), NOW)) == said


def test_a_deployment_whose_pods_the_api_refuses_says_why():
    why = 'pods "baker-1" is forbidden: exceeded quota: bakery, requested: pods=1, used: pods=9, limited: pods=9'
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": why}
    found = judged(deployment({**HEALTHY, "readyReplicas": 1, "conditions": [refused]}))
    assert found.reasons == ("1 of 2 pods are ready", f"the API refuses its pods: {why}")
    assert judged(deployment({**HEALTHY, "conditions": [{**refused, "status": "False"}]})).reasons == ()


def test_a_workload_whose_pods_the_api_refuses_says_what_its_events_say_until_it_is_complete():
    item = deployment({**HEALTHY, "readyReplicas": 1})
    item["metadata"]["uid"] = "7"
    found = workload(item, Objects([item], "bakery", {"7": "exceeded quota"}), NOW)
    assert found.reasons == ("1 of 2 pods are ready", "the API refuses its pods: exceeded quota")
    whole = deployment(HEALTHY)
    whole["metadata"]["uid"] = "7"
    assert workload(whole, Objects([whole], "bakery", {"7": "exceeded quota"}), NOW).reasons == ()


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (deployment(stuck("ProgressDeadlineExceeded")), ["baker: its progress deadline is over"]),
        (deployment(stuck("ReplicaSetUpdated")), []),
        (deployment(HEALTHY), []),
        (deployment({}), []),
        # The condition is that of the generation before: a new rollout has begun, and its controller has not looked.
        (deployment({**stuck("ProgressDeadlineExceeded"), "observedGeneration": 1}), []),
        (deployment({**HEALTHY, "conditions": [{"type": "Available", "reason": "ProgressDeadlineExceeded"}]}), []),
    ],
)
def test_waiting_ends_early_where_the_deadline_of_this_rollout_is_over(item: dict[str, Any], said: list[str]):
    assert list(failing_for_good(Objects([item], "bakery"))) == said
    assert list(failing_for_good(Objects([item], "another"))) == []


def test_a_pod_that_leaves_is_not_asked():
    leaving = pod(**waiting("CrashLoopBackOff"))
    leaving["metadata"]["deletionTimestamp"] = "2030-01-01T12:00:00Z"
    assert list(pod_problems(leaving, NOW)) == []


def test_restarts_and_endpoints_are_counted():
    service = {"kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": LABELS}}
    closed = {"kind": "Service", "metadata": {"name": "closed"}, "spec": {}}
    ready = {"addresses": ["10.0.0.1"], "conditions": {"ready": True}}
    other = {"addresses": ["10.0.0.2"], "conditions": {"ready": False}}
    slices = {
        "kind": "EndpointSlice", "endpoints": [ready, other],
        "metadata": {"name": "web-1", "labels": {"kubernetes.io/service-name": "web"}},
    }  # fmt: skip
    found = judged(deployment(HEALTHY), pod(**restarted(7, "2029-01-01T00:00:00Z")), service, closed, slices)
    assert (found.restarts, found.endpoints, found.state) == (7, 1, State.HEALTHY)
    found = judged(deployment(HEALTHY), service, {**slices, "endpoints": [other]})
    assert found.reasons == ("Service web leads nowhere",)


def test_a_component_that_is_not_there_is_degraded_and_somebody_elses_workload_is_not_looked_at():
    strange = deployment({})
    strange["metadata"]["labels"] = {"app.kubernetes.io/instance": "butcher"}
    found = judged(strange, expected=("baker",))
    assert (found.name, found.reasons) == ("baker", ("the component is not in the cluster",))
