"""The version of a password is the same number in a service and in its secret, and changes with their names."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import EnvironmentStack
from quantacirc_cdk.terraform.plain_app import PlainApp
from quantacirc_cdk.terraform.stack import declare_all
from support.project import Project
from support.unseen import CLOUD

Json = dict[str, Any]
WRITERS = {
    "aws": {
        "aws_db_instance.orders": "password_wo_version",
        "aws_secretsmanager_secret_version.orders_credentials": "secret_string_wo_version",
        "aws_elasticache_replication_group.fast": "auth_token_wo_version",
        "aws_secretsmanager_secret_version.fast_credentials": "secret_string_wo_version",
    },
    "gcp": {
        "google_sql_user.orders": "password_wo_version",
        "google_secret_manager_secret_version.orders_credentials": "secret_data_wo_version",
    },
    "azure": {
        "azurerm_postgresql_flexible_server.orders": "administrator_password_wo_version",
        "azurerm_key_vault_secret.orders_credentials": "value_wo_version",
    },
}
"""What writes a password that Terraform chooses, with the argument of its version."""


def versions(root: Path, target: str, system: str, **cloud: Any) -> dict[str, set[str]]:
    """Return the versions of the password of each store, and what keeps the first names."""
    stores = {
        name: {"kind": kind, "image": "store", "storage": {"size": "50Gi", "path": "/data"}}
        for name, kind in (("orders", "postgresql"), ("fast", "valkey"))
    }
    image = {"registry": "a.example", "repository": "x", "tag": "17"}
    made = Project(root)
    made.write_system(yaml.safe_dump({
        "name": system,
        "container": {"environment_prefix": "PLANT_", "http_port": 8080},
        "sizes": {"small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}},
        "images": {"app": {"repository": "app"}, "store": image},
        "components": stores | {"shop": {"kind": "service", "image": "app", "reaches": [*stores]}},
    }))  # fmt: skip
    document = yaml.safe_load(CLOUD) | {"target": target, "components": {}}
    document["clouds"][target] |= cloud
    made.write_environment("north", yaml.safe_dump(document))
    loaded = load_project(root)
    app: Any = PlainApp(outdir=root, version="0")
    stack = EnvironmentStack(app, "north", system=loaded.system, environment=loaded.environments["north"])
    declare_all([stack])
    found: dict[str, set[str]] = {}
    for element in stack.elements:
        name = element.name.partition("_")[0]
        if argument := WRITERS[target].get(element.address):
            found.setdefault(name, set()).add(element.arguments[argument])
        if element.type == "terraform_data":
            assert element.arguments["lifecycle"] == {"ignore_changes": ["input"]}
            found.setdefault(f"{name} first", set()).add(element.arguments["input"])
    return found


@pytest.mark.parametrize("target", WRITERS)
def test_a_service_and_its_secret_have_one_version_that_changes_with_their_names(target: str, tmp_path: Path) -> None:
    before, after = (versions(tmp_path / system, target, system) for system in ("plant", "works"))
    for name in {address.partition(".")[2].partition("_")[0] for address in WRITERS[target]}:
        (version,), (other,), (first,) = before[name], after[name], before[f"{name} first"]
        assert version != other
        assert f'terraform_data.{name}_password.input == "{first}" ? 0 : ' in version
        assert f"plant-north-{name}" in first


def test_a_secret_of_google_cloud_in_other_regions_is_another_one(tmp_path: Path) -> None:
    before = versions(tmp_path / "1", "gcp", "plant")
    after = versions(tmp_path / "2", "gcp", "plant", recovery_region="europe-west3")
    assert before["orders"] != after["orders"]
