"""The common properties of all key vaults: RBAC, closed to other networks, with purge protection."""

from quantacirc_cdk.contract.names import unique_name
from quantacirc_cdk.terraform.azure.place import AzureResource, assign, diagnose, place_of
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.resource import Resource

LONGEST_NAME = 24


class Vault(Construct):
    """A vault that retains deleted objects for ``deletion_days``; the identity that runs Terraform has ``role`` on it.

    Azure's trusted services, the stack's own subnets, and the addresses in ``operator_cidrs`` can reach it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        terraform_name: str,
        name: str,
        role: str,
        sku: str = "standard",
        deletion_days: int = 90,
        recovery: bool = False,
    ) -> None:
        super().__init__(scope, id)
        place = place_of(self)
        self.vault: Resource = AzureResource(
            self,
            "azurerm_key_vault",
            terraform_name,
            recovery=recovery,
            name=unique_name(name, place.account, LONGEST_NAME),
            sku_name=sku,
            tenant_id=place.client().ref("tenant_id"),
            rbac_authorization_enabled=True,
            purge_protection_enabled=True,
            soft_delete_retention_days=deletion_days,
            public_network_access_enabled=True,
            network_acls={
                "default_action": "Deny",
                "bypass": "AzureServices",
                "ip_rules": place.operators,
                "virtual_network_subnet_ids": [],
            },
        )
        self.operator: Resource | None = assign(
            self, terraform_name, role=role, to=place.client().ref("object_id"), on=self.vault.id, principal_type=None
        )
        diagnose(self, terraform_name, self.vault, "AuditEvent")
        if not recovery:
            # The network is in the primary region; only operators reach vaults in another one.
            place.guard(self.vault, "network_acls")
            place.reach(terraform_name, self.vault, "vault")
