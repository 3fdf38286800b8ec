"""Turning autoscaling on and off changes no number of pods by itself."""

from pathlib import Path

import pytest

from cluster.server import Cluster
from quantacirc_cdk.operations.replicas import left_alone, without
from support.operations.bakery import VERSIONS, Bakery

pytestmark = pytest.mark.slow

AUTOSCALER = {
    "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "baker"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "baker"},
        "minReplicas": 2, "maxReplicas": 9,
    },
}  # fmt: skip


@pytest.fixture(params=VERSIONS)
def bakery(request: pytest.FixtureRequest, tmp_path: Path, cluster: Cluster) -> Bakery:
    """A bakery for the newest helm, which applies on the server, and the oldest, which compares by itself."""
    bakery = Bakery(tmp_path, cluster, request.param).set_up()
    bakery.install()
    return bakery


def numbers(cluster: Cluster) -> list[int]:
    """Return the numbers of pods that the baker was ever told to have, in order."""
    told = [item["spec"]["replicas"] for _, _, kind, item in cluster.store.events
            if kind.kind == "Deployment" and item["metadata"]["name"] == "baker"]  # fmt: skip
    return [number for index, number in enumerate(told) if index == 0 or told[index - 1] != number]


def test_an_autoscaler_takes_over_the_number_of_pods_and_gives_it_back(bakery: Bakery, cluster: Cluster):
    bakery.values(baker={"replicas": None}, extra=[AUTOSCALER])
    done = bakery.deploy()
    assert done.returncode == 0, done.stderr
    assert "Deployment baker keeps its number of pods: its autoscaler takes over" in done.stderr
    assert "replicas" not in done.stdout  # it is no change
    bakery.values(baker={"replicas": None, "image": "registry.invalid/oven:2"}, extra=[AUTOSCALER])
    bakery.install()
    assert numbers(cluster) == [2]
    bakery.values(baker={"replicas": 3})
    done = bakery.deploy()
    assert done.returncode == 0, done.stderr
    bakery.values(baker={"replicas": 4})
    bakery.install()  # helm owns the number again, and nobody else: a conflict would fail it
    assert numbers(cluster) == [2, 3, 4]


def test_the_script_hands_the_number_of_pods_over_too(bakery: Bakery, cluster: Cluster):
    bakery.scripts()
    bakery.values(baker={"replicas": None}, extra=[AUTOSCALER])
    done = bakery.run("scripts/deploy.sh", "home", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Deployment baker keeps its number of pods: its autoscaler takes over" in done.stderr
    bakery.values(baker={"replicas": None, "image": "registry.invalid/oven:2"}, extra=[AUTOSCALER])
    done = bakery.run("scripts/deploy.sh", "home", "--yes")
    assert done.returncode == 0, done.stderr
    assert bakery.image("baker") == "registry.invalid/oven:2"
    assert numbers(cluster) == [2]
    assert "replicas: 1\n" in bakery.helm("get", "manifest", "bakery", "--revision", "1").stdout  # others keep theirs


def test_without_the_way_round_there_is_one_pod_for_a_while(bakery: Bakery, cluster: Cluster):
    bakery.values(baker={"replicas": None}, extra=[AUTOSCALER])
    bakery.install(ready=())
    assert numbers(cluster) == [2, 1]


def test_only_what_goes_on_running_without_a_number_is_left_alone():
    def workload(kind: str, name: str, **spec: int) -> dict:
        return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}

    before = [workload("Deployment", "a", replicas=2), workload("Deployment", "b", replicas=2),
              workload("Deployment", "c"), workload("StatefulSet", "a", replicas=2)]  # fmt: skip
    after = [workload("Deployment", "a"), workload("Deployment", "c"), workload("StatefulSet", "a", replicas=3)]
    assert left_alone(before, after, "n") == {("Deployment", "n", "a")}
    assert without(before, {("Deployment", "n", "a")}, "n") == [workload("Deployment", "a"), *before[1:]]
