"""Of several deployments at once, one holds the lock, for as long as it may need, and nobody breaks it twice."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from cluster.server import Cluster
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError
from quantacirc_cdk.operations.lock import Lock, ensure_namespace
from quantacirc_cdk.operations.settings import Target
from support.operations.bakery import HOW
from support.tools import require

pytestmark = pytest.mark.integration

LEASE = "bakery-deployment"


@pytest.fixture
def kubectl(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    """Return the real kubectl for the fake cluster."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "kubeconfig")))
    monkeypatch.setenv("PATH", str(require("kubectl", HOW).parent), prepend=os.pathsep)
    target = Target(environment="home", context="kind-bakery", namespace="bakery", release="bakery", chart="",
                    values="", approval=False, kubernetes_version="1.34")  # fmt: skip
    return Kubectl(target)


def lease(cluster: Cluster, holder: str, minutes: float, seconds: int = 600) -> None:
    """Put the lock of somebody else into the cluster."""
    cluster.put({"kind": "Namespace", "metadata": {"name": "bakery"}}, "")
    acquired = (datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    spec = {"holderIdentity": holder, "leaseDurationSeconds": seconds, "acquireTime": acquired}
    kind = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
    cluster.put({**kind, "metadata": {"name": LEASE, "namespace": "bakery"}, "spec": spec})


@pytest.mark.slow
def test_the_lock_is_held_for_its_time_and_then_gone(kubectl: Kubectl, cluster: Cluster) -> None:
    lock = Lock(kubectl)
    with lock.held(900):
        spec = cluster.get("Lease", LEASE)["spec"]
        assert spec["leaseDurationSeconds"] == 900
        assert spec["holderIdentity"].endswith(f":{os.getpid()}")
        with pytest.raises(OperationError, match=r"another deployment is running: .* nothing was changed"):
            Lock(kubectl).held(900).__enter__()
        assert cluster.get("Lease", LEASE)["spec"] == spec
    assert not cluster.list("Lease")
    assert (lock.left, lock.taken_over) == ("", False)


def test_a_lock_whose_time_is_over_is_taken_over(kubectl: Kubectl, cluster: Cluster) -> None:
    lease(cluster, "bob@elsewhere:7", minutes=11)
    lock = Lock(kubectl)
    with lock.held(900):
        assert lock.taken_over
        assert cluster.get("Lease", LEASE)["spec"]["holderIdentity"].endswith(f":{os.getpid()}")
    assert not cluster.list("Lease")


def test_of_two_that_find_the_same_stale_lock_one_gets_it(
    kubectl: Kubectl, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the stale lock; the second must not remove the one that the first has made meanwhile."""
    lease(cluster, "bob@elsewhere:7", minutes=11)
    read = Kubectl.get
    others: list[Lock] = []

    def late(self: Kubectl, kind: str, name: str, *options: str) -> object:
        found = read(self, kind, name, *options)
        if kind == "lease" and not others:
            others.append(Lock(self))
            others[0]._take(600)
        return found

    monkeypatch.setattr(Kubectl, "get", late)
    with (
        pytest.raises(OperationError, match="another deployment has just begun; nothing was changed"),
        Lock(kubectl).held(900),
    ):
        pytest.fail("two deployments hold the lock")
    assert cluster.get("Lease", LEASE)["spec"]["leaseDurationSeconds"] == 600
    others[0]._release()
    assert not cluster.list("Lease")


def test_a_lock_that_somebody_else_holds_is_not_removed(kubectl: Kubectl, cluster: Cluster) -> None:
    lease(cluster, "bob@elsewhere:7", minutes=1)
    with pytest.raises(OperationError, match="another deployment is running: bob@elsewhere:7 since "):
        Lock(kubectl).held(900).__enter__()
    assert cluster.get("Lease", LEASE)["spec"]["holderIdentity"] == "bob@elsewhere:7"


def test_a_lock_that_cannot_be_removed_is_told(kubectl: Kubectl, cluster: Cluster) -> None:
    lock = Lock(kubectl)
    with lock.held(900):
        cluster.break_down("^DELETE ", "500")
    assert lock.left.startswith(f"the lock {LEASE} could not be removed and will expire: ")
    cluster.mend()
    assert cluster.list("Lease")


def test_removing_the_lock_is_tried_again_for_a_while(
    kubectl: Kubectl, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            cluster.mend()

    clock = SimpleNamespace(monotonic=lambda: 30.0 * len(waited), sleep=sleep)
    monkeypatch.setattr("quantacirc_cdk.operations.lock.time", clock)
    lock = Lock(kubectl, patience=60)
    with lock.held(900):
        cluster.break_down("^DELETE ", "500")
    assert (waited, lock.left, cluster.list("Lease")) == ([1, 1], "", [])


def test_the_namespace_is_made_so_that_helm_takes_it_over(kubectl: Kubectl, cluster: Cluster) -> None:
    ensure_namespace(kubectl)
    metadata = cluster.get("Namespace", "bakery", "")["metadata"]
    assert metadata["labels"]["app.kubernetes.io/managed-by"] == "Helm"
    assert metadata["annotations"] == {
        "meta.helm.sh/release-name": "bakery",
        "meta.helm.sh/release-namespace": "bakery",
    }
    before = len(cluster.changes)
    ensure_namespace(kubectl)
    assert len(cluster.changes) == before


def test_somebody_with_rights_in_a_namespace_only_uses_the_one_that_is_there(
    kubectl: Kubectl, cluster: Cluster
) -> None:
    cluster.put({"kind": "Namespace", "metadata": {"name": "bakery"}}, "")
    cluster.forbidden.add("get namespaces")
    with Lock(kubectl).held(900):
        assert cluster.list("Lease")


def test_a_cluster_that_refuses_the_lock_is_told_from_one_where_somebody_holds_it(
    kubectl: Kubectl, cluster: Cluster
) -> None:
    cluster.forbidden.add("create leases")
    with pytest.raises(OperationError, match="cannot create resource"):
        Lock(kubectl).held(900).__enter__()
