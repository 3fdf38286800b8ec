"""Names, selectors and labels are explicit, and stay when a construct moves."""

from collections.abc import Callable

import pytest

from quantacirc_cdk import kubernetes as k8s
from quantacirc_cdk.kubernetes import AgentService, AgentServiceProps, Identity, StatefulService, StatefulServiceProps
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.monitoring.trace_collector import TraceCollector, TraceCollectorProps
from quantacirc_cdk.kubernetes.nats import Client, MessageBus, MessageBusProps
from quantacirc_cdk.kubernetes.nats.bus_streams import BusStreams, BusStreamsProps
from quantacirc_cdk.kubernetes.probes import Probes
from support.kubernetes.manifests import Object, identity, synthesize

WORKER = AgentServiceProps(
    identity=Identity(name="worker", component="worker", instance="shop", version="1.0.0"), image="worker:1"
)
STORE = StatefulServiceProps(
    identity=Identity(name="store", version="1.0.0"),
    image="store:1",
    ports=[Port(name="tcp", port=1234)],
    probes=Probes(port="tcp"),
    data_path="/data",
    storage="1Gi",
)


def both(scope: Construct) -> None:
    AgentService(scope, "worker", WORKER)
    StatefulService(scope, "store", STORE)


def test_moving_a_construct_changes_nothing() -> None:
    def moved(scope: Construct) -> None:
        deep = Construct(Construct(scope, "team"), "area")
        StatefulService(deep, "other-id", STORE)
        AgentService(deep, "yet-another", WORKER)

    assert synthesize(moved) == synthesize(both)


NAME = Identity(name="part", version="1.0.0")
TARGET = k8s.BackupTarget(provider="aws", bucket="b", prefix="p", region="eu-north-1")
CLIENTS = [Client(name="worker", consumes=["a.b"]), Client(name="boss", publishes=["a.b"])]
TASK = k8s.TaskProps(identity=NAME, image="x:1", environment={"A": "b"})

CONSTRUCTS: list[tuple[Callable[..., object], object]] = [
    (BusStreams, BusStreamsProps(identity=NAME, image="x:1", bus="bus", clients=CLIENTS, replicas=1, storage="1Gi")),
    (
        k8s.DatabaseBackup,
        k8s.DatabaseBackupProps(
            identity=NAME, database_image="x:1", store_image="y:1", secret="s", target=TARGET, schedule="@daily"
        ),
    ),
    (
        k8s.GeneratedSecrets,
        k8s.GeneratedSecretsProps(identity=NAME, image="x:1", secrets=[k8s.database_credentials("part")]),
    ),
    (
        k8s.GeneratedService,
        k8s.GeneratedServiceProps(name="part", image="x:1", host="x.example", health_path="/h", metrics_port=9090),
    ),
    (k8s.JobTemplate, TASK),
    (MessageBus, MessageBusProps(identity=NAME, image="x:1", clients=CLIENTS, exporter_image="y:1")),
    (k8s.ObjectStore, k8s.ObjectStoreProps(identity=NAME, image="x:1", secret="s")),
    (k8s.Database, k8s.DatabaseProps(identity=NAME, image="x:1", secret="s")),
    (
        k8s.DatabaseRoles,
        k8s.DatabaseRolesProps(
            identity=NAME, image="x:1", secret="s", roles=k8s.RoleSecrets(owner="o", writer="w", reader="r")
        ),
    ),
    (
        k8s.StreamBackup,
        k8s.StreamBackupProps(
            identity=NAME,
            client_image="x:1",
            store_image="y:1",
            url="nats://bus:4222",
            credentials_secret="s",
            user="part",
            admin="admin",
            target=TARGET,
            schedule="@daily",
        ),
    ),
    (TraceCollector, TraceCollectorProps(identity=NAME, image="x:1", endpoint="tempo:4317")),
    (k8s.VeleroSchedule, k8s.VeleroScheduleProps(identity=NAME, namespace="shop", schedule="@daily")),
    (k8s.WebService, k8s.WebServiceProps(identity=NAME, image="x:1")),
]


@pytest.mark.parametrize(("kind", "props"), CONSTRUCTS)
def test_moving_any_construct_changes_no_name_selector_or_label(kind: Callable[..., object], props: object) -> None:
    here = synthesize(lambda scope: kind(scope, "one", props))
    assert here == synthesize(lambda scope: kind(Construct(Construct(scope, "team"), "area"), "another", props))
    assert all(identity(item)[1].startswith("part") for item in here)


def test_a_selector_holds_nothing_that_a_release_changes() -> None:
    assert Identity(name="a", version="1").selector == Identity(name="a", version="2", part_of="b").selector


def test_every_pod_has_the_labels_that_its_workload_selects() -> None:
    for item in synthesize(both):
        if item["kind"] in ("Deployment", "StatefulSet"):
            selector = item["spec"]["selector"]["matchLabels"]
            assert selector.items() <= item["spec"]["template"]["metadata"]["labels"].items()


def test_a_claim_template_has_no_label_that_a_release_changes() -> None:
    (stateful_set,) = [item for item in synthesize(both) if item["kind"] == "StatefulSet"]
    (claim,) = stateful_set["spec"]["volumeClaimTemplates"]
    assert claim["metadata"]["labels"] == STORE.identity.selector


def test_a_change_of_configuration_rolls_the_pods() -> None:
    def template(value: str) -> Object:
        props = AgentServiceProps(identity=Identity(name="a"), image="a:1", environment={"A": value})
        objects = synthesize(lambda scope: AgentService(scope, "a", props))
        return next(item["spec"]["template"] for item in objects if item["kind"] == "Deployment")

    assert template("1") == template("1")
    assert template("1") != template("2")


@pytest.mark.parametrize(("version", "label"), [("2026.11.3", "2026.11.3"), ("1.0.0-", "1.0.0"), ("a" * 99, "a" * 63)])
def test_any_tag_of_an_image_is_a_label(version: str, label: str) -> None:
    assert Identity(name="a", version=version).labels["app.kubernetes.io/version"] == label
