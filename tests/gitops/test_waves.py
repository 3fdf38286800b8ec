"""What others need is there, and healthy, a wave before them."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.kubernetes.sync_wave import ANNOTATION
from support.kubernetes.manifests import ENVIRONMENTS, pod_templates, read_folder

Json = dict[str, Any]


def wave(item: Json) -> int:
    return int(item["metadata"].get("annotations", {}).get(ANNOTATION, "0"))


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def objects(request: pytest.FixtureRequest, checkout: Path) -> list[Json]:
    return read_folder(checkout / "dist" / "kubernetes" / request.param)


def mentions(value: Any, keys: tuple[str, ...]) -> set[str]:
    """Return the names that stand under some keys anywhere below ``value``."""
    if isinstance(value, list):
        return set().union(*(mentions(item, keys) for item in value))
    if not isinstance(value, dict):
        return set()
    own = {
        name
        for key in keys
        if isinstance(value.get(key), dict)
        if (name := value[key].get("name") or value[key].get("secretName"))
    }
    return own.union(*(mentions(item, keys) for item in value.values()))


@pytest.mark.integration
def test_namespace_and_policies_are_first(objects: list[Json]) -> None:
    ground = ("Namespace", "NetworkPolicy", "ServiceAccount", "ConfigMap", "Service", "PriorityClass", "ResourceQuota")
    found = [item for item in objects if item["kind"] in ground]
    assert {item["kind"] for item in found} == set(ground)
    assert {wave(item) for item in found} == {0}


def test_secrets_are_made_before_anything_mounts_them(objects: list[Json]) -> None:
    makers = [item for item in objects if item["kind"] in ("ExternalSecret", "Certificate", "Secret")]
    makers += [item for item in objects if item["kind"] == "Job" and item["metadata"]["name"].startswith("create-")]
    assert makers
    users = [
        item
        for item, template in pod_templates(objects)
        if item not in makers and mentions(template, ("secretKeyRef", "secretRef", "secret"))
    ]
    assert len(users) > 5
    assert max(map(wave, makers)) < min(map(wave, users))


def test_stores_come_before_jobs_on_them_and_these_before_the_workloads(objects: list[Json]) -> None:
    waves = {
        kind: {
            wave(item)
            for item in objects
            if item["kind"] == kind and not item["metadata"]["name"].startswith("create-")
        }
        for kind in ("StatefulSet", "Job", "Deployment")
    }
    assert max(waves["StatefulSet"]) < min(waves["Job"]) <= max(waves["Job"]) < min(waves["Deployment"])


def test_an_autoscaler_comes_with_its_target(objects: list[Json]) -> None:
    deployments = {item["metadata"]["name"]: wave(item) for item in objects if item["kind"] == "Deployment"}
    scalers = [item for item in objects if item["kind"] in ("HorizontalPodAutoscaler", "ScaledObject")]
    for item in scalers:
        assert wave(item) >= deployments[item["spec"]["scaleTargetRef"]["name"]]


def test_monitors_come_last(objects: list[Json]) -> None:
    last = [item for item in objects if item["kind"] in ("ServiceMonitor", "PodMonitor", "PrometheusRule", "Ingress")]
    others = [item for item in objects if item["kind"] in ("Deployment", "StatefulSet", "Job")]
    assert all(wave(item) > max(map(wave, others)) for item in last)
