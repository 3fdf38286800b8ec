"""Where pods run by default: as every environment wants it; values replace it, also an affinity with other pods."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.helm.helm import RELEASES, by_name, handed_over, template
from support.helm.small import chart_of, small_project
from support.helm.valid import wrong
from support.kubernetes.manifests import Object, pod_templates, read_folder
from support.project import ENVIRONMENT

pytestmark = pytest.mark.integration

PLACED = """\
    exposed: true
    placement:
      architecture: amd64
      node_selector: { disk: ssd }
      tolerations: [{ key: dedicated, value: web, effect: NoSchedule }]
      apart: [{ component: shop }]
"""
SELECTOR = {"disk": "ssd", "kubernetes.io/arch": "amd64"}
TOLERATIONS = [{"effect": "NoSchedule", "key": "dedicated", "operator": "Equal", "value": "web"}]
WORK = ENVIRONMENT.replace("kind-bakery", "kind-work").replace("bakery.example", "work.example")
NEAR = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]}}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of two environments that place one component alike, and another one not."""
    folder = tmp_path_factory.mktemp("placed")
    project = small_project(folder, ("    exposed: true\n", PLACED))
    own = "components: { baker: { placement: { node_selector: { disk: %s }, tolerations: [{ key: %s }] } } }\n"
    project.write_environment("home", ENVIRONMENT + own % ("old", "old"))
    project.write_environment("work", WORK + own % ("new", "new"))
    return chart_of(project, folder)


def pod(objects: list[Object], name: str) -> Any:
    (found,) = [
        pod for item, pod in pod_templates(objects) if (item["kind"], item["metadata"]["name"]) == ("Deployment", name)
    ]
    return found["spec"]


def rendered(chart: Path, folder: Path, values: Any, release: str = "helm") -> list[Object]:
    file = folder / "values.yaml"
    file.write_text(json.dumps(values), encoding="utf-8")
    objects = template(chart, "--values", file, name="bakery", release=release)
    assert wrong(objects) == []
    return objects


@pytest.mark.parametrize("release", RELEASES)
def test_what_all_environments_want_is_the_default(small: Path, tmp_path: Path, release: str) -> None:
    objects = rendered(small, tmp_path, {}, release)
    shop, baker = pod(objects, "shop"), pod(objects, "baker")
    assert (shop["nodeSelector"], shop["tolerations"]) == (SELECTOR, TOLERATIONS)
    assert "podAntiAffinity" in shop["affinity"]
    assert not {"nodeSelector", "tolerations"} & baker.keys(), "which is a matter of each cluster"


@pytest.mark.parametrize("name", ["home", "work"])
def test_each_environment_has_its_own(small: Path, name: str) -> None:
    manifests = by_name(handed_over(read_folder(small.parent / "kubernetes" / name)))
    assert by_name(template(small, "--values", small / f"values-{name}.yaml", name="bakery")) == manifests


def test_values_replace_the_default(small: Path, tmp_path: Path) -> None:
    others = [{"key": "other", "operator": "Exists"}]
    said = {"nodeSelector": {"disk": None, "pool": "web"}, "tolerations": others, "affinity": NEAR}
    shop = pod(rendered(small, tmp_path, {"shop": said}), "shop")
    assert shop["nodeSelector"] == {"kubernetes.io/arch": "amd64", "pool": "web"}
    assert (shop["tolerations"], shop["affinity"]) == (others, NEAR)
    shop = pod(rendered(small, tmp_path, {"shop": {"tolerations": []}}), "shop")
    assert "tolerations" not in shop


def test_global_values_are_those_of_components_without_their_own(small: Path, tmp_path: Path) -> None:
    others = [{"key": "other", "operator": "Exists"}]
    objects = rendered(small, tmp_path, {"global": {"tolerations": others, "affinity": NEAR}})
    assert (pod(objects, "shop")["tolerations"], pod(objects, "shop")["affinity"]) == (TOLERATIONS, NEAR)
    assert (pod(objects, "baker")["tolerations"], pod(objects, "baker")["affinity"]) == (others, NEAR)


def test_the_node_pool_of_an_environment_is_no_default(tmp_path: Path) -> None:
    """Nodes of other clusters do not have its label."""
    project = small_project(tmp_path)
    pool = "node_pools: { own: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 5 } }\n  route_certificates: none\n"
    cluster = ENVIRONMENT.replace("owners:", f"  {pool}owners:").replace("target: local", CLOUD)
    placed = "components: { shop: { placement: { node_pool: own, architecture: amd64 } } }\n"
    project.write_environment("home", cluster + placed)
    shop = pod(rendered(chart_of(project, tmp_path), tmp_path, {}), "shop")
    assert shop["nodeSelector"] == {"kubernetes.io/arch": "amd64"}


CLOUD = """\
target: aws
clouds: { aws: { account: "111122223333", region: eu-central-1, state: { bucket: shop-tfstate } } }
network: { cidr: 10.42.0.0/16 }"""
