"""The quota and the limits of the chart never refuse what the chart itself renders."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.helm import Place, Value, system_chart
from quantacirc_cdk.helm import chart as chart_of
from quantacirc_cdk.helm.quota_template import HARD
from quantacirc_cdk.kubernetes.quota import Usage, quota_spec, usage
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.model import Project, load_project
from support.helm.helm import RELEASES, by_name, template
from support.kubernetes.manifests import Object, containers, pod_templates
from support.kubernetes.synthesis import render
from support.project import ENVIRONMENT
from support.project import Project as SmallProject

pytestmark = pytest.mark.slow

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
                    "resources": {**LARGE, "requests": LARGE["requests"] | {"ephemeral-storage": "512Mi"}},
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


def job(name: str) -> Object:
    resources = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    labels = {"app.kubernetes.io/name": "bakery"}
    pod = {"restartPolicy": "Never", "containers": [{"name": "bake", "image": "oven:1", "resources": resources}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "shop", "labels": labels},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": pod}},
    }


@pytest.mark.parametrize("release", RELEASES)
def test_counted_objects_that_are_always_there_keep_their_own_documents(tmp_path: Path, release: str) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "quota", "namespace": "shop"},
        "spec": {"hard": {"pods": "100", "count/jobs.batch": "100"}},
    }
    objects = [quota, job("bread"), job("cake")]
    hard = Value(path=HARD, description="Limits.", places=[Place(kind="ResourceQuota", path="spec.hard")])
    chart_of("shop", {"only": objects}, values=[hard]).write(tmp_path)
    text = (tmp_path / "shop" / "templates" / "bakery.yaml").read_text(encoding="utf-8")
    assert text.count("{{- define ") == 2
    assert "{{- if" not in text
    assert by_name(template(tmp_path / "shop", name="shop", namespace="shop", release=release)) == by_name(objects)


def test_a_deployment_without_pods_needs_none_for_a_rollout(tmp_path: Path) -> None:
    made = SmallProject.small(tmp_path / "project")
    made.write_environment("home", ENVIRONMENT + "replicas: { min: 0, max: 0 }\n")
    render(made.root, tmp_path / "kubernetes")
    system_chart(load_project(made.root), tmp_path / "kubernetes").write(tmp_path / "chart")
    values = ("--values", tmp_path / "chart" / "values-home.yaml")
    objects = template(tmp_path / "chart", *values, name="bakery", namespace="bakery")
    expected = yaml.safe_load((tmp_path / "kubernetes" / "home" / "ResourceQuota.bakery.k8s.yaml").read_text())
    assert only(objects, "ResourceQuota")["hard"] == expected["spec"]["hard"]
