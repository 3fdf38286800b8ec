"""Dashboards of Grafana: each release has its own, in whatever namespace it is installed."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.helm.helm import RELEASES, by_name, handed_over, template
from support.helm.small import chart_of, small_project
from support.kubernetes.manifests import Object, read_folder
from support.project import ENVIRONMENT

pytestmark = pytest.mark.integration

ON = ("--set", "addons.prometheusOperator=true")
LABEL = "grafana_dashboard"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of two environments in namespaces of different names."""
    folder = tmp_path_factory.mktemp("dashboards")
    project = small_project(folder)
    watched = ENVIRONMENT.replace("cluster:", "cluster:\n  addons: { prometheus_operator: true }")
    project.write_environment("home", f"{watched}namespace: bakery-home\n")
    work = watched.replace("kind-bakery", "kind-work").replace("bakery.example", "work.example")
    project.write_environment("work", f"{work}namespace: sales\n")
    return chart_of(project, folder)


def dashboards(objects: list[Object]) -> dict[str, Any]:
    """Return the dashboards by the file that Grafana's sidecar writes."""
    maps = [item for item in objects if LABEL in item["metadata"].get("labels", {})]
    return {file: json.loads(text) for item in maps for file, text in item["data"].items()}


@pytest.mark.parametrize("release", RELEASES)
def test_releases_share_neither_file_nor_id(small: Path, chart: Path, release: str) -> None:
    for which, system in ((small, "bakery"), (chart, "quantacirc")):
        found = [
            dashboards(template(which, *ON, *more, name=name, namespace=namespace, release=release))
            for name, namespace, more in (
                ("blue", "shared", ()),
                ("green", "shared", ()),
                ("blue", "other", ()),
                (system, "shared", ()),
                (system, "shared", ("--set", "namespaceOverride=third")),
            )
        ]
        files = [file for each in found for file in each]
        ids = [dashboard["uid"] for each in found for dashboard in each.values()]
        assert len(set(files)) == len(files) == len(set(ids)) == len(found)
        assert {len(one) for one in ids} == {20}
        titles = [dashboard["title"].split()[0] for each in found for dashboard in each.values()]
        assert titles == [f"blue-{system}", f"green-{system}", f"blue-{system}", system, system]
        tags = [dashboard["tags"] for each in found for dashboard in each.values()]
        assert tags == [["shared"], ["shared"], ["other"], ["shared"], ["third"]]


def test_the_namespace_of_an_override_is_that_of_the_release(small: Path, chart: Path) -> None:
    for which in (small, chart):
        override = template(which, *ON, "--set", "namespaceOverride=third", name="blue", namespace="shared")
        assert dashboards(override) == dashboards(template(which, *ON, name="blue", namespace="third"))


def test_no_environment_s_namespace_is_in_the_release_of_another(small: Path) -> None:
    more = "namespace.create=true,resourceQuota.create=true,limitRange.create=true,shop.ingress.enabled=true"
    objects = template(small, *ON, "--set", more, name="blue", namespace="third")
    assert [word for word in ("bakery-home", "sales") if word in json.dumps(objects)] == []


@pytest.mark.parametrize(("name", "namespace"), [("home", "bakery-home"), ("work", "sales")])
def test_each_environment_has_its_manifests_without_a_value_for_them(small: Path, name: str, namespace: str) -> None:
    manifests = by_name(handed_over(read_folder(small.parent / "kubernetes" / name)))
    found = template(small, "--values", small / f"values-{name}.yaml", name="bakery", namespace=namespace)
    assert by_name(found) == manifests
    assert "bakeryDashboard" not in yaml.safe_load((small / "values.yaml").read_text())
