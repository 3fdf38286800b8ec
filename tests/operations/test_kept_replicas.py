"""With helm alone, turning autoscaling on changes no number of pods: the chart keeps that of the cluster."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.server import Cluster
from support.command import qcdk
from support.operations.bakery import VERSIONS, Bakery

pytestmark = pytest.mark.slow

ON, OFF = "shop.autoscaling.enabled=true", "shop.autoscaling.enabled=false"
MARK = "quantacirc-cdk/replicas"


class Helm:
    """The chart of the small project, whose shop can be scaled, and helm without ``qcdk``."""

    def __init__(self, bakery: Bakery) -> None:
        self.bakery, self.cluster = bakery, bakery.cluster
        project = bakery.project
        project.replace_in_system("    exposed: true\n", "    autoscaling: { cpu_percent: 60 }\n")
        project.replace_in_environment(
            "home", "owners:", "components:\n  shop: { replicas: { min: 2, max: 9 } }\nowners:"
        )
        shutil.rmtree(project.root / "dist")
        done = qcdk("synth", "--project", project.root, "--only", "helm")
        assert done.returncode == 0, done.stderr
        for name in ("bakery", "elsewhere"):
            notes = {f"meta.helm.sh/release-{what}": "bakery" for what in ("name", "namespace")}
            owned = {"name": name, "labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": notes}
            self.cluster.put({"kind": "Namespace", "metadata": owned}, "")

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.bakery.helm(*arguments)

    def upgrade(self, *values: str) -> None:
        """Upgrade with the values of an environment, and some of the test."""
        sets = [word for value in values for word in ("--set", value)]
        values_file = str(self.bakery.chart / "values-home.yaml")
        command = ("upgrade", "--install", "bakery", str(self.bakery.chart))
        done = self(*command, "--values", values_file, *sets)
        assert done.returncode == 0, done.stderr

    def manifest(self) -> dict[str, Any]:
        """Return the Deployment of the last revision."""
        objects = yaml.safe_load_all(self("get", "manifest", "bakery").stdout)
        return next(item for item in objects if item and (item["kind"], item["metadata"]["name"]) == DEPLOYMENT)

    def numbers(self) -> list[int]:
        """Return the numbers of pods that the shop was ever told to have, in order."""
        told = [item["spec"]["replicas"] for _, _, kind, item in self.cluster.store.events
                if (kind.kind, item["metadata"]["name"]) == DEPLOYMENT]  # fmt: skip
        return [number for index, number in enumerate(told) if index == 0 or told[index - 1] != number]


DEPLOYMENT = ("Deployment", "shop")


@pytest.fixture(params=VERSIONS)
def helm(request: pytest.FixtureRequest, tmp_path: Path, cluster: Cluster) -> Helm:
    """Helm, newest and oldest: the one applies on the server, the other compares by itself."""
    return Helm(Bakery(tmp_path, cluster, request.param).set_up())


def test_autoscaling_takes_over_the_number_of_pods_and_gives_it_back(helm: Helm) -> None:
    helm.cluster.forbidden = {"list deployments", "list horizontalpodautoscalers"}  # nobody needs these rights
    helm.upgrade(OFF, "shop.replicas=4")
    helm.upgrade(ON)
    helm.upgrade(ON, "commonAnnotations.a=b")
    assert helm.numbers() == [4]
    helm.cluster.scale("Deployment", "shop", 7)
    helm.upgrade(ON, "commonAnnotations.a=c")
    helm.upgrade(ON, "commonAnnotations.a=d")
    assert helm.numbers() == [4, 7]
    helm.cluster.scale("Deployment", "shop", 1)
    helm.upgrade(ON)
    manifest = helm.manifest()
    assert "replicas" not in manifest["spec"]
    assert MARK not in manifest["metadata"]["annotations"]
    helm.upgrade(ON, "commonAnnotations.a=b")
    assert helm.numbers() == [4, 7, 1]


def test_a_release_that_was_always_scaled_has_no_number_in_any_revision(helm: Helm) -> None:
    for value in ("a", "b"):
        helm.upgrade(ON, f"commonAnnotations.a={value}")
        assert "replicas" not in helm.manifest()["spec"]
        helm.cluster.scale("Deployment", "shop", 5)


def test_a_workload_without_pods_is_left_to_the_default_because_its_autoscaler_ignores_it(helm: Helm) -> None:
    helm.upgrade(OFF, "shop.replicas=2")
    helm.cluster.scale("Deployment", "shop", 0)
    helm.upgrade(ON)
    assert "replicas" not in helm.manifest()["spec"]


def test_qcdk_hands_the_number_over_and_no_revision_has_it(helm: Helm) -> None:
    helm.upgrade(OFF, "shop.replicas=4")
    helm.bakery.until(lambda: all(map(helm.bakery.ready, ("baker", "shop", "bus"))))
    helm.bakery.answer()
    done = helm.bakery.deploy()
    assert done.returncode == 0, done.stderr
    assert "Deployment shop keeps its number of pods" in done.stderr
    assert "replicas" not in helm.manifest()["spec"]
    helm.upgrade(ON, "commonAnnotations.a=b")
    assert "replicas" not in helm.manifest()["spec"]
    assert helm.numbers() == [4]


def test_the_release_with_its_prefix_and_namespace_keeps_its_own_number(helm: Helm) -> None:
    name = ("fullnameOverride=blue", "namespaceOverride=elsewhere")
    helm.upgrade(OFF, "shop.replicas=3", *name)
    helm.upgrade(ON, *name)
    assert helm.cluster.get("Deployment", "blue-shop", "elsewhere")["spec"]["replicas"] == 3
