"""Secrets in the vault that the stack has for them."""

from quantacirc_cdk.contract.stores import vault_name
from quantacirc_cdk.terraform.azure.place import AzureResource, place_of
from quantacirc_cdk.terraform.azure.vault import Vault
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.meta_arguments import replaced_with
from quantacirc_cdk.terraform.resource import Resource


def secret_vault(scope: Construct) -> Vault:
    """Return the stack's vault of secrets. Azure copies it to the paired region, and encrypts it with its own keys."""
    place = place_of(scope)
    found: Vault = place.once(
        "secret vault",
        lambda: Vault(
            place.stack,
            "secret-vault",
            terraform_name="secrets",
            name=vault_name(place.name),
            role="Key Vault Secrets Officer",
        ),
    )
    return found


def secret(
    scope: Construct,
    terraform_name: str,
    *,
    name: str,
    value: str,
    version: int | str | None,
    description: str,
    owner: Resource | None = None,
) -> Resource:
    """Write ``value`` once for each ``version``, and again when ``owner``, which it is about, is replaced. Terraform
    does not store it, and never reads it back. Without a version, the value is not secret: Terraform stores it, and
    writes each change.
    """
    vault = secret_vault(scope)
    return AzureResource(
        scope,
        "azurerm_key_vault_secret",
        terraform_name,
        name=name,
        key_vault_id=vault.vault.id,
        **({"value": value} if version is None else {"value_wo": value, "value_wo_version": version}),
        content_type=description[:255],
        lifecycle=replaced_with(owner.address) if owner else None,
        depends_on=[vault.operator] if vault.operator else None,
    )


def secret_id(scope: Construct, name: str) -> str:
    """Return the id for role assignments on a secret."""
    return f"{secret_vault(scope).vault.id}/secrets/{name}"
