"""What scales the components of each environment: the backlog where the cluster has KEDA, never two things at once."""

from collections.abc import Mapping, Sequence

import pytest

from quantacirc_cdk.kinds.nats.users import clients
from quantacirc_cdk.kubernetes.nats import consumers, streams
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.model import Project, load_project
from quantacirc_cdk.model.component import Scaling
from support.kubernetes.manifests import ENVIRONMENTS, Object, of_kind
from support.tools import ROOT


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


def scaled_by(objects: Sequence[Object]) -> list[tuple[str, str]]:
    """Return the name of each Deployment that something scales, and the kind of that thing."""
    scalers = of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject")
    return sorted((item["spec"]["scaleTargetRef"]["name"], item["kind"]) for item in scalers)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_agent_and_service_is_scaled_by_exactly_one_thing(
    rendered: Mapping[str, Sequence[Object]], project: Project, name: str
) -> None:
    keda = project.environments[name].cluster.addons.keda
    expected = {
        (part, "ScaledObject" if keda and component.autoscaling.backlog else "HorizontalPodAutoscaler")
        for part, component in project.system.having(Scaling).items()
    }
    found = scaled_by(rendered[name])
    assert len(found) == len({deployment for deployment, _ in found})
    assert set(found) == expected
    assert {kind for _, kind in found} == ({"HorizontalPodAutoscaler", "ScaledObject"} if keda else {found[0][1]})


def test_both_ways_of_scaling_allow_the_same_number_of_pods_and_calm_down_alike(objects: Sequence[Object]) -> None:
    for item in of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject"):
        spec = item["spec"]
        behavior = spec.get("behavior") or spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        assert behavior["scaleDown"]["stabilizationWindowSeconds"] >= 300, item["metadata"]["name"]
        low, high = (
            spec.get(old, spec.get(new))
            for old, new in (("minReplicas", "minReplicaCount"), ("maxReplicas", "maxReplicaCount"))
        )
        assert 1 <= low <= high


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_backlog_is_that_of_a_consumer_which_exists(
    rendered: Mapping[str, Sequence[Object]], project: Project, name: str
) -> None:
    users = clients(Context(project.system, project.environments[name]), "bus")
    known = {(consumer.stream, consumer.name) for consumer in consumers(users, streams(users))}
    for item in of_kind(rendered[name], "ScaledObject"):
        triggers = [one["metadata"] for one in item["spec"]["triggers"] if one["type"] == "nats-jetstream"]
        assert triggers
        for trigger in triggers:
            assert trigger["consumer"] == item["metadata"]["name"]
            assert (trigger["stream"], trigger["consumer"]) in known
