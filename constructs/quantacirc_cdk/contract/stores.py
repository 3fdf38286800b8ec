"""The cloud's secret store of an environment."""

from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.contract.names import STORAGE_ACCOUNT_LENGTH, environment_name, unique_name
from quantacirc_cdk.model import Environment, System


@dataclass(frozen=True, kw_only=True)
class SecretStoreBinding:
    """The cloud's secret store of an environment."""

    provider: Literal["aws", "gcp", "azure"]
    account: str
    """Account, project or subscription."""
    region: str
    vault: str | None
    """Name of the key vault (Azure)."""
    vault_url: str | None
    """Address of the key vault (Azure)."""


def secret_store_of(system: System, environment: Environment) -> SecretStoreBinding:
    """Return the secret store of an environment in a cloud."""
    cloud, target = environment.cloud, environment.target
    assert cloud is not None and target != "local"  # noqa: S101, PT018  a contract is with a cloud
    vault = None
    if target == "azure":
        vault = unique_name(vault_name(environment_name(system, environment)), cloud.account, STORAGE_ACCOUNT_LENGTH)
    return SecretStoreBinding(
        provider=target,
        account=cloud.account,
        region=cloud.region,
        vault=vault,
        vault_url=f"https://{vault}.vault.azure.net" if vault else None,
    )


def vault_name(name: str) -> str:
    """Return the name of the secrets' vault before it is shortened to Azure's limit."""
    return f"{name}-secrets"
