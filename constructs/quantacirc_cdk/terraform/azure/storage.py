"""A storage account as every account here is: no public objects, TLS only, encrypted, closed to other networks."""

from typing import Any

from quantacirc_cdk.contract.names import unique_name
from quantacirc_cdk.terraform.azure.place import AzureResource, diagnose, key_user, place_of
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.names import terraform_name as join
from quantacirc_cdk.terraform.resource import Resource

LONGEST_NAME = 24
_SOFT_DELETE_DAYS = 7


class StorageAccount(Construct):
    """An account that only Entra ID lets in (but for ``shared_keys``), with versions, and a week to undo deletions.

    Azure's own services, such as the one that writes flow logs, pass its firewall, and so do the stack's nodes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        terraform_name: str,
        name: str,
        key_id: str | None,
        replication: str,
        cool_days: int | None = None,
        expire_days: int | None = None,
        noncurrent_days: int,
        recovery: bool = False,
        shared_keys: bool = False,
        unique: bool = False,
    ) -> None:
        super().__init__(scope, id)
        place = place_of(self)
        self.account: Resource = AzureResource(
            self,
            "azurerm_storage_account",
            terraform_name,
            recovery=recovery,
            # A digest makes the name unique, unless no other account can have it.
            name=name if unique else unique_name(name, place.account, LONGEST_NAME, dashes=False),
            account_kind="StorageV2",
            account_tier="Standard",
            account_replication_type=replication,
            access_tier="Hot",
            min_tls_version="TLS1_2",
            https_traffic_only_enabled=True,
            shared_access_key_enabled=shared_keys,
            default_to_oauth_authentication=True,
            allow_nested_items_to_be_public=False,
            cross_tenant_replication_enabled=False,
            allowed_copy_scope="AAD",
            local_user_enabled=False,
            infrastructure_encryption_enabled=True,
            network_rules={"default_action": "Deny", "bypass": ["AzureServices"], "virtual_network_subnet_ids": []},
            blob_properties={
                "versioning_enabled": True,
                "change_feed_enabled": True,
                "delete_retention_policy": {"days": _SOFT_DELETE_DAYS},
                "container_delete_retention_policy": {"days": _SOFT_DELETE_DAYS},
            },
            sas_policy={"expiration_period": "00.01:00:00", "expiration_action": "Block"},
            **self._encryption(key_id),
        )
        self._name = terraform_name
        AzureResource(
            self,
            "azurerm_storage_management_policy",
            terraform_name,
            storage_account_id=self.account.id,
            rule=[
                {
                    "name": "versions",
                    "enabled": True,
                    "filters": {"blob_types": ["blockBlob"]},
                    "actions": {
                        "base_blob": _base_blob(cool_days, expire_days),
                        "version": {"delete_after_days_since_creation": noncurrent_days},
                    },
                }
            ],
        )
        diagnose(
            self,
            terraform_name,
            self.account,
            "StorageRead",
            "StorageWrite",
            "StorageDelete",
            suffix="/blobServices/default",
        )
        if not recovery:
            place.guard(self.account, "network_rules")
            place.reach(terraform_name, self.account, "blob")

    def container(self, name: str, *, lock_days: int | None = None) -> Resource:
        """Create a private container; for ``lock_days`` nobody can delete or overwrite a blob in it."""
        container = AzureResource(
            self,
            "azurerm_storage_container",
            join(self._name),
            name=name,
            storage_account_id=self.account.id,
            container_access_type="private",
        )
        if lock_days:
            # Not locked itself: an administrator can still lift it
            # (https://learn.microsoft.com/azure/storage/blobs/immutable-time-based-retention-policy-overview).
            AzureResource(
                self,
                "azurerm_storage_container_immutability_policy",
                join(self._name),
                storage_container_resource_manager_id=container.id,
                immutability_period_in_days=lock_days,
            )
        return container

    def _encryption(self, key_id: str | None) -> dict[str, Any]:
        if key_id is None:
            return {}
        user = key_user(self, key_id)
        return {
            "identity": {"type": "UserAssigned", "identity_ids": [user.identity_id]},
            "customer_managed_key": {"key_vault_key_id": key_id, "user_assigned_identity_id": user.identity_id},
            "depends_on": user.ready,
        }


def _base_blob(cool_days: int | None, expire_days: int | None) -> dict[str, int] | None:
    days = {
        "tier_to_cool_after_days_since_modification_greater_than": cool_days,
        "delete_after_days_since_modification_greater_than": expire_days,
    }
    return {key: value for key, value in days.items() if value is not None} or None
