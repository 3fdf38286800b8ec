"""Key Vault keys by purpose."""

from collections.abc import Mapping

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.azure.place import AzureResource, KeyUser, assign, place_of
from quantacirc_cdk.terraform.azure.vault import Vault
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.key_ring import ExistingKeyRing, KeyRingProps, Purpose
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

_COPIED: tuple[Purpose, ...] = ("database", "objects")
"""Purposes with data in the recovery region. Azure copies secrets together with their vault."""


class KeyRing(Checked, Construct):
    """A vault with an HSM key for each purpose, rotated every year, and an identity with access to them.

    Services encrypt with that identity, which has no other permissions. With a recovery region, also creates a vault
    there with separate keys for copied data.
    """

    def __init__(self, scope: Construct, id: str, props: KeyRingProps) -> None:
        super().__init__(scope, id)
        self.props = props
        vault = self._vault(terraform_name(id), f"{props.name}-keys", recovery=False)
        self._keys = {name: self._key(vault, name, recovery=False) for name in props.keys}
        self._recovery_keys: Mapping[str, str] = {}
        if props.recovery_region:
            vault = self._vault(terraform_name(id, "recovery"), f"{props.name}-keys-recovery", recovery=True)
            self._recovery_keys = {name: self._key(vault, name, recovery=True) for name in props.copied(*_COPIED)}

    @staticmethod
    def from_existing(
        *,
        keys: Mapping[str, str],
        recovery_keys: Mapping[str, str] | None = None,
        scope: Construct,
        identity_id: str,
        client_id: str,
        vault_id: str,
        recovery_vault_id: str = "",
        cluster_key_version: str = "",
    ) -> ExistingKeyRing:
        """Return existing keys for other constructs of the stack of ``scope``; creates nothing.

        Ids of keys have no version. ``identity_id`` is the resource id of a managed identity with the role Key Vault
        Crypto Service Encryption User on all of them, ``client_id`` its client id. A cluster does not follow rotations,
        and also needs ``cluster_key_version``.
        """
        for found, vault in ((keys, vault_id), (recovery_keys or {}, recovery_vault_id)):
            for purpose, key in found.items():
                place_of(scope).key_users[key] = KeyUser(
                    identity_id=identity_id,
                    client_id=client_id,
                    versioned_id=f"{key}/{cluster_key_version}" if purpose == "cluster" and cluster_key_version else "",
                    key_id=f"{vault}/keys/{key.rpartition('/')[2]}",
                    vault_id=vault,
                    ready=[],
                )
        return ExistingKeyRing(keys=keys, recovery_keys=recovery_keys or {})

    def key_id(self, name: str) -> str:
        """Return a reference to the id of the key ``name``, without a version, so that its users follow rotations."""
        return self._find(self._keys, name, "")

    def recovery_key_id(self, name: str) -> str:
        """Return a reference to the id of the key for copies in the recovery region."""
        return self._find(self._recovery_keys, name, " in a recovery region")

    def _find(self, keys: Mapping[str, str], name: str, where: str) -> str:
        if name not in keys:
            raise PropsError(f"{self.props.name}: the key ring has no key for {name}{where}")
        return keys[name]

    def _vault(self, address: str, name: str, *, recovery: bool) -> Vault:
        return Vault(
            self,
            address,
            terraform_name=address,
            name=name,
            role="Key Vault Crypto Officer",
            sku="premium",  # HSM keys.
            deletion_days=self.props.deletion_days,
            recovery=recovery,
        )

    def _key(self, vault: Vault, key_name: str, *, recovery: bool) -> str:
        name, purpose = terraform_name(key_name, "recovery" if recovery else ""), self.props.keys[key_name]
        key = AzureResource(
            self,
            "azurerm_key_vault_key",
            name,
            name=key_name,
            key_vault_id=vault.vault.id,
            key_type="RSA-HSM",
            key_size=3072,
            # Disks, storage and databases wrap their own keys; a control plane encrypts the keys of its secrets itself.
            key_opts=["decrypt", "encrypt"] if purpose == "cluster" else ["unwrapKey", "wrapKey"],
            rotation_policy={"automatic": {"time_after_creation": "P365D"}},
            lifecycle={"prevent_destroy": True} if self.props.deletion_protection else None,
            depends_on=[vault.operator],
        )
        identity = AzureResource(
            self,
            "azurerm_user_assigned_identity",
            terraform_name(name, "key"),
            recovery=recovery,
            name=f"{self.props.name}-{name.replace('_', '-')}-key",
        )
        key_id = key.ref("versionless_id")
        place_of(self).key_users[key_id] = KeyUser(
            identity_id=identity.id,
            client_id=identity.ref("client_id"),
            versioned_id=key.id,
            key_id=key.ref("resource_versionless_id"),
            vault_id=vault.vault.id,
            ready=[self._grant(name, key, identity)],
        )
        return key_id

    def _grant(self, name: str, key: Resource, identity: Resource) -> Resource:
        return assign(
            self,
            terraform_name(name, "key"),
            role="Key Vault Crypto Service Encryption User",
            to=identity.ref("principal_id"),
            on=key.ref("resource_versionless_id"),
        )
