"""The default images: registry, tag and digest of each are those of one environment."""

from pathlib import Path

import pytest
import yaml

from support.helm.helm import RELEASES, by_name, handed_over, template
from support.helm.small import chart_of
from support.kubernetes.manifests import Object, containers, pod_templates, read_folder
from support.project import Project

SYSTEM = """\
name: shop
images:
  web: { repository: shop/web }
  jobs: { repository: shop/jobs }
  postgres: { repository: shop/postgres }
  nats: { registry: docker.io, repository: library/nats, tag: "2.11" }
sizes: { small: { cpu: 100m, memory: 128Mi, memory_limit: 256Mi } }
components:
  web:
    kind: service
    image: web
    ports: [{ name: http, port: 8080 }]
    reaches: [db]
    side_cars: [{ name: jobs, image: jobs }]
  db: { kind: postgresql, image: postgres, storage: { size: 20Gi, path: /var/lib/postgresql/data } }
  bus: { kind: nats, image: nats, storage: { size: 1Gi, path: /data } }
"""
HOME = f"""\
target: local
domain: shop.example
registry: localhost:5000
owners: [team@shop.example]
release: {{ version: 2.0.0, images: {{ web: {{ tag: 2.0.0-home, digest: "sha256:{"1" * 64}" }} }} }}
cluster: {{ kubernetes_version: "1.34", context: home }}
"""
PROD = f"""\
target: aws
clouds: {{ aws: {{ account: "111122223333", region: eu-central-1, state: {{ bucket: shop-tfstate }} }} }}
network: {{ cidr: 10.42.0.0/16 }}
domain: shop.test
registry: registry.shop.test/apps
owners: [team@shop.example]
release: {{ version: 1.9.0, images: {{ web: {{ tag: 1.9.0-prod, digest: "sha256:{"2" * 64}" }} }} }}
cluster:
  kubernetes_version: "1.34"
  context: prod
  addons: {{ external_secrets: true }}
  node_pools: {{ general: {{ cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 5 }} }}
"""


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of two environments with different registries, releases and digests."""
    folder = tmp_path_factory.mktemp("images")
    project = Project(folder / "project")
    project.write_system(SYSTEM)
    project.write_environment("home", HOME)
    project.write_environment("prod", PROD)
    return chart_of(project, folder)


def images(objects: list[Object]) -> dict[str, str]:
    """Return the reference of each container's image, by its workload and name."""
    return {
        f"{item['metadata']['name']}/{container['name']}": container["image"]
        for item, pod in pod_templates(objects)
        for container in containers(pod)
    }


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
def test_the_default_images_are_those_of_one_environment(chart: Path, release: str) -> None:
    prod = images(read_folder(chart.parent / "kubernetes" / "prod"))
    found = images(template(chart, name="shop", release=release))
    assert found["web/web"] == f"registry.shop.test/apps/shop/web:1.9.0-prod@sha256:{'2' * 64}" == prod["web/web"]
    assert found["web/jobs"] == "registry.shop.test/apps/shop/jobs:1.9.0" == prod["web/jobs"]
    assert found["bus/bus"] == prod["bus/bus"]
    assert found["db/db"] == "registry.shop.test/apps/shop/postgres:1.9.0", "which only the other environment runs"


def test_the_chart_has_the_version_of_that_environment(chart: Path) -> None:
    facts = yaml.safe_load((chart / "Chart.yaml").read_text())
    assert (facts["version"], facts["appVersion"]) == ("1.9.0", "1.9.0")
    listed = {each["image"] for each in yaml.safe_load(facts["annotations"]["artifacthub.io/images"])}
    assert set(images(template(chart, name="shop")).values()) <= listed


@pytest.mark.parametrize("name", ["home", "prod"])
def test_each_environment_still_has_its_own(chart: Path, name: str) -> None:
    manifests = by_name(handed_over(read_folder(chart.parent / "kubernetes" / name)))
    assert by_name(template(chart, "--values", chart / f"values-{name}.yaml", name="shop")) == manifests
