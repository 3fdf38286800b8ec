"""A stateful component is anybody's image with names and volumes for its pods: no kind of its own for a queue."""

import re
from collections.abc import Callable

import pytest
import yaml

from quantacirc_cdk.diff import Impact, compare_objects
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import Object, find
from support.made import chart_differences, objects_of, synthesize
from support.project import Project

pytestmark = pytest.mark.integration

QUEUE = """\
  queue:
    kind: stateful
    image: rabbitmq
    contract: false
    ports:
      - { name: amqp, port: 5672, service_port: 15672 }
      - { name: dist, port: 25672 }
    peer_ports: [dist]
    pod_management: ordered
    retention: { when_scaled: Delete }
    update: { partition: 1, min_ready_seconds: 10 }
    volumes:
      data: { size: 2Gi, mount: /var/lib/rabbitmq }
      logs: { size: 1Gi, access: ReadWriteOncePod, mount: /var/log/rabbitmq }
    environment: { POD: { field: metadata.name }, LOG_LEVEL: info }
    probes: { readiness: { tcp: amqp } }
    security: { user: 999 }
    disruption: { max_unavailable: 2 }
"""
IMAGE = "  rabbitmq: { registry: docker.io, repository: library/rabbitmq, tag: '4.1' }\n"
ADDONS = "  addons: { prometheus_operator: true }\n"


def bakery(project: Project) -> Project:
    """Return the small project with a queue that its shop uses, in two environments of different size."""
    project.replace_in_system("images:\n", f"images:\n{IMAGE}")
    project.replace_in_system("components:\n", f"components:\n{QUEUE}")
    project.replace_in_system("    exposed: true\n", "    exposed: true\n    reaches: [queue]\n")
    project.replace_in_environment("home", "  context:", f"{ADDONS}  context:")
    project.replace_in_environment(
        "home", "owners:", "components: { queue: { replicas: { min: 3, max: 3 } } }\nowners:"
    )
    away = project.environment_file("home").read_text().replace("min: 3, max: 3", "min: 5, max: 5")
    project.write_environment(
        "away", away.replace("bakery.example\nreg", "away.example\nreg").replace("kind-", "away-")
    )
    return project


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = bakery(Project.small(tmp_path_factory.mktemp("bakery")))
    synthesize(project)
    return project


@pytest.fixture(scope="module")
def objects(made: Project) -> list[Object]:
    return objects_of(made, "home")


@pytest.mark.slow
def test_each_pod_has_a_name_and_volumes_of_its_own(objects: list[Object]) -> None:
    spec = find(objects, "StatefulSet", "queue")["spec"]
    assert (spec["replicas"], spec["serviceName"], spec["podManagementPolicy"]) == (3, "queue-headless", "OrderedReady")
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    assert spec["minReadySeconds"] == 10
    claims = {claim["metadata"]["name"]: claim["spec"] for claim in spec["volumeClaimTemplates"]}
    assert claims["data"]["resources"] == {"requests": {"storage": "2Gi"}}
    assert claims["logs"]["accessModes"] == ["ReadWriteOncePod"]
    (container,) = spec["template"]["spec"]["containers"]
    assert {one["name"]: one["mountPath"] for one in container["volumeMounts"]}["data"] == "/var/lib/rabbitmq"
    assert not [item for item in objects if item["kind"] == "PersistentVolumeClaim"]


