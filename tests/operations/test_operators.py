"""Operators are installed and ready before the system needs them: the real helm and kubectl, a real registry."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.server import Cluster
from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations.settings import write_targets
from support.charts import definition, push
from support.operations.bakery import Bakery
from support.registry import serve

pytestmark = pytest.mark.slow

# The newest helm alone: older ones wait for the ReplicaSets of Deployments, which the tests' API server does not have.
GROUP = "monitoring.coreos.com"
MONITOR = {"apiVersion": f"{GROUP}/v1", "kind": "ServiceMonitor", "metadata": {"name": "baker"}, "spec": {}}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("registry")) as host:
        yield host


def operated(bakery: Bakery, registry: str, digest: str, more: str = "") -> None:
    """Give the bakery an operator, and an object that needs it."""
    section = f"""\
  metrics:
    kind: operator
    operator: prometheus-operator
    chart: oci://{registry}/charts/stack
    version: 1.0.0
    digest: {digest}
{more}"""
    bakery.project.replace_in_system("components:\n", f"components:\n{section}")
    bakery.project.replace_in_environment(
        "home", "  context: kind-bakery\n", "  context: kind-bakery\n  addons: { prometheus_operator: true }\n"
    )
    bakery.values(extra=[MONITOR])
    bakery.scripts()


def rewritten(bakery: Bakery) -> None:
    """Write what the deployment tools read of the model again."""
    project = load_project(bakery.project.root)
    write_targets(project.system, list(project.environments.values()), bakery.project.root / "dist" / "operations")


@pytest.fixture
def stack(registry: str, tmp_path: Path) -> str:
    """The digest of an operator's chart, with the definition of what the bakery needs."""
    return push(tmp_path, registry, "stack", crds={"monitors": definition(GROUP, "ServiceMonitor")})


def position(cluster: Cluster, words: str) -> int:
    """Return when the first change with these words was sent."""
    return next(index for index, one in enumerate(cluster.changes) if words in one)


@pytest.mark.parametrize("way", ["qcdk", "scripts"])
def test_a_bare_cluster_gets_the_operator_and_then_the_system(
    bakery: Bakery, cluster: Cluster, registry: str, stack: str, way: str
):
    operated(bakery, registry, stack)
    if way == "qcdk":
        done = bakery.deploy()
        assert "note: not validated until their operators are installed: ServiceMonitor" in done.stderr
    else:
        done = bakery.run("scripts/deploy.sh", "home", "--yes")
    assert done.returncode == 0, done.stderr
    assert "installing metrics" in done.stderr
    assert cluster.get("Deployment", "metrics", "monitoring")["status"]["readyReplicas"] == 1
    assert cluster.get("ServiceMonitor", "baker")["metadata"]["name"] == "baker"
    order = [
        position(cluster, "customresourcedefinitions"),
        position(cluster, "/namespaces/monitoring/deployments"),
        position(cluster, "/namespaces/bakery/deployments"),
    ]
    assert order == sorted(order)
    bakery.answer()
    before = len(cluster.changes)
    again = bakery.deploy() if way == "qcdk" else bakery.run("scripts/deploy.sh", "home", "--yes")
    assert again.returncode == 0, again.stderr
    assert "metrics 1.0.0 is unchanged" in again.stderr or "metrics is unchanged" in again.stderr
    assert [one for one in cluster.changes[before:] if "/namespaces/monitoring/" in one] == []
    # What one wrote, the other reads.
    other = bakery.run("scripts/deploy.sh", "home", "--yes") if way == "qcdk" else bakery.deploy()
    assert "is unchanged" in other.stderr


def test_new_values_are_applied(bakery: Bakery, cluster: Cluster, registry: str, stack: str):
    operated(bakery, registry, stack)
    assert bakery.deploy().returncode == 0
    bakery.project.replace_in_system("    version: 1.0.0\n", "    version: 1.0.0\n    values: { replicaCount: 2 }\n")
    rewritten(bakery)
    done = bakery.deploy()
    assert done.returncode == 0, done.stderr
    assert cluster.get("Deployment", "metrics", "monitoring")["spec"]["replicas"] == 2


def test_definitions_that_somebody_deleted_come_back(bakery: Bakery, cluster: Cluster, registry: str, stack: str):
    operated(bakery, registry, stack)
    assert bakery.deploy().returncode == 0
    cluster.store.delete(cluster.kinds["CustomResourceDefinition"], "", f"servicemonitors.{GROUP}")
    done = bakery.deploy()
    assert "installing metrics 1.0.0" in done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("way", ["qcdk", "scripts"])
def test_the_system_waits_for_an_operator_that_does_not_become_ready(
    bakery: Bakery, cluster: Cluster, registry: str, tmp_path: Path, way: str
):
    digest = push(tmp_path, registry, "stack", image="broken", crds={"monitors": definition(GROUP, "ServiceMonitor")})
    operated(bakery, registry, digest)
    if way == "qcdk":
        done = bakery.deploy("--timeout", "4s")
    else:
        done = bakery.run("scripts/deploy.sh", "home", "--yes", "--timeout", "4s")
    assert done.returncode == 2, done.stderr
    assert bakery.history() == []
    assert cluster.list("Deployment") == []


def test_definitions_are_upgraded_with_the_chart(
    bakery: Bakery, cluster: Cluster, registry: str, tmp_path: Path, stack: str
):
    operated(bakery, registry, stack)
    assert bakery.deploy().returncode == 0
    new = {"monitors": definition(GROUP, "ServiceMonitor"), "pods": definition(GROUP, "PodMonitor")}
    newer = push(tmp_path, registry, "stack", version="2.0.0", crds=new)
    bakery.project.replace_in_system(stack, newer)
    bakery.project.replace_in_system("version: 1.0.0", "version: 2.0.0")
    done = bakery.deploy()
    assert done.returncode == 0, done.stderr
    names = {item["metadata"]["name"] for item in cluster.list("CustomResourceDefinition", "")}
    assert names == {f"servicemonitors.{GROUP}", f"podmonitors.{GROUP}"}


def test_a_digest_that_the_registry_does_not_have_stops_before_the_system(
    bakery: Bakery, cluster: Cluster, registry: str, stack: str
):
    operated(bakery, registry, stack.replace(stack[-8:], "00000000"))
    done = bakery.deploy()
    assert (done.returncode, bakery.history()) == (2, [])
    assert "chart metrics: " in done.stderr


def test_without_the_platform_somebody_else_installs_it(bakery: Bakery, cluster: Cluster, registry: str, stack: str):
    operated(bakery, registry, stack)
    done = bakery.deploy("--without-platform")
    assert done.returncode == 2
    assert "the cluster has no ServiceMonitor" in done.stderr
    assert "installing metrics" not in done.stderr


def test_a_kind_that_the_operator_does_not_bring_is_still_missing(
    bakery: Bakery, cluster: Cluster, registry: str, stack: str
):
    operated(bakery, registry, stack)
    schedule = {"apiVersion": "velero.io/v1", "kind": "Schedule", "metadata": {"name": "nightly"}, "spec": {}}
    bakery.values(extra=[MONITOR, schedule])
    done = bakery.deploy()
    assert done.returncode == 2
    assert "the cluster has no Schedule" in done.stderr
    assert "ServiceMonitor (" not in done.stderr
