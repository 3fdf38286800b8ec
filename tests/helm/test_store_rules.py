"""Differences that follow from a store: what names it."""

from pathlib import Path

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.helm.node import Choice, Insert, Text
from quantacirc_cdk.helm.rules.stores import mentions, says
from quantacirc_cdk.model import load_project
from support.helm.helm import template
from support.kubernetes.manifests import Object
from support.kubernetes.synthesis import render
from support.project import Project


@pytest.mark.parametrize(
    "node",
    [
        "postgres://ledger:5432",
        ["first\nledger second"],
        {"ledger": 1},
        Text(("ledger.", value("namespaceOverride"))),
        [Choice(value("x"), {"name": "ledger"})],
    ],
)
def test_a_name_is_found_in_keys_and_texts(node: object) -> None:
    assert mentions("ledger")((), node)


@pytest.mark.parametrize("node", ["ledger-backup", "my-ledger", Insert(value("ledger.existingSecret")), 5432])
def test_another_name_and_an_expression_are_no_name(node: object) -> None:
    assert not mentions("ledger")((), node)


def test_a_number_is_found() -> None:
    assert says(r"\b4317\b")((), {"ports": [{"port": 4317}]})
    assert not says(r"\b4317\b")((), {"ports": [{"port": 43170}]})


SYSTEM = """\
name: shop
toolbox: toolbox
images:
  web: { registry: ghcr.io, repository: shop/web, tag: 1.4.2 }
  weed: { registry: docker.io, repository: chrislusf/seaweedfs, tag: "4.01" }
  rclone: { registry: docker.io, repository: rclone/rclone, tag: 1.69.0 }
  postgres: { registry: docker.io, repository: library/postgres, tag: 17.6-alpine }
  toolbox: { registry: docker.io, repository: natsio/nats-box, tag: 0.19.0 }
sizes: { small: { cpu: 100m, memory: 128Mi, memory_limit: 256Mi } }
components:
  web: { kind: service, image: web, ports: [{ name: http, port: 8080 }], reaches: [db, archive] }
  db: { kind: postgresql, image: postgres, storage: { size: 20Gi, path: /var/lib/postgresql/data }, roles: {} }
  archive: { kind: object-store, image: weed, storage: { size: 1Gi, path: /data } }
  backups: { kind: object-store, image: weed, storage: { size: 1Gi, path: /data } }
  backup: { kind: job, image: rclone, schedule: "0 1 * * *", backs_up: db, reaches: [db, backups] }
"""
ELSEWHERE = """\
extends: home
target: aws
clouds: { aws: { account: "111122223333", region: eu-central-1, state: { bucket: shop-tfstate } } }
network: { cidr: 10.42.0.0/16 }
domain: shop.example
cluster:
  context: prod
  addons: { external_secrets: true }
  node_pools: { general: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 5 } }
"""


@pytest.fixture(scope="module")
def two_stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of a system whose stores are all in the cluster, or all in the cloud."""
    folder = tmp_path_factory.mktemp("stores")
    project = Project.small(folder / "project")
    project.write_system(SYSTEM)
    project.write_environment("prod", ELSEWHERE)
    render(project.root, folder / "kubernetes")
    system_chart(load_project(project.root), folder / "kubernetes").write(folder / "chart")
    return folder / "chart"


def rendered(chart: Path, *options: str) -> dict[str, Object]:
    return {f"{item['kind']}/{item['metadata']['name']}": item for item in template(chart, *options, name="shop")}


def made(objects: dict[str, Object]) -> set[str]:
    """Return the Secrets that are generated, which the Job may also write."""
    lines = set(objects["ConfigMap/create-secrets"]["data"]["secrets"].splitlines())
    names = {line.split()[0] for line in lines if line.strip()}
    (role,) = [item for key, item in objects.items() if key == "Role/create-secrets"]
    allowed = {name for rule in role["rules"] for name in rule.get("resourceNames", ())}
    assert names <= allowed
    return names


def store_of(objects: dict[str, Object]) -> dict[str, str]:
    pod = objects["CronJob/backup"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    containers = [*pod.get("initContainers", ()), *pod["containers"]]
    return {one["name"]: one.get("value", "") for each in containers for one in each.get("env", ())}


@pytest.mark.slow
@pytest.mark.parametrize("store", ["archive", "backups", "db"])
def test_what_depends_on_one_store_follows_it_and_no_other(two_stores: Path, store: str) -> None:
    """All three stores are elsewhere in the same environment, so that this alone does not tell them apart."""
    all_made = {"archive", "backup-key", "backups", "db", "db-owner", "db-reader", "db-writer"}
    objects = rendered(two_stores, "--set", f"{store}.enabled=false,{store}.existingSecret=mine")
    assert made(objects) == all_made - {store}
    assert store_of(objects)["RCLONE_CONFIG_STORE_PROVIDER"] == "Other"
    elsewhere = rendered(two_stores, "--values", str(two_stores / "values-prod.yaml"), "--set", f"{store}.enabled=true")
    assert store_of(elsewhere)["RCLONE_CONFIG_STORE_PROVIDER"] == ("Other" if store == "backups" else "AWS")
    fetched = {key for key in elsewhere if key.startswith("ExternalSecret/")}
    assert f"ExternalSecret/{store}" not in fetched
    assert store in made(elsewhere)
    assert ("backup-key" in made(elsewhere)) == (store == "backups")
