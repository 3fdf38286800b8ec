"""What a user of the chart sets: defaults that work, values that are refused by name, the chart inside another."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from helm_support.helm import RELEASES, run, template
from helm_support.valid import wrong
from kubernetes_support.schemas import CORE
from quantacirc_cdk.model import Project


def switches(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield every boolean of the values with its path."""
    if isinstance(values, bool):
        yield path, values
    elif isinstance(values, dict):
        for key, value in values.items():
            yield from switches(value, (*path, key))


def nested(path: tuple[str, ...], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


@pytest.mark.parametrize("release", RELEASES)
def test_no_values_at_all_give_a_working_system(chart: Path, project: Project, release: str) -> None:
    objects = template(chart, name=project.system.name, release=release, tests=True)
    kinds = {item["kind"] for item in objects}
    assert {"Deployment", "StatefulSet", "Service", "NetworkPolicy"} <= kinds
    assert {item["apiVersion"] for item in objects} <= CORE, "the defaults need no add-on"
    assert wrong(objects) == []


@pytest.mark.slow
def test_every_switch_can_be_flipped(chart: Path, project: Project, tmp_path: Path) -> None:
    found = list(switches(yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))))
    assert len(found) > 10
    file = tmp_path / "values.yaml"
    for path, value in found:
        file.write_text(yaml.safe_dump(nested(path, not value)), encoding="utf-8")
        objects = template(chart, "--values", file, name=project.system.name)
        assert wrong(objects) == [], f"{'.'.join(path)}={not value}"


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"addons": {"keda": "yes please"}}, "keda"),
        ({"adons": {}}, "adons"),
        ({"target": "moon"}, "target"),
        ({"commonLabels": ["a"]}, "commonLabels"),
        ({"orchestrator": {"autoscaling": {"minReplicas": 0}}}, "minReplicas"),
        ({"orchestrator": {"autoscaling": {"maxReplicas": 1001}}}, "maxReplicas"),
        ({"bus": {"persistence": {"size": "ten"}}}, "size"),
        ({"bus": {"persistense": {}}}, "persistense"),
        ({"orchestrator": {"image": {"digest": "sha256:abc"}}}, "digest"),
        ({"orchestrator": {"extraVolumes": [{"name": "extra-host", "hostPath": {"path": "/"}}]}}, "extraVolumes"),
        ({"commonLabels": {"app.kubernetes.io/name": "x"}}, "commonLabels"),
    ],
)
def test_bad_values_are_refused_and_named(
    chart: Path, project: Project, tmp_path: Path, values: dict[str, Any], named: str, release: str
) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    done = run("template", project.system.name, chart, "--values", file, release=release)
    assert done.returncode != 0
    assert named in done.stderr


def test_the_schema_is_closed_and_says_what_everything_is(chart: Path) -> None:
    schema = json.loads((chart / "values.schema.json").read_text(encoding="utf-8"))
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    silent = [path for path, entry in entries(schema) if "description" not in entry]
    assert silent == []
    assert schema["additionalProperties"] is False


def entries(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, entry in schema.get("properties", {}).items():
        yield f"{path}.{name}", entry
        if "default" not in entry:
            yield from entries(entry, f"{path}.{name}")


@pytest.mark.parametrize("release", RELEASES)
def test_the_chart_is_a_part_of_another(chart: Path, project: Project, tmp_path: Path, release: str) -> None:
    parent = tmp_path / "parent"
    shutil.copytree(chart, parent / "charts" / chart.name)
    version = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))["version"]
    (parent / "Chart.yaml").write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v2",
                "name": "parent",
                "version": "1.0.0",
                "dependencies": [
                    {"name": chart.name, "version": version, "alias": "engine", "condition": "engine.enabled"}
                ],
            }
        ),
        encoding="utf-8",
    )
    (parent / "values.yaml").write_text(
        yaml.safe_dump({"engine": {"enabled": True, "commonLabels": {"team": "a"}}}), encoding="utf-8"
    )
    objects = template(parent, name="anything", release=release)
    assert {item["metadata"]["labels"]["team"] for item in objects} == {"a"}
    assert wrong([item for item in objects if item["apiVersion"] in CORE]) == []
    assert template(parent, "--set", "engine.enabled=false", name="anything", release=release) == []
