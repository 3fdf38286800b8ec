"""Any number of stores of each kind, each with names and keys of its own, and nothing of them where none is used."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, EnvironmentStack
from support.project import Project
from support.unseen import CLOUD

Json = dict[str, Any]


def project_with(root: Path, components: Json, settings: Json | None = None) -> Project:
    """Return a project on AWS with these components and what its environment says of them."""
    image = {"registry": "docker.io", "repository": "library/x", "tag": "17"}
    system = {
        "name": "plant",
        "container": {"environment_prefix": "PLANT_", "http_port": 8080},
        "sizes": {"small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}},
        "images": {"app": {"repository": "app"}, "store": image},
        "components": components,
    }
    project = Project(root)
    project.write_system(yaml.safe_dump(system))
    project.write_environment("north", yaml.safe_dump(yaml.safe_load(CLOUD) | {"components": settings or {}}))
    return project


def stack_of(project: Project, out: Path) -> Json:
    """Return the stack of the environment, by the address of each resource."""
    loaded = load_project(project.root)
    app = App(outdir=out)
    EnvironmentStack(app, "north-aws", system=loaded.system, environment=loaded.environments["north"])
    app.synth()
    document: Json = json.loads((out / "stacks" / "north-aws" / "cdk.tf.json").read_text())
    found = {f"{kind}.{name}": one for kind, named in document["resource"].items() for name, one in named.items()}
    return found | {"output": document["output"]}


def store(kind: str) -> Json:
    return {"kind": kind, "image": "store", "storage": {"size": "50Gi", "path": "/data"}}


STORES = {"orders": "postgresql", "stock": "postgresql", "photos": "object-store", "films": "object-store"}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """Return the stack of a shop with two databases and two buckets."""
    folder = tmp_path_factory.mktemp("several")
    components = {name: store(kind) for name, kind in STORES.items()}
    components["shop"] = {"kind": "service", "image": "app", "reaches": sorted(STORES)}
    settings = {"orders": {"storage": "100Gi"}, "stock": {"version": "16", "deletion_protection": False}}
    return stack_of(project_with(folder, components, settings), folder / "out")


@pytest.mark.integration
def test_each_database_has_its_settings_key_and_secret(several: Json) -> None:
    orders, stock = several["aws_db_instance.orders"], several["aws_db_instance.stock"]
    assert (orders["identifier"], orders["allocated_storage"], orders["engine_version"]) == (
        "plant-north-orders",
        100,
        "17",
    )
    assert (stock["identifier"], stock["allocated_storage"], stock["engine_version"]) == ("plant-north-stock", 50, "16")
    assert (orders["kms_key_id"], stock["kms_key_id"]) == ("${aws_kms_key.orders.arn}", "${aws_kms_key.stock.arn}")
    assert {"orders_host", "stock_host", "orders_credentials", "stock_credentials"} <= several["output"].keys()
    assert "aws_secretsmanager_secret.stock_credentials" in several


def test_each_bucket_has_its_key_and_its_own_grant(several: Json) -> None:
    assert several["aws_s3_bucket.photos"]["bucket"] == "plant-north-photos-444455556666"
    assert {"aws_kms_key.photos", "aws_kms_key.films"} <= several.keys()
    for name in ("photos", "films"):
        assert several[f"aws_iam_role_policy.shop_{name}"]["name"] == name


@pytest.mark.integration
@pytest.mark.parametrize("protected", [True, False])
def test_the_protection_of_a_database_is_not_that_of_the_cluster(tmp_path: Path, protected: bool) -> None:
    components = {"orders": store("postgresql")}
    settings = {"orders": {"storage": "100Gi", "deletion_protection": protected}}
    found = stack_of(project_with(tmp_path, components, settings), tmp_path / "out")
    assert found["aws_eks_cluster.cluster"]["lifecycle"]["prevent_destroy"] is True
    assert found["aws_db_instance.orders"]["deletion_protection"] is protected


def test_a_shop_without_stores_has_no_key_subnet_or_secret_of_one(tmp_path: Path) -> None:
    shop = {"shop": {"kind": "service", "image": "app"}}
    found = stack_of(project_with(tmp_path, shop), tmp_path / "out")
    keys = {address for address in found if address.startswith("aws_kms_key.")}
    assert keys == {f"aws_kms_key.{purpose}" for purpose in ("cluster", "logs", "registry", "volumes")}
    assert not [address for address in found if "database" in address or "aws_secretsmanager" in address]


def test_a_store_that_is_there_already_makes_nothing_but_its_secret(tmp_path: Path) -> None:
    components = {"orders": store("postgresql"), "shop": {"kind": "service", "image": "app", "reaches": ["orders"]}}
    existing = {"cidrs": ["10.9.0.0/24"], "secret": "orders-login"}
    project = project_with(tmp_path, components, {"orders": {"provider": "existing", "existing": existing}})
    found = stack_of(project, tmp_path / "out")
    assert not [address for address in found if address.startswith("aws_db_instance.")]
    assert "aws_secretsmanager_secret.secrets_orders_login" in found
    loaded = load_project(project.root)
    contract = contract_of(loaded.system, loaded.environments["north"])
    assert contract.secrets["orders-login"].written_by == "people"
    assert sorted(contract.secrets["orders-login"].keys) == ["database", "host", "password", "port", "username"]
