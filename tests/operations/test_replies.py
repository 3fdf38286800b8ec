"""What a cluster answers is checked before it is used: nonsense is an error, never a verdict and never a crash."""

import copy
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typing_extensions import TypedDict

from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.operations import helm, kubectl
from quantacirc_cdk.operations.expectations import Expectations
from quantacirc_cdk.operations.health import look
from quantacirc_cdk.operations.helm import Helm
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError, UnreachableError
from quantacirc_cdk.operations.preflight import Preflight, check_cluster, check_limits, check_quota, check_with_server
from quantacirc_cdk.operations.process import Done
from quantacirc_cdk.operations.record import log
from quantacirc_cdk.operations.replies import ReplyError, checked
from quantacirc_cdk.operations.rollout import Rollout, baseline
from quantacirc_cdk.operations.settings import Target
from support.project import Project

LABELS = {"app.kubernetes.io/instance": "bakery", "app.kubernetes.io/name": "baker"}
TIME = "2030-01-01T00:00:00Z"


def meta(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "uid": name, "namespace": "bakery", "labels": LABELS, "generation": 1, **more}


CONDITION = {"type": "Ready", "status": "False", "reason": "Failed", "message": "no"}
POD = {
    "kind": "Pod", "metadata": meta("pod"),
    "spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}}]},
    "status": {
        "phase": "Running",
        "conditions": [{**CONDITION, "type": "PodScheduled"}],
        "containerStatuses": [
            {
                "name": "a", "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "x"}},
                "lastState": {"terminated": {"finishedAt": TIME, "reason": "Error"}},
            },
            {"name": "b", "restartCount": 9, "lastState": {"terminated": {"finishedAt": TIME, "reason": "Error"}}},
        ],
    },
}  # fmt: skip
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": {"containers": []}}
WORKLOAD = {"replicas": 2, "selector": {"matchLabels": LABELS}, "template": TEMPLATE}
DEPLOYMENT = {
    "kind": "Deployment", "metadata": meta("baker"), "spec": WORKLOAD,
    "status": {"replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
               "observedGeneration": 1, "conditions": [{**CONDITION, "type": "Progressing"}]},
}  # fmt: skip
STATEFUL_SET = {
    "kind": "StatefulSet", "metadata": meta("bus", labels={**LABELS, "app.kubernetes.io/name": "bus"}),
    "spec": {**WORKLOAD, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}},
    "status": {"replicas": 2, "updatedReplicas": 2, "readyReplicas": 2},
}  # fmt: skip
DAEMON_SET = {
    "kind": "DaemonSet", "metadata": meta("agent"), "spec": WORKLOAD,
    "status": {"desiredNumberScheduled": 2, "currentNumberScheduled": 1, "updatedNumberScheduled": 2, "numberReady": 2,
               "numberAvailable": 2},
}  # fmt: skip
JOB = {"kind": "Job", "metadata": meta("job", ownerReferences=[{"kind": "CronJob", "uid": "cron"}],
                                       creationTimestamp=TIME),
       "spec": {}, "status": {"conditions": [{**CONDITION, "type": "Failed", "status": "True"}]}}  # fmt: skip
CRON_JOB = {"kind": "CronJob", "metadata": meta("cron"), "spec": {"suspend": False},
            "status": {"lastSuccessfulTime": TIME}}  # fmt: skip
SERVICE = {"kind": "Service", "metadata": meta("baker"), "spec": {"selector": LABELS}}
SLICE = {"kind": "EndpointSlice", "metadata": meta("baker", labels={"kubernetes.io/service-name": "baker"}),
         "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": True}}]}  # fmt: skip
OBJECTS = {"items": [POD, DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB, CRON_JOB, SERVICE, SLICE]}
QUOTA = {
    "kind": "ResourceQuota", "metadata": meta("quota"),
    "spec": {"hard": {"requests.cpu": "4", "pods": "9"}}, "status": {"used": {"requests.cpu": "1"}},
}  # fmt: skip
CLAIM = {"kind": "PersistentVolumeClaim", "metadata": meta("claim"),
         "spec": {"resources": {"requests": {"storage": "1Gi"}}}}  # fmt: skip
LIMITS = {"items": [{
    "kind": "LimitRange", "metadata": meta("limits"),
    "spec": {"limits": [{"type": "Container", "max": {"cpu": "4"}, "defaultRequest": {"cpu": "1"}}]},
}]}  # fmt: skip
EVENTS = {"items": [{
    "kind": "Event", "metadata": meta("agent.1", creationTimestamp=TIME), "reason": "FailedCreate", "message": "x",
    "involvedObject": {"kind": "DaemonSet", "uid": "agent"}, "lastTimestamp": TIME, "eventTime": None,
    "series": {"lastObservedTime": TIME},
}]}  # fmt: skip
QUOTAS = {"items": [QUOTA, POD, CLAIM]}
CERTIFICATES = {"items": [{"kind": "Certificate", "metadata": meta("web"),
                           "status": {"notAfter": TIME, "conditions": [CONDITION]}}]}  # fmt: skip
