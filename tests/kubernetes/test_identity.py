"""Names, selectors and labels are explicit, and stay when a construct moves."""

from kubernetes_support.manifests import Object, synthesize
from quantacirc_cdk.kubernetes import AgentService, AgentServiceProps, Identity, StatefulService, StatefulServiceProps
from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.probes import Probes

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
