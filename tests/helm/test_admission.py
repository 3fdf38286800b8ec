"""The quota and the limits of the chart admit its pods, or Helm names the container that they refuse."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.limits.quantity import parse_quantity
from support.helm.helm import RELEASES, run
from support.helm.small import small_chart
from support.kubernetes.manifests import Object, containers, pod_templates

pytestmark = pytest.mark.integration

SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
QUOTA: dict[str, Any] = {"resourceQuota": {"create": True}}
LIMITS: dict[str, Any] = {"limitRange": {"create": True}}
OURS = "the container shop of the Deployment shop"
FIRST = "the container baker of the Deployment baker"
ADDED = "the container beside of the Deployment shop"


def own(**resources: Any) -> dict[str, Any]:
    return {"shop": {"resources": resources}}


def beside(**resources: Any) -> dict[str, Any]:
    stated = {"resources": resources} if resources else {}
    return {
        "shop": {"extraContainers": [{"name": "beside", "image": "busybox:1", "securityContext": SECURITY, **stated}]}
    }


def limits(**limit: Any) -> dict[str, Any]:
    return {"limitRange": {"create": True, "limits": [{"type": "Container", **limit}]}}


def of_pods(**limit: Any) -> dict[str, Any]:
    return {"limitRange": {"create": True, "limits": [{"type": "Pod", **limit}]}}


REFUSED: list[tuple[dict[str, Any], str]] = [
    (LIMITS | own(limits={"memory": None}, requests={"memory": "8Gi"}), f"{OURS} requests 8Gi"),
    (LIMITS | beside(requests={"memory": "8Gi"}), f"{ADDED} requests 8Gi, and must state a limit"),
    (LIMITS | beside(requests={"ephemeral-storage": "80Gi"}), f"{ADDED} requests 80Gi, and must state a limit"),
    (QUOTA | beside(), f"{ADDED} must state resources.requests.cpu"),
    (QUOTA | beside(requests={"cpu": "1", "memory": "1Gi"}), f"{ADDED} must state resources.limits.memory"),
    (QUOTA | own(limits={"memory": None}), f"{OURS} must state resources.limits.memory"),
    (QUOTA | own(requests={"cpu": None}), f"{OURS} must state resources.requests.cpu"),
    (limits(min={"cpu": "2"}), f"has 2 cpu as min: {FIRST} has only"),
    (limits(max={"cpu": "10m"}), f"limitRange.limits has 10m cpu as limit of containers without one: {FIRST} requests"),
    (limits(maxLimitRequestRatio={"memory": "1"}), f"has a ratio of 1 for memory: {FIRST} has a limit of 256Mi"),
    (limits(maxLimitRequestRatio={"cpu": "2"}), f"{FIRST} must state a request and a limit"),
    (of_pods(max={"memory": "1Mi"}), "has 1Mi memory as max: a pod of the Deployment baker has a limit of 268435456"),
    (of_pods(max={"cpu": "4"}), "has 4 cpu as max: a pod of the Deployment baker must state a limit"),
    (of_pods(min={"memory": "64Gi"}), "has 64Gi memory as min: a pod of the Deployment baker has only 134217728"),
]
ADMITTED: list[dict[str, Any]] = [
    QUOTA,
    QUOTA | LIMITS,
    QUOTA | LIMITS | beside(),
    QUOTA | LIMITS | beside(limits={"memory": "8Gi"}),
    QUOTA | LIMITS | beside(limits={"memory": "8Gi"}, requests={"memory": "1Gi"}),
    QUOTA | LIMITS | own(limits={"memory": None}, requests={"cpu": None}),
    QUOTA | beside(limits={"cpu": "1", "memory": "1Gi"}),
    {"resourceQuota": {"create": True, "hard": {"count/pods": "1", "memory": "1Mi"}}},
    QUOTA | limits(max={"cpu": "2", "memory": "1Mi"}) | beside(limits={"memory": "2Gi"}),
    of_pods(min={"memory": "1Mi"}, max={"memory": "1Ti"}),
]


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of the small system."""
    return small_chart(tmp_path_factory.mktemp("admission"))


def rendered(chart: Path, file: Path, values: dict[str, Any], release: str) -> tuple[str, list[Object]]:
    file.write_text(json.dumps(values), encoding="utf-8")
    done = run("template", "bakery", chart, "--values", file, release=release)
    return done.stderr, [item for item in yaml.safe_load_all(done.stdout) if item] if done.returncode == 0 else []


def completed(container: dict[str, Any], limit: dict[str, Any]) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """Return the requests and limits of a container as the API server and the LimitRange complete them."""
    stated, most = container.get("resources", {}), limit.get("max", {}) | limit.get("default", {})
    asked = limit.get("min", {}) | most | limit.get("defaultRequest", {})
    asked |= stated.get("limits", {}) | stated.get("requests", {})
    given = most | stated.get("limits", {})
    return tuple({name: parse_quantity(text) for name, text in each.items()} for each in (asked, given))  # type: ignore[return-value]


def problems(objects: list[Object]) -> list[str]:
    """Return why the rendered quota and limits refuse the rendered pods: one pod of each workload."""
    found: list[str] = []
    of_kind = {item["kind"]: item["spec"] for item in objects if item["kind"] in ("ResourceQuota", "LimitRange")}
    hard = of_kind.get("ResourceQuota", {}).get("hard", {})
    ranges = of_kind.get("LimitRange", {}).get("limits", [])
    limit = next((each for each in ranges if each["type"] == "Container"), {})
    used: dict[str, Fraction] = {"pods": Fraction(0), "count/pods": Fraction(0)}
    for item, pod in pod_templates(objects):
        for name in ("pods", "count/pods"):
            used[name] += 1
        for container in containers(pod):
            asked, given = completed(container, limit)
            amounts = {f"limits.{name}": amount for name, amount in given.items()} | asked
            amounts |= {f"requests.{name}": amount for name, amount in asked.items()}
            for name, amount in amounts.items():
                used[name] = used.get(name, Fraction(0)) + amount
            compute = ("cpu", "memory")
            demanded = {each for one in compute for each in (one, f"requests.{one}", f"limits.{one}")}
            found += [f"{container['name']} lacks {each}" for each in demanded & hard.keys() - amounts.keys()]
            found += [f"{item} {name}" for name in asked.keys() & given.keys() if asked[name] > given[name]]
            most = limit.get("max", {})
            found += [f"{item} {name}" for name in most if given[name] > parse_quantity(most[name])]
    return found + [name for name in used.keys() & hard.keys() if used[name] > parse_quantity(hard[name])]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("index", range(len(REFUSED)))
def test_values_whose_pods_would_be_refused_are_refused(chart: Path, tmp_path: Path, index: int, release: str) -> None:
    values, named = REFUSED[index]
    refused, _ = rendered(chart, tmp_path / "values.json", values, release)
    assert named in refused


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("index", range(len(ADMITTED)))
def test_the_quota_and_the_limits_admit_the_pods(chart: Path, tmp_path: Path, index: int, release: str) -> None:
    refused, objects = rendered(chart, tmp_path / "values.json", ADMITTED[index], release)
    assert refused == ""
    assert {"ResourceQuota", "LimitRange"} & {item["kind"] for item in objects}
    assert problems(objects) == []