APPLICATION = {"kind": "Application", "metadata": meta("bakery"), "status": {
    "health": {"status": "Degraded", "message": "x"}, "sync": {"status": "OutOfSync", "revision": "1"},
    "operationState": {"phase": "Failed", "message": "y"}}}  # fmt: skip
STREAMS = {
    "meta_cluster": {"name": "bus-0", "leader": "bus-0"},
    "account_details": [{"stream_detail": [{
        "name": "ORDERS", "cluster": {"leader": "pod", "replicas": [{"name": "b", "current": False, "offline": True}]},
        "state": {"messages": 1, "bytes": 99}, "config": {"max_bytes": 100},
        "consumer_detail": [{"name": "baker", "num_pending": 500, "num_ack_pending": 1, "num_redelivered": 0,
                             "cluster": {"leader": "pod"}}],
    }]}],
}  # fmt: skip
VERSIONS = {"serverVersion": {"gitVersion": "v1.34.0"}, "clientVersion": {"gitVersion": "v1.34.1"}}
NAMESPACE = {"kind": "Namespace", "metadata": meta("bakery")}
ENTRY = {"outcome": "deployed", "revision": 1, "commit": None, "by": "me", "finished": TIME, "version": "1"}
LOG = {"kind": "ConfigMap", "metadata": meta("bakery-deployments"), "data": {"log": json.dumps(ENTRY) + "\n"}}
LEASE = {"kind": "Lease", "metadata": meta("bakery-deployment"),
         "spec": {"holderIdentity": "me@here:1", "acquireTime": TIME, "leaseDurationSeconds": 600}}  # fmt: skip
HISTORY = [{"revision": 1, "status": "deployed", "updated": TIME, "description": "x", "app_version": "1"}]

TARGET = Target(
    environment="home", context="kind", namespace="bakery", release="bakery", chart="chart", values="values",
    approval=False, kubernetes_version="1.34",
)  # fmt: skip


def bakery() -> Site:
    """Return the small system on a laptop."""
    with tempfile.TemporaryDirectory() as folder:
        project = load_project(Project.small(Path(folder)).root)
    return Site(project.system, project.environments["home"])


EXPECTED = Expectations(
    site=bakery(), components=("baker", "bus"), certificates=True, application="bakery", applied_by_argocd=True
)


def answer(command: list[str], replies: dict[str, Any]) -> Any:
    words = " ".join(command)
    return next(value for sign, value in replies.items() if sign in words)


ANSWERS: dict[str, Any] = {
    "deployments,statefulsets": OBJECTS, "get events": EVENTS,
    "resourcequotas": QUOTAS, "limitranges": LIMITS,
    "certificates.cert-manager.io": CERTIFICATES,
    "applications.argoproj.io": APPLICATION, "--raw": STREAMS, " version ": VERSIONS, "get namespace": NAMESPACE,
    "get configmap": LOG, "get secrets": "1 deployed\n", "get lease": LEASE, "helm": HISTORY,
}  # fmt: skip
COMMANDS: list[Callable[[Kubectl], object]] = [
    lambda it: look(it, EXPECTED),
    lambda it: baseline(it, EXPECTED),
    lambda it: Rollout(kubectl=it, expected=EXPECTED, seconds=0, poll_seconds=0).wait(),
    lambda it: check_cluster(it, Preflight()),
    lambda it: check_quota(it, [], Preflight()),
    lambda it: check_limits(it, [], Preflight()),
    lambda it: log(it),
    lambda _: Helm(TARGET, None).history(),  # type: ignore[arg-type]
]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], None]:
    """Let kubectl and helm print what a test says: a text, or a value as JSON."""

    def set_up(replies: dict[str, Any]) -> None:
        def run(command: list[str], **_: object) -> Done:
            said = answer(command, replies)
            return Done(status=0, out=said if isinstance(said, str) else json.dumps(said), error="")

        monkeypatch.setattr(kubectl, "run", run)
        monkeypatch.setattr(helm, "run", run)

    return set_up


