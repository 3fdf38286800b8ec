"""A state store on Blob Storage."""

from quantacirc_cdk.model.regions import has_zones
from quantacirc_cdk.terraform.azure.key_ring import KeyRing
from quantacirc_cdk.terraform.azure.place import AzureResource, place_of
from quantacirc_cdk.terraform.azure.storage import StorageAccount
from quantacirc_cdk.terraform.bootstrap.store import VERSION_DAYS, StateStoreProps
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.key_ring import KeyRingProps
from quantacirc_cdk.text.terraform import bare


class StateStore(Checked, Construct):
    """A private, versioned storage account with its own key, and a container for those who run Terraform.

    Access requires Entra ID and an address in ``operator_cidrs``. The identity that applies the stack also gets access,
    so that it can move the stack's own state there. Terraform refuses to destroy the account, container and key. Raises
    ``PropsError``.
    """

    @staticmethod
    def check_props(props: StateStoreProps) -> None:
        """Raise ``PropsError`` for values that Azure refuses."""
        props.check_for("azure")

    def __init__(self, scope: Construct, id: str, props: StateStoreProps) -> None:
        super().__init__(scope, id)
        place = place_of(self)
        keys = KeyRing(
            self,
            "keys",
            KeyRingProps(
                name=props.bucket,
                region=props.region,
                account=props.account,
                purposes=("state",),
                deletion_protection=True,
            ),
        )
        store = StorageAccount(
            self,
            "account",
            terraform_name="state",
            name=props.bucket,
            unique=True,
            key_id=keys.key_id("state"),
            replication="ZRS" if has_zones(props.region) else "LRS",
            noncurrent_days=VERSION_DAYS,
        )
        operator_cidrs = bare(place.operators)
        # A storage account does not accept a prefix with a single address
        # (https://learn.microsoft.com/azure/storage/common/storage-network-security#restrictions-for-ip-network-rules).
        store.account.arguments["network_rules"]["ip_rules"] = (
            f'${{[for cidr in {operator_cidrs} : trimsuffix(cidr, "/32")]}}'
        )
        store.account.arguments["lifecycle"] = {"prevent_destroy": True}
        container = store.container(props.container)
        container.arguments["lifecycle"] = {"prevent_destroy": True}
        me = f"{place.client().address}.object_id"
        operators = bare(props.operators)
        AzureResource(
            self,
            "azurerm_role_assignment",
            "state_operators",
            for_each=f"${{toset(concat([{me}], {operators}))}}",
            scope=container.id,
            role_definition_name="Storage Blob Data Contributor",
            principal_id="${each.value}",
        )
