"""The artifacts on Azure."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.azure import ObjectStore
from quantacirc_cdk.terraform.interface import ObjectStoreProps
from support.terraform.stacks import Json

Declared = Callable[..., dict[str, Json]]


def store(declared: Declared, **changes: Any) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        ObjectStore(scope, "artifacts", ObjectStoreProps(**{"name": "s-e-artifacts", **shared, **changes}))

    return declared(declare)


def test_every_account_is_private_versioned_encrypted_and_without_keys(prod: dict[str, Json]) -> None:
    accounts = {a: v for a, v in prod.items() if a.startswith("azurerm_storage_account.")}
    assert len(accounts) == 5
    for address, account in accounts.items():
        assert account["shared_access_key_enabled"] is (address == "azurerm_storage_account.network_flow_logs")
        assert account["allow_nested_items_to_be_public"] is False
        assert account["min_tls_version"] == "TLS1_2"
        assert account["https_traffic_only_enabled"] is True
        assert account["cross_tenant_replication_enabled"] is False
        assert account["infrastructure_encryption_enabled"] is True
        assert account["network_rules"]["default_action"] == "Deny"
        assert account["blob_properties"]["versioning_enabled"] is True
        assert account["customer_managed_key"]["key_vault_key_id"].startswith("${azurerm_key_vault_key.")


def test_the_nodes_pass_the_firewall_and_nobody_else(prod: dict[str, Json]) -> None:
    subnet = "${azurerm_subnet_network_security_group_association.network_private.subnet_id}"
    for address in ("azurerm_storage_account.artifacts", "azurerm_storage_account.network_flow_logs"):
        assert prod[address]["network_rules"]["virtual_network_subnet_ids"] == [subnet]
    for address in ("azurerm_key_vault.keys", "azurerm_key_vault.secrets"):
        assert prod[address]["network_acls"]["virtual_network_subnet_ids"] == [subnet]
        assert prod[address]["network_acls"]["ip_rules"] == "${var.operator_cidrs}"


def test_objects_are_in_all_zones_and_old_versions_go_in_time(declared: Declared) -> None:
    found = store(declared, retention_days=30)
    assert found["azurerm_storage_account.artifacts"]["account_replication_type"] == "ZRS"
    (rule,) = found["azurerm_storage_management_policy.artifacts"]["rule"]
    assert rule["actions"] == {"version": {"delete_after_days_since_creation": 30}}


def test_objects_move_to_the_cool_tier_and_expire_when_asked(declared: Declared) -> None:
    found = store(declared, cool_after_days=60, expire_after_days=400)
    (rule,) = found["azurerm_storage_management_policy.artifacts"]["rule"]
    assert rule["actions"]["base_blob"] == {
        "tier_to_cool_after_days_since_modification_greater_than": 60,
        "delete_after_days_since_modification_greater_than": 400,
    }


def test_the_copy_is_in_the_recovery_region_with_its_own_key(declared: Declared) -> None:
    found = store(declared, recovery_region="northeurope")
    copy = found["azurerm_storage_account.artifacts_recovery"]
    assert copy["location"] == "${azurerm_resource_group.recovery.location}"
    assert "objects_recovery" in copy["customer_managed_key"]["key_vault_key_id"]
    source = found["azurerm_storage_account.artifacts"]
    # Object replication needs both.
    assert source["blob_properties"]["change_feed_enabled"] is True
    assert copy["blob_properties"]["versioning_enabled"] is True
    assert found["azurerm_storage_object_replication.artifacts"]["rules"][0]["copy_blobs_created_after"] == "Everything"


def test_agents_may_use_objects_and_not_the_account(prod: dict[str, Json]) -> None:
    grant = prod["azurerm_role_assignment.planck_forge_artifacts"]
    assert grant["role_definition_name"] == "Storage Blob Data Contributor"
    assert grant["scope"] == "${azurerm_storage_container.artifacts.id}"
    assert grant["principal_id"] == "${azurerm_user_assigned_identity.planck_forge.principal_id}"


def test_names_of_accounts_and_vaults_are_such_as_azure_takes(prod: dict[str, Json], dev: dict[str, Json]) -> None:
    names = []
    for address, arguments in [*prod.items(), *dev.items()]:
        if address.startswith("azurerm_storage_account."):
            assert re.fullmatch(r"[a-z0-9]{3,24}", arguments["name"])
        elif address.startswith("azurerm_key_vault."):
            assert re.fullmatch(r"[a-z](-?[a-z0-9]){2,23}", arguments["name"])
            assert len(arguments["name"]) <= 24
        elif address.startswith("azurerm_container_registry."):
            assert re.fullmatch(r"[a-z0-9]{5,50}", arguments["name"])
        else:
            continue
        names.append(arguments["name"])
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"retention_days": 0}, "expected 1 to 3650 days"),
        ({"recovery_region": "westeurope"}, "is the primary region"),
    ],
)
def test_what_cannot_be_kept_is_refused(changes: dict[str, Any], said: str, declared: Declared) -> None:
    with pytest.raises(PropsError, match=said):
        store(declared, **changes)


def test_backups_are_locked_and_reached_by_their_jobs_alone(prod: dict[str, Json]) -> None:
    policy = prod["azurerm_storage_container_immutability_policy.backups"]
    assert policy["immutability_period_in_days"] == 35
    assert policy["storage_container_resource_manager_id"] == "${azurerm_storage_container.backups.id}"
    grants = {a.partition(".")[2]: v for a, v in prod.items() if a.startswith("azurerm_role_assignment.")}
    assert {a for a in grants if a.endswith("_backups")} == {"bus_backup_backups", "ledger_backup_backups"}
    mine = grants["ledger_backup_backups"]
    assert mine["condition_version"] == "2.0"
    assert "containers/blobs:path] StringLike 'backups/ledger/*'" in mine["condition"]
    assert mine["condition"].count("ActionMatches") == 5
    assert "condition" not in grants["planck_forge_artifacts"]
