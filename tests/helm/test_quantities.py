"""Amounts of CPU, memory and disk that users set as numbers, as the Kubernetes API takes them."""

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.limits.quantity import parse_quantity
from support.helm.helm import RELEASES, run, template
from support.helm.small import small_chart
from support.helm.valid import wrong
from support.kubernetes.manifests import Object, pod_templates

pytestmark = pytest.mark.integration

GIBIBYTE = 2**30


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of the small system."""
    return small_chart(tmp_path_factory.mktemp("small"))


@pytest.fixture(params=["quantacirc", "bakery"])
def section(request: pytest.FixtureRequest, chart: Path, small: Path) -> tuple[Path, str, str]:
    """Return a chart, its name, and the section of one of its components."""
    name = str(request.param)
    return (chart, name, "orchestrator") if name == "quantacirc" else (small, name, "shop")


def amount(value: Any) -> Fraction:
    return parse_quantity(str(value))


def resources(objects: Sequence[Object], name: str) -> Any:
    (pod,) = [
        pod for item, pod in pod_templates(objects) if (item["kind"], item["metadata"]["name"]) == ("Deployment", name)
    ]
    return pod["spec"]["containers"][0]["resources"]


def said(folder: Path, values: Any) -> list[str | Path]:
    file = folder / "values.yaml"
    file.write_text(json.dumps(values), encoding="utf-8")
    return ["--values", file]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("by_file", [True, False])
def test_numbers_are_amounts(section: tuple[Path, str, str], tmp_path: Path, release: str, *, by_file: bool) -> None:
    chart, name, component = section
    limits = {"cpu": 2, "memory": GIBIBYTE, "nvidia.com/gpu": 1}
    values: dict[str, Any] = {
        component: {"resources": {"limits": limits}},
        "bus": {"persistence": {"size": 3 * GIBIBYTE}},
    }
    plain = [
        f"{component}.resources.limits.cpu=2,{component}.resources.limits.memory={GIBIBYTE}",
        rf"{component}.resources.limits.nvidia\.com/gpu=1,bus.persistence.size={3 * GIBIBYTE}",
    ]
    options = said(tmp_path, values) if by_file else ["--set", ",".join(plain)]
    objects = template(chart, *options, name=name, release=release)
    assert wrong(objects) == []
    found = resources(objects, component)["limits"]
    assert {key: amount(found[key]) for key in limits} == limits
    claims = [item["spec"].get("volumeClaimTemplates") for item in objects if item["kind"] == "StatefulSet"]
    sizes = [amount(claim["spec"]["resources"]["requests"]["storage"]) for one in claims for claim in one or []]
    assert sizes.count(Fraction(3 * GIBIBYTE)) == 1


def test_a_fraction_of_a_core_is_an_amount(section: tuple[Path, str, str], tmp_path: Path) -> None:
    chart, name, component = section
    objects = template(chart, *said(tmp_path, {component: {"resources": {"requests": {"cpu": 0.25}}}}), name=name)
    assert amount(resources(objects, component)["requests"]["cpu"]) == Fraction(1, 4)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cpu", 0), ("cpu", -1), ("cpu", True), ("memory", 512), ("memory", 2048.5), ("memory", 2**53),
        ("ephemeral-storage", 1), ("nvidia.com/gpu", 1.5), ("nvidia.com/gpu", 0),
    ],
)  # fmt: skip
def test_a_number_that_is_no_amount_is_refused_by_name(
    section: tuple[Path, str, str], tmp_path: Path, key: str, value: Any, release: str
) -> None:
    chart, name, component = section
    values = {component: {"resources": {"limits": {key: value}}}}
    done = run("template", name, chart, *said(tmp_path, values), release=release)
    assert done.returncode != 0
    assert component in done.stderr
    assert key.partition("/")[0] in done.stderr


def test_a_request_above_its_limit_is_refused_whatever_their_forms(
    section: tuple[Path, str, str], tmp_path: Path
) -> None:
    chart, name, component = section
    for request, limit in ((2 * GIBIBYTE, "1Gi"), ("2Gi", GIBIBYTE), (2 * GIBIBYTE, GIBIBYTE)):
        values = {component: {"resources": {"requests": {"memory": request}, "limits": {"memory": limit}}}}
        done = run("template", name, chart, *said(tmp_path, values))
        assert f"{component}.resources has a request of" in done.stderr


def test_the_quota_grows_with_numbers_and_can_be_numbers(section: tuple[Path, str, str], tmp_path: Path) -> None:
    chart, name, component = section
    values = {
        component: {"resources": {"requests": {"memory": 10**12}, "limits": {"memory": 10**12}}},
        "resourceQuota": {"create": True, "hard": {"pods": 5000, "requests.memory": 10**13, "limits.memory": GIBIBYTE}},
        "limitRange": {"create": True},
    }
    objects = template(chart, *said(tmp_path, values), name=name)
    assert wrong(objects) == []
    (hard,) = [item["spec"]["hard"] for item in objects if item["kind"] == "ResourceQuota"]
    assert (amount(hard["pods"]), amount(hard["requests.memory"])) == (5000, 10**13)
    assert amount(hard["limits.memory"]) >= 10**12
    (limits,) = [item["spec"]["limits"] for item in objects if item["kind"] == "LimitRange"]
    assert amount(next(one["max"]["memory"] for one in limits if one["type"] == "Container")) >= 10**12


def test_the_limit_of_a_bus_follows_a_number(chart: Path, tmp_path: Path) -> None:
    """Its configuration says how much of the volume it may use."""

    def stated(size: Any) -> list[str]:
        objects = template(chart, *said(tmp_path, {"bus": {"persistence": {"size": size}}}), name="quantacirc")
        texts = [text for item in objects if item["kind"] == "ConfigMap" for text in item.get("data", {}).values()]
        return sorted(line.strip() for text in texts for line in text.splitlines() if "max_file_store" in line)

    assert stated(20 * GIBIBYTE) == stated("20Gi") != stated("30Gi")


@pytest.mark.parametrize("release", RELEASES)
def test_the_size_of_scratch_space_is_an_amount(chart: Path, tmp_path: Path, release: str) -> None:
    def volume(size: Any) -> Any:
        values = {"busBackup": {"scratch": {"requestsStorage": size}}}
        done = run("template", "quantacirc", chart, *said(tmp_path, values), release=release)
        return done.stderr if done.returncode else f"storage: {2 * GIBIBYTE}" in done.stdout

    assert volume(2 * GIBIBYTE) is True
    assert "requestsStorage" in volume("much")
