"""Keys on Azure."""

from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from support.terraform.stacks import Json


def test_every_vault_is_ruled_by_rbac_closed_and_lets_nothing_go_for_good(prod: dict[str, Json]) -> None:
    vaults = {a: v for a, v in prod.items() if a.startswith("azurerm_key_vault.")}
    assert len(vaults) == 3
    for vault in vaults.values():
        assert vault["rbac_authorization_enabled"] is True
        assert vault["purge_protection_enabled"] is True
        assert vault["soft_delete_retention_days"] >= 30
        assert vault["network_acls"]["default_action"] == "Deny"


def test_every_key_is_in_hardware_and_turns(prod: dict[str, Json]) -> None:
    keys = {a: v for a, v in prod.items() if a.startswith("azurerm_key_vault_key.")}
    assert len(keys) == 11
    for key in keys.values():
        assert key["key_type"] == "RSA-HSM"
        assert key["rotation_policy"] == {"automatic": {"time_after_creation": "P365D"}}
        assert key["depends_on"]


def test_each_key_has_an_identity_that_may_use_it_and_nothing_else(prod: dict[str, Json]) -> None:
    for address in [a for a in prod if a.startswith("azurerm_key_vault_key.")]:
        name = address.partition(".")[2]
        principal = f"${{azurerm_user_assigned_identity.{name}_key.principal_id}}"
        (grant,) = [v for v in prod.values() if v.get("principal_id") == principal]
        assert grant["role_definition_name"] == "Key Vault Crypto Service Encryption User"
        assert grant["scope"] == f"${{{address}.resource_versionless_id}}"


def test_nothing_is_encrypted_before_its_identity_may_use_the_key(prod: dict[str, Json]) -> None:
    for address, role in {
        "azurerm_storage_account.artifacts": "artifacts_key",
        "azurerm_postgresql_flexible_server.ledger": "ledger_recovery_key",
        "azurerm_container_registry.registry": "registry_key",
        "azurerm_disk_encryption_set.cluster": "volumes_key",
    }.items():
        assert f"azurerm_role_assignment.{role}" in prod[address]["depends_on"]


def test_a_key_that_is_not_there_is_refused(declared: Callable[..., Any]) -> None:
    def declare(_scope: Any, shared: dict[str, Any]) -> None:
        with pytest.raises(PropsError, match="no key for logs in a recovery region"):
            shared["keys"].recovery_key_id("logs")

    declared(declare)
