"""The registry on Azure."""

import base64

from terraform_support.stacks import Json


def test_the_registry_is_encrypted_and_nobody_is_anonymous(prod: dict[str, Json]) -> None:
    registry = prod["azurerm_container_registry.registry"]
    assert registry["admin_enabled"] is False
    assert registry["anonymous_pull_enabled"] is False
    assert registry["zone_redundancy_enabled"] is True
    assert "registry" in registry["encryption"][0]["key_vault_key_id"]


def test_old_images_are_removed(prod: dict[str, Json]) -> None:
    step = prod["azurerm_container_registry_task.registry"]["encoded_step"]["task_content"]
    task = base64.b64decode(step).decode()
    assert "acr purge --filter 'agents:.*' --filter 'cli:.*' --filter 'monitoring:.*'" in task
    assert "--keep 100 --untagged" in task


def test_nodes_may_pull_and_not_push(prod: dict[str, Json]) -> None:
    grant = prod["azurerm_role_assignment.cluster_images"]
    assert grant["role_definition_name"] == "AcrPull"
