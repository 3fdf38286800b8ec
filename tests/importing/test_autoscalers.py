"""Autoscalers of a source scale as they did, or the report says that they do not."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from importing.conftest import Imported

pytestmark = pytest.mark.integration


def workload(name: str) -> dict[str, Any]:
    labels = {"app": name}
    ports = [{"name": "http", "containerPort": 8080}]
    pod = {"containers": [{"name": name, "image": f"ghcr.io/shop/{name}:1", "ports": ports}]}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def autoscaler(name: str, version: str, **spec: Any) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return {
        "apiVersion": f"autoscaling/{version}",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 5, **spec},
    }


MEMORY = {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}}


@pytest.fixture(scope="module")
def shop(imported: Callable[..., Imported]) -> Imported:
    items = [
        *map(workload, ("plain", "none", "old", "heavy")),
        autoscaler("plain", "v2"),
        autoscaler("none", "v2", metrics=None),
        autoscaler("old", "v1", targetCPUUtilizationPercentage=60),
        autoscaler("heavy", "v2", metrics=[MEMORY]),
    ]
    return imported(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


@pytest.mark.parametrize(("name", "percent"), [("plain", 80), ("none", 80), ("old", 60)])
def test_an_autoscaler_without_metrics_has_the_cpu_target_of_the_api(shop: Imported, name: str, percent: int) -> None:
    spec = shop.find("HorizontalPodAutoscaler", name)["spec"]
    target = {"type": "Utilization", "averageUtilization": percent}
    assert [one["resource"] for one in spec["metrics"]] == [{"name": "cpu", "target": target}]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 5)
    assert "replicas" not in shop.find("Deployment", name)["spec"]


def test_an_autoscaler_that_the_model_cannot_have_is_reported(shop: Imported) -> None:
    assert ("HorizontalPodAutoscaler", "heavy") not in shop.objects
    said = "HorizontalPodAutoscaler heavy has only metrics that the model cannot have: add others to heavy.autoscaling."
    assert said in shop.report.added
