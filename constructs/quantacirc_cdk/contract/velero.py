"""Where Velero keeps the backups of an environment's cluster, and whom the cloud knows it as."""

from collections.abc import Mapping
from dataclasses import dataclass

from quantacirc_cdk.contract.identities import VELERO, google_account
from quantacirc_cdk.contract.names import STORAGE_ACCOUNT_LENGTH, environment_name, unique_name
from quantacirc_cdk.model.site import Site

STORE = "velero-store"
"""Name of the bucket in the stack, and of its key."""
CONTAINER = "velero"
"""Container of the backups in a storage account (Azure)."""


@dataclass(frozen=True, kw_only=True)
class VeleroBinding:
    """What Velero needs to know of the cloud resources of an environment."""

    name: str
    """Name for the construct of the bucket; Azure shortens it."""
    bucket: str
    """Bucket of the backups; on Azure the container in the storage account."""
    storage: Mapping[str, str]
    """``config`` of the BackupStorageLocation."""
    snapshots: Mapping[str, str]
    """``config`` of the VolumeSnapshotLocation."""
    variables: Mapping[str, str]
    """Variables in the file of credentials, none of them secret; Azure's plugin reads it also without a password."""
    plugin: str
    """Name of the plugin's image, without registry."""


def velero_of(site: Site) -> VeleroBinding | None:
    """Return the binding of an environment; None without a bucket for Velero.

    The keys are those of the plugins:
    https://github.com/vmware-tanzu/velero-plugin-for-aws/blob/main/backupstoragelocation.md,
    https://github.com/vmware-tanzu/velero-plugin-for-gcp/blob/main/backupstoragelocation.md and
    https://github.com/vmware-tanzu/velero-plugin-for-microsoft-azure/blob/main/README.md.
    """
    environment, cloud = site.environment, site.environment.cloud
    if cloud is None or environment.cluster.velero_store is None:
        return None
    prefix = environment_name(site.system, environment)
    bucket = name = f"{prefix}-{STORE}-{cloud.account}"
    variables: dict[str, str] = {}
    if environment.target == "aws":
        storage, snapshots = {"region": cloud.region}, {"region": cloud.region}
    elif environment.target == "gcp":
        # Without the account, the plugin signs no URLs, and does not start.
        storage, snapshots = {"serviceAccount": google_account(site, VELERO)}, {"snapshotLocation": cloud.region}
    else:
        account = unique_name(name, cloud.account, STORAGE_ACCOUNT_LENGTH, dashes=False)
        bucket = CONTAINER
        # With its address, the plugin need not read the account's properties.
        address = f"https://{account}.blob.core.windows.net"
        storage = {"storageAccount": account, "storageAccountURI": address, "useAAD": "true"}
        snapshots = {"incremental": "true"}
        variables = {
            "AZURE_CLOUD_NAME": "AzurePublicCloud",
            "AZURE_RESOURCE_GROUP": f"{prefix}-nodes",  # The cluster's group of nodes has its disks and snapshots.
            "AZURE_SUBSCRIPTION_ID": cloud.account,
        }
    plugins = {"aws": "aws", "gcp": "gcp", "azure": "microsoft-azure"}
    return VeleroBinding(
        name=name,
        bucket=bucket,
        storage=storage,
        snapshots=snapshots,
        variables=variables,
        plugin=f"velero/velero-plugin-for-{plugins[environment.target]}",
    )
