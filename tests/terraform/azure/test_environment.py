"""The project's environments on Azure: one line switches them, and they offer what they offer on AWS."""

import json
import re
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError, PropsError
from quantacirc_cdk.terraform import App, Stack, schemas
from quantacirc_cdk.terraform.azure import DnsZone
from quantacirc_cdk.terraform.interface import DnsZoneProps
from support.terraform.graph import order
from support.terraform.stacks import Json, read_stack, resources
from support.terraform.switched import ENVIRONMENTS, add_replicas, switch_project, synthesize
from support.terraform.validate import planned, validated
from support.tools import ROOT

pytestmark = pytest.mark.integration

NAMES = [f"{name}-azure" for name in ENVIRONMENTS]
STATEFUL = {
    "azurerm_container_registry.registry",
    "azurerm_dns_zone.zone",
    "azurerm_key_vault.keys",
    "azurerm_key_vault.keys_recovery",
    "azurerm_key_vault.secrets",
    *(f"azurerm_key_vault_key.{purpose}" for purpose in ("artifacts", "cluster", "ledger", "logs", "registry")),
    *(f"azurerm_key_vault_key.{purpose}" for purpose in ("secrets", "volumes", "artifacts_recovery")),
    *(f"azurerm_key_vault_key.{purpose}" for purpose in ("backups", "backups_recovery")),
    "azurerm_key_vault_key.ledger_recovery",
    "azurerm_key_vault_secret.ledger_credentials",
    "azurerm_key_vault_secret.secrets_llm_providers",
    "azurerm_kubernetes_cluster.cluster",
    "azurerm_postgresql_flexible_server.ledger",
    "azurerm_postgresql_flexible_server_database.ledger",
    "azurerm_resource_group.main",
    "azurerm_resource_group.recovery",
    "azurerm_storage_account.artifacts",
    "azurerm_storage_account.backups",
    "azurerm_storage_account.network_flow_logs",
    "azurerm_storage_container.artifacts",
    "azurerm_storage_container.backups",
    "azurerm_virtual_network.network",
}
"""A change of one of these addresses destroys data or cuts everything off. If it must change, use ``move_from_id``."""
ONLY_WITH_HIGH_AVAILABILITY = {
    "azurerm_storage_account.artifacts_recovery",
    "azurerm_storage_account.backups_recovery",
    "azurerm_storage_container.artifacts_recovery",
    "azurerm_storage_container.backups_recovery",
}


def test_one_line_switches_every_environment(azure: Path) -> None:
    assert set(NAMES) <= {path.name for path in (azure / "stacks").iterdir()}


def test_a_region_without_zones_is_asked_for_none(tmp_path: Path) -> None:
    edits = {"region: westeurope": "region: westus", "recovery_region: northeurope": "recovery_region: eastus"}
    project = switch_project(tmp_path / "project", "azure", edits | {"zones: 3": "zones: 1"})
    for name in ("local", "staging", "prod"):
        (project / "apps" / "environments" / f"{name}.yaml").unlink()
    out = synthesize(add_replicas(project, "dev"), tmp_path / "out")
    stack = resources(read_stack(out, "dev-azure"))
    assert "azurerm_postgresql_flexible_server.ledger_read_2" in stack
    (cluster,) = (one for address, one in stack.items() if address.startswith("azurerm_kubernetes_cluster."))
    assert "zones" not in cluster["default_node_pool"]
    assert "zone" not in stack["azurerm_postgresql_flexible_server.ledger"]
    assert stack["azurerm_container_registry.registry"]["zone_redundancy_enabled"] is False
    accounts = {**resources(read_stack(out, "dev-azure-bootstrap")), **stack}
    replication = [one["account_replication_type"] for at, one in accounts.items() if "storage_account." in at]
    assert (len(replication), set(replication)) == (4, {"LRS"})
    zoned = {address for address, one in stack.items() if one.get("zones") or one.get("zone")}
    assert zoned == set()


def test_one_gateway_serves_a_region_without_zones(tmp_path: Path) -> None:
    edits = {"region: westeurope": "region: westus", "recovery_region: northeurope": "recovery_region: eastus"}
    edits |= {"zones: 3": "zones: 1", "nat: single": "nat: per-zone"}
    project = switch_project(tmp_path / "project", "azure", edits)
    for name in ("staging", "prod"):
        (project / "apps" / "environments" / f"{name}.yaml").unlink()
    stack = resources(read_stack(synthesize(project, tmp_path / "out"), "dev-azure"))
    assert stack["azurerm_nat_gateway.network"]["sku_name"] == "Standard"
    assert "zones" not in stack["azurerm_public_ip.network"]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_outputs_are_those_of_aws(name: str, azure: Path, stacks: Path) -> None:
    ours, theirs = (read_stack(azure, f"{name}-azure"), read_stack(stacks, f"{name}-aws"))
    assert ours["output"].keys() == {*theirs["output"], "client_ids"}
    assert ours["variable"].keys() == {*theirs["variable"], "operator_cidrs", "ledger_upgrade"}


