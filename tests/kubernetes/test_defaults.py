"""What every kind of workload has without being asked: the whole list, on each of them with the least that it takes."""

from collections.abc import Callable, Sequence

import pytest

from quantacirc_cdk import kubernetes as k8s
from quantacirc_cdk.kubernetes.config_map import CONFIG_HASH
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.manifests import Object, containers, find, identity, of_kind, pod_templates, synthesize

NAME = k8s.Identity(name="part")
PORT = k8s.Port(name="http", port=8080)
PROBED = {"ports": [PORT], "probes": k8s.Probes(), "environment": {"A": "b"}}
SERVICES: dict[str, Callable[[Construct], object]] = {
    "AgentService": lambda scope: k8s.AgentService(
        scope, "x", k8s.AgentServiceProps(identity=NAME, image="x:1", **PROBED)
    ),
    "GeneratedService": lambda scope: k8s.GeneratedService(
        scope, "x", k8s.GeneratedServiceProps(name="part", image="x:1", environment={"A": "b"})
    ),
    "StatefulService": lambda scope: k8s.StatefulService(
        scope,
        "x",
        k8s.StatefulServiceProps(
            identity=NAME,
            image="x:1",
            ports=[PORT],
            data_path="/data",
            storage="1Gi",
            probes=k8s.Probes(),
            config_files={"a": "b"},
            replicas=2,
        ),
    ),
    "WebService": lambda scope: k8s.WebService(scope, "x", k8s.WebServiceProps(identity=NAME, image="x:1", **PROBED)),
}
JOBS: dict[str, Callable[[Construct], object]] = {
    "ScheduledJob": lambda scope: k8s.ScheduledJob(
        scope, "x", k8s.TaskProps(identity=NAME, image="x:1", environment={"A": "b"}), schedule="@daily"
    ),
}


def workload(objects: Sequence[Object]) -> tuple[Object, Object]:
    ((item, template),) = pod_templates(objects)
    return item, template


@pytest.mark.parametrize("kind", [*SERVICES, *JOBS])
def test_every_workload_is_hardened_bounded_and_rolled_by_its_configuration(kind: str) -> None:
    objects = synthesize((SERVICES | JOBS)[kind])
    _, template = workload(objects)
    assert list(violations(template)) == []
    spec = template["spec"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] >= 10000
    assert spec["automountServiceAccountToken"] is False
    assert find(objects, "ServiceAccount", "part")["automountServiceAccountToken"] is False
    assert spec["terminationGracePeriodSeconds"] >= 30
    assert template["metadata"]["annotations"][CONFIG_HASH]
    for container in containers(template):
        context, resources = container["securityContext"], container["resources"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert resources["requests"].keys() == {"cpu", "ephemeral-storage", "memory"}
        assert resources["limits"].keys() == {"ephemeral-storage", "memory"}


@pytest.mark.parametrize("kind", SERVICES)
def test_every_service_is_probed_spread_drained_and_never_short_of_a_pod(kind: str) -> None:
    objects = synthesize(SERVICES[kind])
    item, template = workload(objects)
    (container,) = template["spec"]["containers"]
    assert {"livenessProbe", "readinessProbe", "startupProbe"} <= container.keys()
    assert container["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "5"]
    assert template["spec"]["terminationGracePeriodSeconds"] > 60
    spread = {one["topologyKey"] for one in template["spec"]["topologySpreadConstraints"]}
    assert spread == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
    assert item["spec"]["revisionHistoryLimit"] > 0
    update = item["spec"].get("strategy") or item["spec"]["updateStrategy"]
    assert update["type"] == "RollingUpdate"
    assert update.get("rollingUpdate", {}).get("maxUnavailable", 0) in (0, 1)
    (budget,) = of_kind(objects, "PodDisruptionBudget")
    assert budget["spec"]["maxUnavailable"] >= 1
    assert "minAvailable" not in budget["spec"]
    assert budget["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()


@pytest.mark.parametrize("kind", [*SERVICES, *JOBS])
def test_there_is_no_priority_class_unless_it_is_named(kind: str) -> None:
    """The class itself is the cluster's."""
    _, template = workload(synthesize((SERVICES | JOBS)[kind]))
    assert "priorityClassName" not in template["spec"]


def test_every_workload_of_an_environment_has_a_priority(objects: Sequence[Object]) -> None:
    classes = {name for kind, name in map(identity, objects) if kind == "PriorityClass"}
    for item, template in pod_templates(objects):
        assert template["spec"]["priorityClassName"] in classes, identity(item)


def test_a_service_account_token_is_there_when_it_is_asked_for() -> None:
    props = k8s.AgentServiceProps(identity=NAME, image="x:1", api_token=True)
    _, template = workload(synthesize(lambda scope: k8s.AgentService(scope, "x", props)))
    assert template["spec"]["automountServiceAccountToken"] is True
