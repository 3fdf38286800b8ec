"""What is found before a release is touched: everything at once."""

import pytest

from cluster.server import Cluster
from support.operations.bakery import Bakery
from support.operations.registry import Registry

pytestmark = pytest.mark.slow

MONITOR = {"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": {"name": "baker"}}


def quota(**hard: str) -> dict:
    return {"kind": "ResourceQuota", "metadata": {"name": "team"}, "spec": {"hard": hard},
            "status": {"used": {"requests.cpu": "400m", "pods": "4", "requests.storage": "0"}}}  # fmt: skip


def test_everything_that_forbids_a_deployment_is_said_at_once(bakery: Bakery, cluster: Cluster):
    bakery.install()
    cluster.put(quota(**{"requests.cpu": "650m", "pods": "10", "requests.storage": "500Gi"}))
    with Registry({"oven": ["1"]}) as registry:
        bakery.values(
            shop={"image": f"{registry.host}/oven:2"}, baker={"image": f"{registry.host}/oven:1", "replicas": 3},
            bus={"storage": "2Gi"}, extra=[MONITOR],
        )  # fmt: skip
        changes = len(cluster.changes)
        done = bakery.deploy()
    assert (done.returncode, len(cluster.changes)) == (2, changes)
    for said in (
        f"error: {registry.host}/oven:2: {registry.host} has no such image",
        (
            "error: the cluster has no ServiceMonitor (monitoring.coreos.com/v1), wanted for baker: "
            "install its operator, Prometheus Operator "
            "(https://prometheus-operator.dev/docs/getting-started/installation/), or turn it off"
        ),
        "error: ResourceQuota team: requests.cpu would be 700m of 650m",
        "error: StatefulSet bus: ",
    ):
        assert said in done.stderr, done.stderr
    assert "pods would be" not in done.stderr
    assert f"{registry.host}/oven:1" not in done.stderr


def test_the_chart_must_be_there_and_the_environment_known(bakery: Bakery, cluster: Cluster):
    (bakery.chart / "Chart.yaml").unlink()
    (bakery.chart / "values-home.yaml").unlink()
    done = bakery.deploy()
    assert (done.returncode, cluster.requests) == (2, [])
    for name in ("Chart.yaml", "values-home.yaml"):
        assert f"dist/helm/bakery/{name}: no such file, expected the chart: run `qcdk synth`" in done.stderr
    done = bakery.qcdk("deploy", "hom")
    assert (done.returncode, 'expected "home"' in done.stderr) == (2, True)


@pytest.mark.parametrize("tool", ["helm", "kubectl"])
def test_a_missing_tool_is_named(bakery: Bakery, tool: str):
    (bakery.root / "bin" / tool).unlink()
    done = bakery.qcdk("deploy", "home", PATH=str(bakery.root / "bin"))
    assert (done.returncode, f"{tool} is not on PATH" in done.stderr) == (2, True)


def test_a_helm_that_is_too_old_is_refused(bakery: Bakery):
    program = bakery.root / "bin" / "helm"
    program.unlink()
    program.write_text("#!/bin/sh\necho v3.12.1\n")
    program.chmod(0o755)
    done = bakery.deploy()
    assert (done.returncode, "helm is v3.12.1, expected 3.17 or newer" in done.stderr) == (2, True)


def test_versions_that_are_apart(bakery: Bakery, cluster: Cluster):
    bakery.project.replace_in_environment("home", '"1.34"', '"1.36"')
    cluster.minor = 34
    done = bakery.deploy()
    assert (done.returncode, cluster.changes) == (2, [])
    assert "the cluster runs Kubernetes 1.34, and the manifests are for 1.36: upgrade it" in done.stderr
    cluster.minor = 36
    done = bakery.qcdk("deploy", "home", "--dry-run")
    assert (done.returncode, "minor version apart" in done.stderr) == (0, False)
    cluster.minor = 37
    done = bakery.qcdk("deploy", "home", "--dry-run")
    assert "the cluster runs Kubernetes 1.37, and cluster.kubernetes_version says 1.36" in done.stderr
    cluster.minor = 26
    done = bakery.deploy()
    assert (done.returncode, "chart requires kubeVersion: >=1.27.0-0" in done.stderr) == (2, True)
