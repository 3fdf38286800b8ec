"""The tests' own API server refuses and does what a real one did, so that what passes here would pass there."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest

from cluster.quantities import amount, quantity
from cluster.refusal import Refused
from cluster.resources import RESOURCES, Resource
from cluster.server import Cluster
from support.recorded import recorded

pytestmark = pytest.mark.integration

Json = dict[str, Any]
CONTAINER = {
    "name": "oven",
    "image": "oven:1",
    "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "64Mi"}},
}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def item(kind: str, name: str, api: str = "v1", **fields: Any) -> Json:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, **fields}


def pod(name: str, **spec: Any) -> Json:
    return item("Pod", name, spec={"containers": [CONTAINER], **spec})


def nightly(**spec: Any) -> Json:
    work = [{"name": "work", "ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}}]
    template = {"metadata": {"labels": {"app": "backup"}}, "spec": {"containers": [CONTAINER], "volumes": work}}
    job = {"ttlSecondsAfterFinished": 3 * 86400, "template": template}
    return item("CronJob", "nightly", "batch/v1", spec={"schedule": "0 2 * * *", "jobTemplate": {"spec": job}, **spec})


def quota(**hard: str) -> Json:
    return item("ResourceQuota", "team", spec={"hard": {key.replace("_", "."): value for key, value in hard.items()}})


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster(delay=0).running() as running:
        running.put(item("Namespace", "bakery"))
        yield running


def eventually(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 30
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def night(cluster: Cluster) -> None:
    """Let a day pass, and the run of its night end."""
    before = {one["metadata"]["uid"] for one in cluster.list("Job")}
    cluster.pass_time(days=1)
    (new,) = eventually(lambda: [one for one in cluster.list("Job") if one["metadata"]["uid"] not in before])
    eventually(lambda: cluster.get("Job", new["metadata"]["name"]).get("status", {}).get("succeeded"))


def refusal(action: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as caught:
        action()
    return caught.value.message


def apply(cluster: Cluster, resource: Resource, wanted: Json) -> tuple[int, Json]:
    """Apply an object as a client does, and return the answer."""
    metadata = wanted["metadata"]
    place = f"namespaces/{metadata['namespace']}/" if resource.namespaced else ""
    root = f"apis/{resource.group}" if resource.group else "api"
    url = f"http://127.0.0.1:{cluster.port}/{root}/{resource.version}/{place}{resource.plural}/{metadata['name']}"
    request = urllib.request.Request(f"{url}?fieldManager=me&force=true", json.dumps(wanted).encode(), method="PATCH")
    request.add_header("Content-Type", "application/apply-patch+yaml")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def served(wanted: Json) -> Resource:
    """Return the kind of an object; one that only a CustomResourceDefinition brings is made up."""
    for one in RESOURCES:
        if (one.api_version, one.kind) == (wanted["apiVersion"], wanted["kind"]):
            return one
    group, _, version = wanted["apiVersion"].rpartition("/")
    return Resource(group, version, f"{wanted['kind'].lower()}s", wanted["kind"], "namespace" in wanted["metadata"])


def test_every_recorded_change_is_refused_or_taken_as_it_was() -> None:
    changes = recorded("facts/kubernetes-changes.json")["changes"]
    wrong = {}
    for change in changes:
        resource = served(change["before"])
        with Cluster(resources=tuple({*RESOURCES, resource})).running() as cluster:
            cluster.put(item("Namespace", "t"))
            assert apply(cluster, resource, change["before"])[0] == 201, change["change"]
            status, answer = apply(cluster, resource, change["after"])
            if (status == 200) != (change["api"] != "rejected"):
                wrong[change["change"]] = (change["api"], status, answer.get("message"))
    assert wrong == {}, json.dumps(wrong, indent=1)
    assert len(changes) >= 97


def test_the_third_night_of_a_backup_has_no_room_for_its_claim(cluster: Cluster) -> None:
    cluster.put(quota(persistentvolumeclaims="2"))
    cluster.put(nightly())
    for number in (1, 2):
        night(cluster)
        assert len(cluster.list("Job")) == len(cluster.list("PersistentVolumeClaim")) == number
    cluster.pass_time(days=1)
    why = eventually(lambda: [one for one in cluster.list("Event") if one["reason"] == "FailedBinding"])[0]["message"]
    assert "exceeded quota: team, requested: persistentvolumeclaims=1, used: persistentvolumeclaims=2, limited: " in why
    assert eventually(lambda: cluster.get("ResourceQuota", "team").get("status", {}).get("used")) == {
        "persistentvolumeclaims": "2"
    }
    # The first two go after three days, with their pods and claims, and the third has room.
    cluster.pass_time(days=2)
    eventually(lambda: any(one["status"].get("succeeded") for one in cluster.list("Job") if "status" in one))


def test_finished_jobs_stay_as_long_as_their_history_and_ttl_say(cluster: Cluster) -> None:
    cluster.put(nightly(successfulJobsHistoryLimit=2))
    for _ in range(4):
        night(cluster)
    eventually(lambda: len(cluster.list("Job")) == len(cluster.list("Pod")) == 2)
    cluster.set("CronJob", "nightly", spec={**cluster.get("CronJob", "nightly")["spec"], "suspend": True})
    cluster.pass_time(days=3)
    eventually(lambda: not cluster.list("Job") and not cluster.list("PersistentVolumeClaim"))


def test_a_quota_counts_what_runs_and_refuses_the_rest(cluster: Cluster) -> None:
    cluster.put(quota(pods="2", requests_cpu="250m", limits_memory="1Gi"))
    cluster.put(pod("first"))
    before = [
        {"name": "setup", "image": "setup:1", "resources": {"requests": {"cpu": "160m"}, "limits": {"memory": "1Mi"}}}
    ]
    assert refusal(lambda: cluster.put(pod("second", initContainers=before))) == (
        'pods "second" is forbidden: exceeded quota: team, requested: requests.cpu=160m, used: requests.cpu=100m, '
        "limited: requests.cpu=250m"
    )
    assert refusal(lambda: cluster.put(pod("bare", containers=[{"name": "oven", "image": "oven:1"}]))) == (
        'pods "bare" is forbidden: failed quota: team: must specify requests.cpu for: oven'
    )
    cluster.put(pod("second"))
    assert "exceeded quota: team, requested: pods=1,requests.cpu=100m" in refusal(lambda: cluster.put(pod("third")))
    cluster.set("Pod", "first", status={"phase": "Succeeded"})
    cluster.put(pod("third"))


def test_a_limit_range_fills_in_and_refuses(cluster: Cluster) -> None:
    limit = {
        "type": "Container",
        "default": {"memory": "32Mi"},
        "defaultRequest": {"cpu": "1m"},
        "max": {"memory": "64Mi"},
    }
    cluster.put(item("LimitRange", "team", spec={"limits": [limit]}))
    made = cluster.put(pod("bare", containers=[{"name": "oven", "image": "oven:1"}]))
    assert made["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "1m", "memory": "32Mi"},
        "limits": {"memory": "32Mi"},
    }
    big = {**CONTAINER, "resources": {"limits": {"memory": "65Mi"}}}
    assert "maximum memory usage per Container is 64Mi, but limit is 65Mi" in refusal(
        lambda: cluster.put(pod("big", containers=[big]))
    )


def test_a_namespace_ends_when_nothing_is_left_in_it(cluster: Cluster) -> None:
    cluster.put(item("PersistentVolumeClaim", "books", spec=CLAIM))
    cluster.put({**item("ConfigMap", "held"), "metadata": {"name": "held", "finalizers": ["bakery.example/keep"]}})
    cluster.store.delete(cluster.kinds["Namespace"], "", "bakery")
    assert cluster.get("Namespace", "bakery", "")["status"]["phase"] == "Terminating"
    assert refusal(lambda: cluster.put(item("ConfigMap", "new"))) == (
        'configmaps "new" is forbidden: unable to create new content in namespace bakery because it is being terminated'
    )
    eventually(lambda: not cluster.list("PersistentVolumeClaim"))
    assert [one["metadata"]["name"] for one in cluster.list("Namespace", "")] == ["bakery", "default", "kube-system"]
    cluster.set("ConfigMap", "held", metadata={"name": "held", "finalizers": []})
    assert [one["metadata"]["name"] for one in cluster.list("Namespace", "")] == ["default", "kube-system"]


def test_a_claim_that_is_deleted_stays_as_long_as_a_pod_uses_it(cluster: Cluster) -> None:
    cluster.put(item("PersistentVolumeClaim", "books", spec=CLAIM))
    cluster.put(pod("reader", volumes=[{"name": "books", "persistentVolumeClaim": {"claimName": "books"}}]))
    cluster.store.delete(cluster.kinds["PersistentVolumeClaim"], "bakery", "books")
    time.sleep(0.3)  # several rounds of the controllers
    assert "deletionTimestamp" in cluster.get("PersistentVolumeClaim", "books")["metadata"]
    cluster.store.delete(cluster.kinds["Pod"], "bakery", "reader")
    eventually(lambda: not cluster.list("PersistentVolumeClaim"))


def test_a_claim_grows_in_a_class_that_can(cluster: Cluster) -> None:
    for name, can in (("fast", True), ("fixed", False)):
        cluster.put(
            item("StorageClass", name, "storage.k8s.io/v1", provisioner="bakery.example", allowVolumeExpansion=can)
        )
        cluster.put(item("PersistentVolumeClaim", name, spec={**CLAIM, "storageClassName": name}))
    larger = {**CLAIM, "resources": {"requests": {"storage": "2Gi"}}}
    cluster.set("PersistentVolumeClaim", "fast", spec={**larger, "storageClassName": "fast"})
    assert "the storageclass that provisions the pvc must support resize" in refusal(
        lambda: cluster.set("PersistentVolumeClaim", "fixed", spec={**larger, "storageClassName": "fixed"})
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("100m", Fraction(1, 10)),
        ("1.5Gi", 3 * 2**29),
        ("2k", 2000),
        ("1e3", 1000),
        ("1E", 10**18),
        (".5", Fraction(1, 2)),
    ],
)
def test_quantities_are_the_numbers_that_the_api_reads(text: str, number: Fraction) -> None:
    assert amount(text) == number
    assert amount(quantity(amount(text))) == number
