"""Each check before a release is touched, against answers that a test decides about."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from quantacirc_cdk.operations import preflight
from quantacirc_cdk.operations.kubectl import (
    ForbiddenError,
    Kubectl,
    LoggedOutError,
    MissingError,
    OperationError,
    UnreachableError,
)
from quantacirc_cdk.operations.preflight import (
    Preflight,
    check_chart,
    check_cluster,
    check_context,
    check_images,
    check_kinds,
    check_limits,
    check_programs,
    check_quota,
    check_rights,
    check_with_server,
)
from quantacirc_cdk.operations.process import Done
from quantacirc_cdk.operations.settings import Target

TARGET = Target(environment="home", context="c", namespace="bakery", release="bakery", chart="", values="",
                approval=False, kubernetes_version="1.34")  # fmt: skip
OK = Done(status=0, out="", error="")


@dataclass(frozen=True)
class Answers(Kubectl):
    """A kubectl that answers what a test wants, and remembers what it was asked."""

    done: Done = OK
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    namespace: Any = None
    """What `get namespace` returns or raises."""
    server: str = "v1.34.2"
    client: str = "v1.34.0"
    live: Any = ()

    def call(self, *arguments: str, **more: Any) -> Done:
        self.asked.append((self.target.namespace, {"arguments": arguments, **more}))
        return self.done

    def get(self, kind: str, name: str, *options: str) -> Any:
        if isinstance(self.namespace, Exception):
            raise self.namespace
        return self.namespace

    def json(self, *arguments: str, **more: Any) -> Any:
        return {"clientVersion": {"gitVersion": self.client}, "serverVersion": {"gitVersion": self.server}}

    def items(self, kinds: Any, *options: str) -> Any:
        assert set(kinds) in ({"resourcequotas", "pods", "persistentvolumeclaims"}, {"limitranges"})
        if isinstance(self.live, Exception):
            raise self.live
        return self.live


def item(kind: str, name: str, namespace: str | None = None, api: str = "v1") -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata}


# The cluster


@pytest.mark.parametrize(
    ("server", "client", "problems", "notes"),
    [
        ("v1.34.2", "v1.34.0", [], []),
        (
            "v1.33.9-eks-1",
            "v1.34.0",
            ["the cluster runs Kubernetes 1.33, and the manifests are for 1.34: upgrade it"],
            [],
        ),
        ("v1.35.0", "v1.34.0", [], ["the cluster runs Kubernetes 1.35, and cluster.kubernetes_version says 1.34"]),
        ("v1.34.2", "v1.33.0", [], []),
        ("v1.34.2", "v1.35.0", [], []),
        ("v1.34.2", "v1.32.0", [], ["kubectl is 1.32 and the cluster 1.34: more than 1 minor version apart"]),
        ("v1.34.2", "v1.36.0", [], ["kubectl is 1.36 and the cluster 1.34: more than 1 minor version apart"]),
    ],
)
def test_versions_are_compared(server: str, client: str, problems: list[str], notes: list[str]) -> None:
    found = Preflight()
    check_cluster(Answers(TARGET, server=server, client=client, namespace={}), found)
    assert found.server == server
    assert len(found.problems) == len(problems)
    assert all(one.startswith(start) for one, start in zip(found.problems, problems, strict=True))
    assert found.notes == notes


@pytest.mark.parametrize(
    ("namespace", "there"), [({}, True), (None, False), (ForbiddenError("namespaces is forbidden"), True)]
)
def test_a_namespace_that_may_not_be_read_counts_as_there(namespace: Any, there: bool) -> None:
    found = Preflight()
    check_cluster(Answers(TARGET, namespace=namespace), found)
    assert found.namespace is there


@pytest.mark.parametrize("error", [UnreachableError("no answer"), LoggedOutError("log in again")])
def test_a_cluster_that_does_not_answer_ends_the_checks(error: OperationError) -> None:
    with pytest.raises(type(error)):
        check_cluster(Answers(TARGET, namespace=error), Preflight())
    with pytest.raises(type(error)):
        check_quota(Answers(TARGET, live=error), [], Preflight())
    with pytest.raises(type(error)):
        check_limits(Answers(TARGET, live=error), [], Preflight())


# Programs, chart, context


@pytest.mark.parametrize(
    ("version", "refused"), [("v3.16.4", True), ("v3.17.0", False), ("v4.0.0", False), ("v2.99", True)]
)
def test_the_oldest_helm_is_3_17(version: str, refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: Any) -> Done:
        asked.append(command)
        return Done(status=0, out=version, error="")

    monkeypatch.setattr(preflight, "require", lambda *names: asked.append(list(names)))
    monkeypatch.setattr(preflight, "run", run)
    if refused:
        with pytest.raises(OperationError, match=f"helm is {version}, expected 3.17 or newer"):
            check_programs()
    else:
        check_programs()
    assert asked == [["helm", "kubectl"], ["helm", "version", "--template", "{{.Version}}"]]


@pytest.mark.parametrize("there", [(), ("Chart.yaml",), ("values-home.yaml",), ("Chart.yaml", "values-home.yaml")])
def test_the_chart_and_the_values_of_the_environment_must_be_there(tmp_path: Path, there: tuple[str, ...]) -> None:
    for name in there:
        (tmp_path / name).touch()
    helm = SimpleNamespace(root=tmp_path, target=SimpleNamespace(chart=".", values="values-home.yaml"))
    if len(there) == 2:
        check_chart(helm)
        return
    with pytest.raises(OperationError) as refused:
        check_chart(helm)
    missing = {"Chart.yaml", "values-home.yaml"} - set(there)
    assert {str(one.file).removeprefix("./") for one in refused.value.problems} == missing


@pytest.mark.parametrize("current", ["another", "", "C", "c "])
def test_another_context_than_the_environment_s_is_refused(current: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kubectl = Answers(TARGET)
    monkeypatch.setattr(Answers, "current_context", lambda _: current)
    monkeypatch.setattr(Answers, "known_contexts", lambda _: ["another", "c"])
    monkeypatch.setattr("quantacirc_cdk.operations.kubectl.require", lambda *_: None)
    with pytest.raises(OperationError, match=f'the kube context is "{current}", expected "c"; nothing was sent'):
        check_context(kubectl)
    assert kubectl.asked == []


@pytest.mark.parametrize(("known", "said"), [([], "none"), (["a", "b"], "a, b")])
def test_a_context_that_kubectl_does_not_have_is_no_advice(
    known: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answers, "current_context", lambda _: "")
    monkeypatch.setattr(Answers, "known_contexts", lambda _: known)
    monkeypatch.setattr("quantacirc_cdk.operations.kubectl.require", lambda *_: None)
    with pytest.raises(OperationError) as refused:
        check_context(Answers(TARGET))
    assert str(refused.value).endswith(f'kubectl has no context "c" of home, its contexts are {said}')


def test_the_context_of_the_environment_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answers, "current_context", lambda _: "c")
    check_context(Answers(TARGET))


@pytest.mark.parametrize("there", [True, False])
def test_missing_rights_are_problems(there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def problems(kubectl: Any, objects: Any, *, namespace_there: bool) -> tuple[list[str], list[str]]:
        return [f"may not, namespace {namespace_there}"], ["not asked"]

    monkeypatch.setattr(preflight.rights, "problems", problems)
    found = Preflight(namespace=there)
    check_rights(Answers(TARGET), [], found)
    assert (found.problems, found.notes) == ([f"may not, namespace {there}"], ["not asked"])


# Quota


def quota(**hard: str) -> dict[str, Any]:
    return {**item("ResourceQuota", "team"), "spec": {"hard": hard}, "status": {"used": {}}}


def test_a_quota_that_the_release_exceeds_is_a_problem() -> None:
    pod = {"containers": [{"name": "oven", "image": "oven"}]}
    wanted = {**item("Deployment", "baker", api="apps/v1"), "spec": {"replicas": 3, "template": {"spec": pod}}}
    found = Preflight()
    check_quota(Answers(TARGET, live=[quota(pods="2")]), [wanted], found)
    assert found.problems == ["ResourceQuota team: pods would be 4 of 2"]
    assert found.notes == []


@pytest.mark.parametrize(
    "live",
    [
        ForbiddenError("resourcequotas is forbidden"),
        MissingError("no such kind"),
        [quota(pods="many")],
    ],
)
def test_a_quota_that_cannot_be_read_is_told_and_prevents_nothing(live: Any) -> None:
    pod = {"containers": [{"name": "oven", "image": "oven"}]}
    wanted = {**item("Deployment", "baker", api="apps/v1"), "spec": {"replicas": 3, "template": {"spec": pod}}}
    found = Preflight()
    check_quota(Answers(TARGET, live=live), [wanted], found)
    assert (found.problems, len(found.notes)) == ([], 1)
    assert found.notes[0].startswith("quota was not checked: ")


def limit_range(kind: str = "Container", **limit: Any) -> dict[str, Any]:
    return {**item("LimitRange", "team"), "spec": {"limits": [{"type": kind, **limit}]}}


def test_a_limit_range_of_others_refuses_pods_of_this_namespace() -> None:
    pod = {"containers": [{"name": "oven", "resources": {"limits": {"memory": "2Gi"}}}]}
    here, elsewhere = (
        {**item("Deployment", "baker", namespace, "apps/v1"), "spec": {"template": {"spec": pod}}}
        for namespace in (None, "elsewhere")
    )
    found = Preflight()
    check_limits(Answers(TARGET, live=[limit_range(max={"memory": "1Gi"})]), [here, elsewhere], found)
    assert found.rejected == [
        "LimitRange team refuses Deployment baker: its container oven may use more memory than the maximum of 1Gi"
    ]


@pytest.mark.parametrize("live", [ForbiddenError("limitranges is forbidden"), [limit_range(min={"cpu": "much"})]])
def test_limit_ranges_that_cannot_be_read_prevent_nothing(live: Any) -> None:
    pod = {"containers": [{"name": "oven"}]}
    wanted = {**item("Deployment", "baker", api="apps/v1"), "spec": {"template": {"spec": pod}}}
    found = Preflight()
    check_limits(Answers(TARGET, live=live), [wanted], found)
    assert (found.rejected, len(found.notes)) == ([], 1)
    assert found.notes[0].startswith("LimitRanges were not checked: ")


# What the API says of the objects


def test_each_namespace_is_checked_by_itself_as_helm_would_apply_it() -> None:
    kubectl, found = Answers(TARGET), Preflight()
    check_with_server(kubectl, [item("A", "a"), item("B", "b", "elsewhere"), item("C", "c", "bakery")], found)
    sent = {
        namespace: [json.loads(line) for line in call["input"].splitlines() if line != "---"]
        for namespace, call in kubectl.asked
    }
    names = {namespace: [one["metadata"]["name"] for one in items] for namespace, items in sent.items()}
    assert names == {"bakery": ["a", "c"], "elsewhere": ["b"]}
    assert all(call["input"].startswith("---\n") for _, call in kubectl.asked)
    (arguments,) = {call["arguments"] for _, call in kubectl.asked}
    assert {"apply", "--server-side", "--dry-run=server", "--force-conflicts", "--field-manager=helm"} <= set(arguments)


def test_without_its_namespace_only_the_objects_of_others_are_checked() -> None:
    kubectl, found = Answers(TARGET), Preflight(namespace=False)
    check_with_server(kubectl, [item("A", "a"), item("B", "b", "elsewhere")], found)
    assert [namespace for namespace, _ in kubectl.asked] == ["elsewhere"]
    assert found.notes == ["the namespace bakery does not exist yet, so the API did not validate its objects"]
    kubectl, found = Answers(TARGET), Preflight(namespace=False)
    check_with_server(kubectl, [item("B", "b", "elsewhere")], found)
    assert found.notes == []


INVALID = 'The StatefulSet "bus" is invalid: spec: Forbidden: updates to statefulset spec'
DENIED = 'Error from server (Forbidden): admission webhook "policy" denied the request: no'


def test_only_what_the_api_refuses_is_rejected() -> None:
    error = f"Warning: x is deprecated\n  {INVALID}\n{DENIED}\nanything else\n"
    found = Preflight()
    check_with_server(Answers(TARGET, done=Done(status=1, out="", error=error)), [item("A", "a")], found)
    assert found.rejected == [INVALID, DENIED]


CALLING = 'Error from server (InternalError): Internal error occurred: failed calling webhook "policy.example":'
POSTING = 'failed to call webhook: Post "https://policy.policies.svc:443/validate?timeout=10s": '
SILENT = f"{CALLING} {POSTING}context deadline exceeded"
DRY = 'Error from server (BadRequest): admission webhook "quota.example" does not support dry run'


def test_a_webhook_that_does_not_respond_is_named_with_what_it_prevents() -> None:
    found = Preflight()
    done = Done(status=1, out="", error=f"{SILENT}\n{INVALID}\n{SILENT}\n")
    check_with_server(Answers(TARGET, done=done), [item("A", "a")], found)
    assert found.rejected == [
        INVALID,
        (
            'the admission webhook "policy.example" does not respond (context deadline exceeded), so the API refuses '
            "2 objects: check its pods, or its ValidatingWebhookConfiguration or MutatingWebhookConfiguration"
        ),
    ]


def test_a_webhook_that_supports_no_dry_run_refuses_nothing() -> None:
    found = Preflight()
    check_with_server(Answers(TARGET, done=Done(status=1, out="", error=f"{DRY}\n")), [item("A", "a")], found)
    assert (found.rejected, found.problems) == ([], [])
    assert found.notes == [
        'the admission webhook "quota.example" supports no dry run, so the API did not validate 1 object'
    ]


@pytest.mark.parametrize(
    "done",
    [
        Done(status=1, out="", error="Error from server (Timeout): the server was unable to return a response"),
        Done(status=1, out="", error="Error from server (ServiceUnavailable): no endpoints"),
        Done(status=1, out="", error="Error from server (InternalError): failed calling webhook"),
        Done(status=1, out="", error="Error from server (TooManyRequests): too many requests"),
        Done(status=1, out="", error=f"{INVALID}\nerror: You must be logged in to the server (Unauthorized)"),
        Done(status=None, out="", error=INVALID),
        Done(status=1, out="", error="The connection to the server was refused"),
    ],
)
def test_a_cluster_that_does_not_look_refuses_nothing(done: Done) -> None:
    found = Preflight()
    with pytest.raises(OperationError):
        check_with_server(Answers(TARGET, done=done), [item("A", "a")], found)
    assert found.rejected == []


# Kinds


def test_what_the_cluster_does_not_serve_is_named_with_who_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    api = "monitoring.coreos.com/v1"
    monkeypatch.setattr(Answers, "served", {("v1", "ConfigMap"): "configmaps"})
    found = Preflight()
    check_kinds(
        Answers(TARGET),
        [item("ConfigMap", "a"), item("ServiceMonitor", "baker", api=api), item("ServiceMonitor", "shop", api=api),
         item("Thing", "x", api="unheard.example/v1")],
        found,
    )  # fmt: skip
    monitor, thing = found.problems
    assert monitor.startswith(f"the cluster has no ServiceMonitor ({api}), wanted for baker and 1 more: install its ")
    assert "Prometheus Operator (https://" in monitor
    assert thing == (
        "the cluster has no Thing (unheard.example/v1), wanted for x: install its operator, or turn it off under "
        "cluster.addons"
    )


# Images


def test_an_image_that_is_missing_is_a_problem_and_a_silent_registry_is_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verdicts = [("a", "missing", "a has no such image"), ("b", "found", ""), ("c", "unseen", "r is silent"),
                ("d", "unseen", "r is silent"), ("e", "unseen", "s is silent")]  # fmt: skip
    seen = [SimpleNamespace(image=image, verdict=verdict, why=why) for image, verdict, why in verdicts]
    monkeypatch.setattr(preflight, "look_for", lambda _: seen)
    found = Preflight()
    check_images([], found)
    assert found.problems == ["a: a has no such image"]
    assert found.notes == [
        "images not checked: 2, because r is silent",
        "images not checked: 1, because s is silent",
    ]