def test_sound_answers_are_read(cluster: Callable[[dict[str, Any]], None]) -> None:
    cluster(ANSWERS)
    report = look(Kubectl(TARGET), EXPECTED)
    said = "; ".join(part.note for part in report.parts)
    for note in (
        "CrashLoopBackOff (x)",
        "99 % of its space is used",
        "Argo CD reports Degraded: x",
        "500 messages wait",
    ):
        assert note in said
    found = Preflight()
    check_quota(Kubectl(TARGET), [], found)
    assert (found.problems, found.notes) == ([], [])
    assert [one.number for one in Helm(TARGET, None).history()] == [1]  # type: ignore[arg-type]
    assert log(Kubectl(TARGET)) == [ENTRY]


def test_what_is_sent_for_a_dry_run_is_yaml_from_its_first_character(monkeypatch: pytest.MonkeyPatch) -> None:
    """kubectl takes what begins with a brace for JSON, and up to 1.32 reads no second document of that."""
    sent: list[str] = []

    def run(command: list[str], *, input: str, **_: object) -> Done:
        sent.append(input)
        return Done(status=0, out="", error="")

    monkeypatch.setattr(kubectl, "run", run)
    check_with_server(Kubectl(TARGET), [POD, DEPLOYMENT], Preflight())
    (text,) = sent
    assert text.startswith("---\n")
    assert [item["metadata"]["name"] for item in yaml.safe_load_all(text)] == ["pod", "baker"]


NONSENSE = ["null", "[]", "{}", "3", '"text"', "", "not JSON", "[" * 100_000, '{"items": null}', '{"items": [null]}',
            '{"items": [{}]}', "NaN", "1" * 5000]  # fmt: skip


@pytest.mark.integration
@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: text[:20] or "nothing")
def test_nonsense_is_an_error_and_no_verdict(text: str, cluster: Callable[[dict[str, Any]], None]) -> None:
    for sign in ANSWERS:
        cluster({**ANSWERS, sign: text})
        for command in COMMANDS:
            verdict_or_error(command)
    cluster(dict.fromkeys(ANSWERS, text))
    for command in (COMMANDS[0], COMMANDS[3], COMMANDS[4]):
        with pytest.raises(OperationError, match="is invalid"):
            command(Kubectl(TARGET))


def test_a_number_as_text_is_named_with_its_place(cluster: Callable[[dict[str, Any]], None]) -> None:
    objects = copy.deepcopy(OBJECTS)
    objects["items"][1]["status"]["readyReplicas"] = "2"  # type: ignore[index]
    cluster({**ANSWERS, "deployments,statefulsets": objects})
    with pytest.raises(UnreachableError, match=r"kubectl get is invalid: status\.readyReplicas: .*integer"):
        look(Kubectl(TARGET), EXPECTED)


def test_a_line_of_the_log_that_somebody_changed_is_passed_over(cluster: Callable[[dict[str, Any]], None]) -> None:
    broken = {**LOG, "data": {"log": f'3\n{json.dumps(ENTRY)}\n{{"outcome": 1}}\nnot JSON\n'}}
    cluster({**ANSWERS, "get configmap": broken})
    assert log(Kubectl(TARGET)) == [ENTRY]


@pytest.mark.slow
def test_whatever_changes_in_an_answer_is_used_or_refused(cluster: Callable[[dict[str, Any]], None]) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    refused = 0
    for _ in range(400):
        sign = dice.choice(list(ANSWERS))
        replies = {**ANSWERS, sign: mutated(copy.deepcopy(ANSWERS[sign]), dice)}
        cluster(replies)
        for command in COMMANDS:
            refused += verdict_or_error(command)
    assert refused > 100


def verdict_or_error(command: Callable[[Kubectl], object]) -> bool:
    """Run a command; any other error than one that is meant fails the test."""
    try:
        command(Kubectl(TARGET))
    except OperationError:
        return True
    return False


VALUES: list[Any] = [None, True, 0, -1, 2**70, 1.5, "", "3", "text", [], {}, [None], {"": None}, "2030-13-01", "\ud800"]


def mutated(value: Any, dice: random.Random) -> Any:
    """Return the value with one to three places replaced, removed or repeated."""
    for _ in range(dice.randint(1, 3)):
        places = list(walk(value))
        if not places:
            return dice.choice(VALUES)
        parent, key = dice.choice(places)
        how = dice.randrange(4)
        if how == 0:
            del parent[key]
        elif how == 1 and isinstance(parent, list):
            parent.append(parent[key])
        else:
            parent[key] = copy.deepcopy(dice.choice(VALUES))
    return value


def walk(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from walk(value[key])


@pytest.mark.parametrize("value", ["1", 1.0, True])
def test_a_value_of_another_type_is_never_converted(value: object) -> None:
    with pytest.raises(ReplyError, match=r"^replicas: "):
        checked({"replicas": value}, TypedDict("Scale", {"replicas": int}))
