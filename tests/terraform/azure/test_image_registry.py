"""The registry on Azure."""

import base64

from support.terraform.stacks import Json


def test_the_registry_is_encrypted_and_nobody_is_anonymous(prod: dict[str, Json]) -> None:
    registry = prod["azurerm_container_registry.registry"]
    assert registry["admin_enabled"] is False
    assert registry["anonymous_pull_enabled"] is False
    assert registry["zone_redundancy_enabled"] is True
    assert "registry" in registry["encryption"][0]["key_vault_key_id"]


def test_only_the_network_and_named_addresses_reach_the_registry(dev: dict[str, Json], prod: dict[str, Json]) -> None:
    for found in (dev, prod):
        registry = found["azurerm_container_registry.registry"]
        assert registry["public_network_access_enabled"] == "${length(var.operator_cidrs) > 0}"
        (rules,) = registry["network_rule_set"]
        assert rules["default_action"] == "Deny"
        assert rules["ip_rule"].startswith("${[for cidr in var.operator_cidrs :")
        endpoint = found["azurerm_private_endpoint.registry_registry"]
        connection = endpoint["private_service_connection"]
        assert connection["private_connection_resource_id"] == "${azurerm_container_registry.registry.id}"
        assert (
            endpoint["subnet_id"] == "${azurerm_subnet_network_security_group_association.network_endpoints.subnet_id}"
        )
        assert found["azurerm_private_dns_zone.registry"]["name"] == "privatelink.azurecr.io"
    # Without high availability, vaults and storage accounts keep the free way through Azure's network.
    assert [address for address in dev if address.startswith("azurerm_private_endpoint.")] == [
        "azurerm_private_endpoint.registry_registry"
    ]


def test_the_purge_task_passes_the_firewall_with_its_own_identity(prod: dict[str, Json]) -> None:
    task = prod["azurerm_container_registry_task.registry"]
    assert prod["azurerm_container_registry.registry"]["network_rule_bypass_for_tasks_enabled"] is True
    assert task["identity"] == {"type": "SystemAssigned"}
    assert task["registry_credential"]["source"] == {"login_mode": "None"}
    roles = [prod[f"azurerm_role_assignment.registry_purge_{role}"] for role in ("pull", "delete")]
    assert [role["role_definition_name"] for role in roles] == ["AcrPull", "AcrDelete"]
    assert {role["scope"] for role in roles} == {"${azurerm_container_registry.registry.id}"}


def test_old_images_are_removed(prod: dict[str, Json]) -> None:
    step = prod["azurerm_container_registry_task.registry"]["encoded_step"]["task_content"]
    task = base64.b64decode(step).decode()
    assert "acr purge --filter 'agents:.*' --filter 'cli:.*' --filter 'monitoring:.*'" in task
    assert "--keep 100 --untagged" in task


def test_nodes_may_pull_and_not_push(prod: dict[str, Json]) -> None:
    grant = prod["azurerm_role_assignment.cluster_images"]
    assert grant["role_definition_name"] == "AcrPull"
