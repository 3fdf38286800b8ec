"""The managed stores of an environment: of objects, and of secrets."""

from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.contract.names import STORAGE_ACCOUNT_LENGTH, environment_name, unique_name
from quantacirc_cdk.model import Environment, System

AZURE_CONTAINER = "artifacts"


@dataclass(frozen=True, kw_only=True)
class ObjectStoreBinding:
    """Where objects are; whoever reaches them does so as its identity, without a secret."""

    component: str
    """Name of the component it stands for."""
    provider: Literal["aws", "gcp", "azure"]
    given_name: str
    """Name that the constructs are given; Azure cuts it."""
    bucket: str
    """Bucket, or storage account on Azure."""
    container: str | None
    """Container in the storage account (Azure)."""
    region: str
    endpoint: str
    """Base address of its API."""
    declared: str
    """File and key that make it part of the contract."""


def object_store_of(system: System, environment: Environment) -> ObjectStoreBinding | None:
    """Return the managed object store of an environment in a cloud, if it has one."""
    component, cloud, target = system.only("object-store"), environment.cloud, environment.target
    if component is None or cloud is None or target == "local" or environment.artifacts.provider != "managed":
        return None
    given = f"{environment_name(system, environment)}-artifacts-{cloud.account}"
    bucket = given
    if target == "azure":
        bucket = unique_name(given, cloud.account, STORAGE_ACCOUNT_LENGTH, dashes=False)
    endpoints = {
        "aws": f"https://s3.{cloud.region}.amazonaws.com{'.cn' if cloud.region.startswith('cn-') else ''}",
        "gcp": "https://storage.googleapis.com",
        "azure": f"https://{bucket}.blob.core.windows.net",
    }
    return ObjectStoreBinding(
        component=component,
        provider=target,
        given_name=given,
        bucket=bucket,
        container=AZURE_CONTAINER if target == "azure" else None,
        region=cloud.region,
        endpoint=endpoints[target],
        declared=f"apps/system.yaml: components.{component}",
    )


@dataclass(frozen=True, kw_only=True)
class SecretStoreBinding:
    """The cloud's store that the secrets of an environment are in."""

    provider: Literal["aws", "gcp", "azure"]
    account: str
    """Account, project or subscription."""
    region: str
    vault: str | None
    """Name of the key vault (Azure)."""
    vault_url: str | None
    """Address of the key vault (Azure)."""


def secret_store_of(system: System, environment: Environment) -> SecretStoreBinding:
    """Return the store of an environment in a cloud."""
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
    """Return what the vault of secrets is called before Azure's limit is put on it."""
    return f"{name}-secrets"
