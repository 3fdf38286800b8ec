"""What a stateless workload gets without being asked."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes import (
    AgentService,
    AgentServiceProps,
    DaemonWorkload,
    DaemonWorkloadProps,
    Identity,
    Port,
    SecretFiles,
    StatefulService,
    StatefulServiceProps,
    StatefulWorkload,
    StatefulWorkloadProps,
)
from quantacirc_cdk.kubernetes.autoscaler import Backlog, Scaling
from quantacirc_cdk.kubernetes.engine import Construct
from support.kubernetes.manifests import Object, find, synthesize
from support.tools import ROOT

PROPS = AgentServiceProps(
    identity=Identity(name="worker"),
    image="registry.example/worker:1.0.0",
    scaling=Scaling(min_replicas=2, max_replicas=9, memory_percent=80),
)


def objects(props: AgentServiceProps) -> list[Object]:
    return synthesize(lambda scope: AgentService(scope, "worker", props))


def test_an_autoscaled_deployment_has_no_fixed_replicas() -> None:
    found = objects(PROPS)
    assert "replicas" not in find(found, "Deployment", "worker")["spec"]
    scaler = find(found, "HorizontalPodAutoscaler", "worker")["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 9)
    assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "worker"}
    metrics = {m["resource"]["name"]: m["resource"]["target"]["averageUtilization"] for m in scaler["metrics"]}
    assert metrics == {"cpu": 70, "memory": 80}
    assert scaler["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300


@pytest.mark.parametrize(
    "props", [replace(PROPS, autoscaled=False), replace(PROPS, scaling=Scaling(min_replicas=2, cpu_percent=None))]
)
def test_without_anything_to_scale_by_the_replicas_are_fixed(props: AgentServiceProps) -> None:
    found = objects(props)
    assert find(found, "Deployment", "worker")["spec"]["replicas"] == 2
    assert not [item for item in found if item["kind"] == "HorizontalPodAutoscaler"]


def test_a_rollout_never_has_a_pod_too_few() -> None:
    strategy = find(objects(PROPS), "Deployment", "worker")["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def test_a_drain_is_never_blocked() -> None:
    budget = find(objects(replace(PROPS, scaling=Scaling())), "PodDisruptionBudget", "worker")["spec"]
    assert budget["maxUnavailable"] == 1
    assert "minAvailable" not in budget


def test_the_grace_covers_draining_and_stopping() -> None:
    props = replace(PROPS, termination_grace_seconds=30, drain_seconds=10)
    spec = find(objects(props), "Deployment", "worker")["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] == 40
    assert spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "10"]


def test_pods_spread_over_zones_and_hosts() -> None:
    spec = find(objects(PROPS), "Deployment", "worker")["spec"]["template"]["spec"]
    assert [constraint["topologyKey"] for constraint in spec["topologySpreadConstraints"]] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]
    for constraint in spec["topologySpreadConstraints"]:
        assert constraint["labelSelector"]["matchLabels"] == PROPS.identity.selector


def test_secrets_are_files_that_only_the_process_can_read() -> None:
    files = SecretFiles(secret="api", path="/etc/secrets/api", keys=("token",))
    spec = find(objects(replace(PROPS, secrets=[files])), "Deployment", "worker")["spec"]["template"]["spec"]
    (volume,) = [volume for volume in spec["volumes"] if volume["name"] == "api"]
    assert volume["secret"] == {
        "secretName": "api",
        "items": [{"key": "token", "path": "token"}],
        "defaultMode": 0o440,
    }
    assert {"name": "api", "mountPath": "/etc/secrets/api", "readOnly": True} in spec["containers"][0]["volumeMounts"]


BACKLOG = Backlog(stream="TASKS", consumer="worker", messages=20, monitor="bus-headless:8222", account="APP")


@pytest.mark.parametrize("cpu_percent", [70, None])
def test_a_backlog_scales_in_place_of_the_horizontal_pod_autoscaler(cpu_percent: int | None) -> None:
    scaling = Scaling(min_replicas=2, max_replicas=9, cpu_percent=cpu_percent, backlogs=[BACKLOG])
    found = objects(replace(PROPS, scaling=scaling))
    assert not [item for item in found if item["kind"] == "HorizontalPodAutoscaler"]
    assert "replicas" not in find(found, "Deployment", "worker")["spec"]
    spec = find(found, "ScaledObject", "worker")["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (2, 9)
    backlog, *others = spec["triggers"]
    assert backlog["metadata"] == {
        "account": "APP",
        "activationLagThreshold": "0",
        "consumer": "worker",
        "lagThreshold": "20",
        "natsServerMonitoringEndpoint": "bus-headless:8222",
        "stream": "TASKS",
        "useHttps": "false",
    }
    assert [(other["type"], other["metadata"]["value"]) for other in others] == ([("cpu", "70")] if cpu_percent else [])
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 300


NAME = Identity(name="part")
PEERS = Port(name="peers", port=1)
MAKES: list[tuple[Any, Any, dict[str, str]]] = [
    (
        AgentService,
        AgentServiceProps(identity=NAME, image="x", service_account="there"),
        {
            "config": "`environment` in its props",
            "service": "`ports` in its props",
            "service_account": "no `service_account` in its props",
        },
    ),
    (
        StatefulService,
        StatefulServiceProps(identity=NAME, image="x", ports=[], peer_ports=[PEERS], service_account="there"),
        {
            "config": "`config_files` in its props",
            "service": "`ports` in its props",
            "service_account": "no `service_account` in its props",
        },
    ),
    (
        StatefulWorkload,
        StatefulWorkloadProps(identity=NAME, image="x", autoscaled=False),
        {"deployment": "`stateful_set`", "config": "`environment` in its props"},
    ),
    (
        DaemonWorkload,
        DaemonWorkloadProps(identity=NAME, image="x", autoscaled=False),
        {"deployment": "`daemon_set`", "service": "`ports` in its props"},
    ),
]


@pytest.mark.parametrize(("construct", "props", "expected"), MAKES)
def test_an_attribute_that_was_not_created_says_what_it_requires(
    construct: Any, props: Any, expected: dict[str, str]
) -> None:
    def make(scope: Construct) -> None:
        made = construct(scope, "x", props)
        for name, needed in expected.items():
            with pytest.raises(PropsError) as caught:
                getattr(made, name)
            assert str(caught.value) == f"test/x: it has no `{name}`, expected {needed}"

    synthesize(make)


def conditional() -> Iterator[tuple[str, str]]:
    """Yield the class and the name of each public attribute that a constructor sets only in some cases."""
    for path in sorted((ROOT / "constructs" / "quantacirc_cdk" / "kubernetes").rglob("*.py")):
        for owner in (one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.ClassDef)):
            methods = [one for one in owner.body if isinstance(one, ast.FunctionDef)]
            for case in (one for method in methods for one in ast.walk(method) if isinstance(one, ast.If)):
                for one in ast.walk(case):
                    attribute = isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
                    if attribute and not one.attr.startswith("_"):  # type: ignore[attr-defined]
                        yield owner.name, one.attr  # type: ignore[attr-defined]


def test_every_attribute_that_depends_on_the_props_says_so() -> None:
    import quantacirc_cdk.kubernetes as package

    found = set(conditional())
    assert ("Workload", "config") in found
    owners = {"Workload": AgentService}
    assert [
        (owner, name)
        for owner, name in sorted(found)
        if name not in (owners.get(owner) or getattr(package, owner))._requirements
    ] == []