def test_its_volumes_stay_unless_somebody_says_otherwise(objects: list[Object]) -> None:
    spec = find(objects, "StatefulSet", "queue")["spec"]
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Delete"}
    for claim in spec["volumeClaimTemplates"]:
        assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert claim["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Prune=confirm,Delete=confirm"


def test_its_members_find_each_other_and_clients_see_only_their_ports(objects: list[Object]) -> None:
    headless, service = (find(objects, "Service", name)["spec"] for name in ("queue-headless", "queue"))
    assert headless["clusterIP"] == "None"
    assert headless["publishNotReadyAddresses"] is True
    assert {port["name"] for port in headless["ports"]} == {"amqp", "dist"}
    assert [(port["name"], port["port"]) for port in service["ports"]] == [("amqp", 15672)]


def test_its_pods_talk_to_each_other_and_clients_to_it(objects: list[Object]) -> None:
    policy = find(objects, "NetworkPolicy", "queue")["spec"]
    opened = {
        (peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"], port["port"])
        for rule in policy["ingress"]
        for peer in rule["from"]
        for port in rule["ports"]
    }
    assert opened == {("queue", 5672), ("queue", 25672), ("shop", 5672)}
    assert {port["port"] for rule in policy["egress"] for port in rule["ports"]} == {5672, 25672}


def test_clients_are_told_its_host_and_port(objects: list[Object]) -> None:
    told = find(objects, "ConfigMap", "shop")["data"]
    assert told["BAKERY_QUEUE_HOST"] == "queue"
    assert told["BAKERY_QUEUE_PORT"] == "15672"
    assert told["BAKERY_QUEUE_URL"] == "tcp://queue:15672"


def test_a_drain_takes_as_many_pods_as_it_may(objects: list[Object]) -> None:
    assert find(objects, "PodDisruptionBudget", "queue")["spec"]["maxUnavailable"] == 2


def test_the_quota_has_room_for_every_volume(objects: list[Object]) -> None:
    (quota,) = [item for item in objects if item["kind"] == "ResourceQuota"]
    assert quota["spec"]["hard"]["persistentvolumeclaims"] == "7"  # one of the bus, two for each of three pods
    assert quota["spec"]["hard"]["requests.storage"] == "10Gi"


def test_pods_that_are_not_ready_are_alerted_on(objects: list[Object]) -> None:
    (rule,) = [item for item in objects if item["kind"] == "PrometheusRule"]
    alerts = {one["alert"]: one for group in rule["spec"]["groups"] for one in group["rules"] if "alert" in one}
    (names,) = re.findall(r'statefulset=~"\((.+)\)', alerts["MembersMissing"]["expr"])
    assert "queue" in names.split("|")
    assert 'job="queue"' not in str(alerts)  # it serves no metrics


def test_the_chart_is_the_manifests_and_has_a_size_for_each_volume(made: Project) -> None:
    assert chart_differences(made) == []
    values = yaml.safe_load((made.root / "dist" / "helm" / "bakery" / "values.yaml").read_text())["queue"]
    assert {name: one["size"] for name, one in values["persistence"].items()} == {"data": "2Gi", "logs": "1Gi"}
    assert values["image"]["repository"] == "library/rabbitmq"
    assert "undeclared" not in (made.root / "dist" / "report" / "parity.md").read_text()


def test_compose_has_it_with_its_volumes(made: Project) -> None:
    services = yaml.safe_load((made.root / "dist" / "compose" / "home" / "compose.yaml").read_text())["services"]
    sources = {one["target"]: one["source"] for one in services["queue"]["volumes"]}
    assert sources == {"/var/lib/rabbitmq": "queue-data", "/var/log/rabbitmq": "queue-logs"}
    assert "queue" in services["shop"]["depends_on"]
    assert "queue" not in services["queue"]["depends_on"]


def test_without_it_its_data_is_lost(objects: list[Object]) -> None:
    without = [item for item in objects if item["metadata"]["name"] != "queue" or item["kind"] != "StatefulSet"]
    (findings,) = compare_objects(objects, without).values()
    assert Impact.DATA_LOSS in {one.impact for one in findings}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("peer_ports: [dits]", 'components.queue.peer_ports[0]: no port "dits"'),
        (
            "update: { progress_seconds: 9 }",
            "components.queue.update.progress_seconds: `progress_seconds` of a Stateful",
        ),
        (
            "update: { partition: 1, on_delete: true }",
            "components.queue.update.partition: `partition` beside `on_delete`",
        ),
        ("update: { max_surge: 2 }", "components.queue.update.max_surge: `max_surge` of a StatefulSet"),
        ("autoscaling: { cpu_percent: 50 }", "components.queue.autoscaling.cpu_percent: `cpu_percent` on a stateful"),
    ],
)
def test_what_a_stateful_set_does_not_know_is_refused_with_its_line(
    key: str, said: str, project: Callable[[], Project]
) -> None:
    bad = bakery(project())
    name = key.partition(":")[0]
    lines = [line for line in QUEUE.splitlines() if not line.startswith(f"    {name}:")]
    bad.replace_in_system(QUEUE, "\n".join([*lines, f"    {key}", ""]))
    with pytest.raises(ModelError) as caught:
        load_project(bad.root)
    (problem,) = [one for one in caught.value.problems if one.file == "apps/system.yaml"]
    assert said in str(problem)
    assert problem.line > 0


def test_a_number_of_replicas_that_changes_is_refused(project: Callable[[], Project]) -> None:
    bad = bakery(project())
    bad.replace_in_environment("home", "max: 3", "max: 4")
    with pytest.raises(ModelError, match="3 to 4 replicas of a stateful component"):
        load_project(bad.root)


def test_high_availability_needs_stated_replicas(project: Callable[[], Project]) -> None:
    bad = bakery(project())
    available = "high_availability: true\nreplicas: { min: 2, max: 4 }\n"
    stated = "components: { queue: { replicas: { min: 3, max: 3 } } }\n"
    bad.replace_in_environment("home", stated, available)
    with pytest.raises(ModelError, match=r"queue\.replicas: one replica, the default of a stateful component"):
        load_project(bad.root)
    bad.replace_in_environment("home", available, available + stated.replace("3", "1"))
    load_project(bad.root)
