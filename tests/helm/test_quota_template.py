"""The quota and the limits of the chart never refuse what the chart itself renders."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from helm_support.helm import RELEASES, template
from kubernetes_support.manifests import Object, containers, pod_templates
from quantacirc_cdk.kubernetes.quota import Usage, quota_spec, usage
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.model import Project

LARGE: dict[str, Any] = {"limits": {"memory": "9.5Gi"}, "requests": {"cpu": "3.25", "memory": "9.5Gi"}}
VALUES: dict[str, dict[str, Any]] = {
    "more pods": {"orchestrator": {"autoscaling": {"maxReplicas": 60}}},
    "more servers": {"bus": {"replicas": 90}},
    "larger pods": {"schrodingerDev": {"resources": LARGE, "autoscaling": {"maxReplicas": 40}}},
    "other rollouts": {"exporter": {"replicas": 50, "workloadSpec": {"strategy": {"type": "Recreate"}}}},
    "more beside": {
        "cli": {},
        "exporter": {
            "replicas": 30,
            "extraContainers": [
                {
                    "name": "beside",
                    "image": "busybox:1",
                    "resources": LARGE,
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    },
    "retries": {"busBackup": {"workloadSpec": {"backoffLimit": 40, "concurrencyPolicy": "Replace"}}},
    "ports of nodes": {"orchestrator": {"service": {"spec": {"type": "LoadBalancer"}}}},
}


def rendered(chart: Path, project: Project, file: Path, values: dict[str, Any], release: str = "helm") -> list[Object]:
    file.write_text(
        yaml.safe_dump({"resourceQuota": {"create": True}, "limitRange": {"create": True}} | values), encoding="utf-8"
    )
    return template(chart, "--values", file, name=project.system.name, release=release)


def only(objects: list[Object], kind: str) -> Any:
    (found,) = [item for item in objects if item["kind"] == kind]
    return found["spec"]


def amounts(found: Usage) -> dict[str, Any]:
    return {key: parse_quantity(text) for key, text in quota_spec(found)["hard"].items()}


@pytest.mark.parametrize("name", VALUES)
def test_the_quota_grows_with_the_values(chart: Path, project: Project, tmp_path: Path, name: str) -> None:
    before = rendered(chart, project, tmp_path / "values.yaml", {})
    objects = rendered(chart, project, tmp_path / "values.yaml", VALUES[name])
    given, hard = only(before, "ResourceQuota")["hard"], only(objects, "ResourceQuota")["hard"]
    needed = amounts(usage(objects))
    found = {key: parse_quantity(text) for key, text in hard.items()}
    assert {key: found[key] for key in needed if found[key] < needed[key]} == {}
    grown = {key for key, text in hard.items() if text != given[key]}
    assert grown
    assert {key: (hard[key], float(needed[key])) for key in grown if found[key] > needed[key]} == {}


@pytest.mark.parametrize("release", RELEASES)
def test_the_largest_container_fits_the_limits(chart: Path, project: Project, tmp_path: Path, release: str) -> None:
    objects = rendered(chart, project, tmp_path / "values.yaml", VALUES["larger pods"], release)
    (limit,) = only(objects, "LimitRange")["limits"]
    largest = max(
        parse_quantity(each["resources"]["limits"]["memory"])
        for _, pod in pod_templates(objects)
        for each in containers(pod)
    )
    assert parse_quantity(limit["max"]["memory"]) == largest == parse_quantity("9.5Gi")


def test_a_quota_that_is_large_enough_is_left_as_it_is(chart: Path, project: Project, tmp_path: Path) -> None:
    hard = {"pods": "1k", "limits.memory": "1Ti", "count/secrets": "7", "requests.cpu": "500"}
    objects = rendered(chart, project, tmp_path / "values.yaml", {"resourceQuota": {"create": True, "hard": hard}})
    assert only(objects, "ResourceQuota")["hard"].items() >= hard.items()