def test_a_disposable_environment_goes_with_what_azure_put_into_its_group(azure: Path) -> None:
    for name, guarded in (("dev-azure", False), ("prod-azure", True)):
        (provider,) = read_stack(azure, name)["provider"]["azurerm"]
        (features,) = provider["features"]
        assert features["resource_group"] == [{"prevent_deletion_if_contains_resources": guarded}]


@pytest.mark.parametrize("name", NAMES)
def test_the_addresses_of_what_holds_state_never_change(name: str, azure: Path) -> None:
    kinds = {address.partition(".")[0] for address in STATEFUL}
    found = {a for a in resources(read_stack(azure, name)) if a.partition(".")[0] in kinds}
    assert found == STATEFUL | (set() if name == "dev-azure" else ONLY_WITH_HIGH_AVAILABILITY)


def test_no_environment_shares_a_state_or_a_subscription(azure: Path) -> None:
    found = [read_stack(azure, name) for name in NAMES]
    backends = [stack["terraform"]["backend"]["azurerm"] for stack in found]
    assert len({backend["storage_account_name"] for backend in backends}) == len(NAMES)
    assert len({stack["provider"]["azurerm"][0]["subscription_id"] for stack in found}) == len(NAMES)
    assert all(backend["use_azuread_auth"] for backend in backends)


def test_the_provider_is_the_version_that_is_checked(azure: Path) -> None:
    required = read_stack(azure, "prod-azure")["terraform"]["required_providers"]
    assert required["azurerm"] == {"source": "hashicorp/azurerm", "version": ">= 5.10.0, < 6.0.0"}
    assert [schema.version for schema in schemas.provider_schemas("azurerm")] == ["5.10.0"]


def test_everything_is_tagged_and_in_the_group_of_its_region(prod: dict[str, Json]) -> None:
    for address, arguments in prod.items():
        if "tags" in arguments:
            assert arguments["tags"]["owner"] == "platform@quantacirc.example", address
        if "location" in arguments and not address.startswith(("azurerm_resource_group.", "azurerm_monitor_action")):
            group = "recovery" if address.removesuffix("_key").endswith("_recovery") else "main"
            assert arguments["location"] == f"${{azurerm_resource_group.{group}.location}}", address


def test_constructs_ask_for_a_provider(tmp_path: Path) -> None:
    props = DnsZoneProps(name="z", domain="example.com")
    with pytest.raises(PropsError, match=r"no .*azure\.Provider in the stack"):
        DnsZone(Stack(App(outdir=tmp_path), "test"), "zone", props)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"    region: westeurope": "    region: westeurop"}, "westeurope"),
        ({"    region: westeurope": "    region: eu-central-1"}, "clouds.azure.region"),
        ({"recovery_region: northeurope": "recovery_region: westeurope"}, "clouds.azure.recovery_region"),
        ({"zones: 3": "zones: 4"}, "zones"),
    ],
)
def test_what_google_cloud_does_not_have_is_refused_with_file_and_line(
    edit: dict[str, str], said: str, tmp_path: Path
) -> None:
    project = switch_project(tmp_path / "project", "azure", edit)
    with pytest.raises(ModelError) as caught:
        synthesize(project, tmp_path / "out")
    assert re.search(rf"environments/\w+\.yaml:\d+: .*{said}", str(caught.value))
    assert not (tmp_path / "out").exists()


def test_every_type_in_use_is_covered() -> None:
    folder = ROOT / "constructs" / "quantacirc_cdk" / "terraform" / "azure"
    words = {word for path in folder.glob("*.py") for word in re.findall(r'"(azurerm_\w+)"', path.read_text())}
    (schema,) = schemas.provider_schemas("azurerm")
    assert words == {*schema.types(), "azurerm_client_config"}
    assert "azurerm_client_config" in schema.types("data")


@pytest.mark.terraform
@pytest.mark.parametrize("name", NAMES)
def test_the_real_terraform_accepts_the_stack(name: str, azure: Path, tmp_path: Path) -> None:
    assert validated(azure, name, schemas.provider_schemas("azurerm"), tmp_path) == []


@pytest.mark.slow
@pytest.mark.terraform
@pytest.mark.parametrize("name", NAMES)
def test_the_real_terraform_plans_the_stack(name: str, azure: Path, tmp_path: Path) -> None:
    data = {}
    assert "1 passed, 0 failed" in planned(azure, name, schemas.provider_schemas("azurerm"), tmp_path, data)


@pytest.mark.parametrize("name", NAMES)
def test_terraform_can_order_the_resources(name: str, azure: Path) -> None:
    assert len(order(read_stack(azure, name))) > 80


def test_nothing_is_open_to_everyone(azure: Path) -> None:
    text = "".join(json.dumps(resources(read_stack(azure, name))) for name in NAMES)
    for open_door in ('"0.0.0.0/0"', '"Owner"', '"Contributor"', '"Key Vault Administrator"'):
        assert open_door not in text


def test_no_stack_holds_a_secret(azure: Path) -> None:
    for name in NAMES:
        stack = read_stack(azure, name)
        for address, arguments in resources(stack).items():
            assert not {"administrator_password", "value"} & arguments.keys() or "configuration" in address
        assert "random_password" not in stack["resource"]
        assert stack["ephemeral"]["random_password"]["ledger"]["length"] >= 32
