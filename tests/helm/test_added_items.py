"""Items that users add beside the chart's own: variables replace those of the same name, other names must be new."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.helm.helm import RELEASES, run, template
from support.helm.small import small_chart
from support.helm.valid import wrong
from support.kubernetes.manifests import Object, pod_templates

pytestmark = pytest.mark.integration

SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
SHOP = """\
    environment:
      HOST: { secret: shop, key: host }
      URL: { expand: "https://$(HOST)/" }
      LAST: { field: status.podIP }
    init_containers: [{ name: migrate, command: [migrate], environment: { STEP: { field: metadata.name } } }]
    side_cars: [{ name: proxy, image: nats }]
    exposed: true
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of a system whose component has variables, an init container and a side-car."""
    return small_chart(tmp_path_factory.mktemp("small"), [("    exposed: true\n", SHOP)])


def container(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": "busybox:1", "securityContext": SECURITY, **more}


def done(
    chart: Path, name: str, values: dict[str, Any], folder: Path, release: str = "helm"
) -> tuple[str, list[Object]]:
    """Return why Helm refuses these values, or what it renders with them."""
    file = folder / "values.yaml"
    file.write_text(json.dumps(values), encoding="utf-8")
    said = run("template", name, chart, "--values", file, release=release)
    return (said.stderr, []) if said.returncode else ("", template(chart, "--values", file, name=name, release=release))


def env(objects: list[Object], name: str, group: str = "containers", index: int = 0) -> list[tuple[str, Any]]:
    """Return the variables of a container, each with its value."""
    (pod,) = [
        pod for item, pod in pod_templates(objects) if (item["kind"], item["metadata"]["name"]) == ("Deployment", name)
    ]
    return [(each["name"], each.get("value")) for each in pod["spec"][group][index].get("env", [])]


@pytest.mark.parametrize("release", RELEASES)
def test_a_variable_replaces_the_one_of_the_chart_where_others_refer_to_it(
    small: Path, tmp_path: Path, release: str
) -> None:
    values = {
        "global": {"extraEnv": [{"name": "LAST", "value": "1"}, {"name": "ZONE", "value": "b"}]},
        "shop": {
            "extraEnv": [
                {"name": "NEW", "value": "$(URL)"},
                {"name": "HOST", "value": "c"},
                {"name": "ZONE", "value": "d"},
            ]
        },
    }
    refused, objects = done(small, "bakery", values, tmp_path, release)
    assert refused == ""
    wanted = [("HOST", "c"), ("URL", "https://$(HOST)/"), ("LAST", "1"), ("ZONE", "d"), ("NEW", "$(URL)")]
    assert sorted(env(objects, "shop")) == sorted(wanted)
    names = [name for name, _ in env(objects, "shop")]
    assert names.index("HOST") < names.index("URL") < names.index("NEW")
    assert env(objects, "shop", "initContainers") == [("STEP", None), ("LAST", "1"), ("ZONE", "b")]
    assert wrong(objects) == []


def test_a_variable_that_the_chart_has_only_with_an_add_on_is_there_without_it(chart: Path, tmp_path: Path) -> None:
    said = {"extraEnv": [{"name": "OTEL_SERVICE_NAME", "value": "mine"}]}
    for tracing in (False, True):
        values = {"orchestrator": said, "addons": {"tracing": tracing}, "otelCollector": {"enabled": tracing}}
        refused, objects = done(chart, "quantacirc", values, tmp_path)
        assert refused == ""
        assert env(objects, "orchestrator").count(("OTEL_SERVICE_NAME", "mine")) == 1
        assert wrong(objects) == []


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("key", "items", "named"),
    [
        ("extraEnv", [{"name": "A"}, {"name": "A"}], "extraEnv must not have the name A twice"),
        ("extraVolumes", [{"name": "tmp", "emptyDir": {}}], "extraVolumes must not have the name tmp, which"),
        ("extraVolumes", [{"name": "a", "emptyDir": {}}] * 2, "extraVolumes must not have the name a twice"),
        (
            "extraVolumeMounts",
            [{"name": "tmp", "mountPath": "/tmp/"}],
            "extraVolumeMounts must not have the mountPath /tmp, which",
        ),
        (
            "extraVolumeMounts",
            [{"name": "tmp", "mountPath": "/a"}] * 2,
            "extraVolumeMounts must not have the mountPath /a twice",
        ),
        ("extraContainers", [container("a"), container("a")], "extraContainers must not have the name a twice"),
        ("extraInitContainers", [container("a"), container("a")], "extraInitContainers must not have the name a twice"),
        (
            "extraVolumeMounts",
            [{"name": "b", "mountPath": "/b"}],
            "extraVolumeMounts mounts the volume b, which",
        ),
        (
            "extraContainers",
            [container("a", volumeMounts=[{"name": "b", "mountPath": "/b"}])],
            "extraContainers mounts the volume b, which the pods lack",
        ),
        (
            "extraContainers",
            [container("a", env=[{"name": "A"}] * 2)],
            "extraContainers (env of a) must not have the name A twice",
        ),
    ],
)
def test_two_items_with_one_name_are_refused(
    chart: Path, small: Path, tmp_path: Path, key: str, items: list[Any], named: str, release: str
) -> None:
    for which, name, section in ((small, "bakery", "shop"), (chart, "quantacirc", "orchestrator")):
        refused, _ = done(which, name, {section: {key: items}}, tmp_path, release)
        assert f"{section}.{named}" in refused


@pytest.mark.parametrize("key", ["extraContainers", "extraInitContainers"])
@pytest.mark.parametrize("name", ["shop", "proxy", "migrate"])
def test_a_container_of_the_chart_cannot_be_added_again(small: Path, tmp_path: Path, key: str, name: str) -> None:
    refused, _ = done(small, "bakery", {"shop": {key: [container(name)]}}, tmp_path)
    assert f"shop.{key} must not have the name {name}, which the component has already" in refused


def test_an_init_container_and_a_container_have_different_names(small: Path, tmp_path: Path) -> None:
    values = {"shop": {"extraContainers": [container("a")], "extraInitContainers": [container("a")]}}
    refused, _ = done(small, "bakery", values, tmp_path)
    assert "shop.extraContainers must not have the name a twice" in refused


def test_a_volume_with_the_name_of_a_volume_claim_is_refused(small: Path, tmp_path: Path) -> None:
    refused, _ = done(small, "bakery", {"bus": {"extraVolumes": [{"name": "data", "emptyDir": {}}]}}, tmp_path)
    assert "bus.extraVolumes must not have the name data, which the component has already" in refused


def test_new_names_are_added(small: Path, tmp_path: Path) -> None:
    values = {
        "shop": {
            "extraVolumes": [{"name": "a", "emptyDir": {}}],
            "extraVolumeMounts": [{"name": "a", "mountPath": "/a"}, {"name": "a", "mountPath": "/b"}],
            "extraContainers": [container("b", env=[{"name": "A"}], volumeMounts=[{"name": "a", "mountPath": "/c"}])],
            "extraInitContainers": [container("c")],
        }
    }
    refused, objects = done(small, "bakery", values, tmp_path)
    assert refused == ""
    assert wrong(objects) == []
