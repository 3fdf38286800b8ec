"""Object storage, on Blob Storage."""

from collections.abc import Sequence

from quantacirc_cdk.model.regions import has_zones
from quantacirc_cdk.terraform.azure.place import AzureResource, assign
from quantacirc_cdk.terraform.azure.storage import StorageAccount
from quantacirc_cdk.terraform.azure.workload_identity import ExistingAzureWorkloadIdentity, WorkloadIdentity
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.object_store import ExistingObjectStore, ObjectStoreProps
from quantacirc_cdk.terraform.names import terraform_name


class ObjectStore(Checked, Construct):
    """A private, versioned storage account with its own key, in all zones, and its copy in the recovery region.

    ``bucket_name`` is the account's: the given name without dashes, cut to the 24 characters that Azure takes with a
    digest that tells it from others. Objects are in its container ``container``. Requests are logged in the workspace.
    Raises ``PropsError`` for a retention outside its range or a recovery region that is the primary one.
    """

    def __init__(self, scope: Construct, id: str, props: ObjectStoreProps) -> None:
        super().__init__(scope, id)
        name = terraform_name(id)
        self.props = props
        self._name = name
        self.key_id: str | None = props.keys.key_id(props.key)
        store = self._store("bucket", name, props.name, self.key_id, recovery=False)
        container = store.container(props.container, lock_days=props.lock_days)
        self.bucket = store.account
        self.bucket_name = store.account.ref("name")
        self.bucket_id = container.id
        if props.recovery_region:
            key = props.keys.recovery_key_id(props.key)
            copy = self._store("copy", terraform_name(name, "recovery"), f"{props.name}-recovery", key, recovery=True)
            copied = copy.container(props.container, lock_days=props.lock_days)
            AzureResource(
                self,
                "azurerm_storage_object_replication",
                name,
                source_storage_account_id=store.account.id,
                destination_storage_account_id=copy.account.id,
                rules=[
                    {
                        "source_container_name": container.ref("name"),
                        "destination_container_name": copied.ref("name"),
                        "copy_blobs_created_after": "Everything",
                    }
                ],
            )

    def _store(self, id: str, address: str, name: str, key_id: str | None, *, recovery: bool) -> StorageAccount:
        return StorageAccount(
            self,
            id,
            terraform_name=address,
            name=name,
            key_id=key_id,
            replication="LRS" if recovery or not has_zones(self.props.region) else "ZRS",
            cool_days=None if recovery else self.props.cool_after_days,
            expire_days=self.props.expire_after_days,
            noncurrent_days=self.props.retention_days,
            recovery=recovery,
        )

    @staticmethod
    def from_existing(
        *, bucket_name: str, bucket_id: str, key_id: str | None = None, name: str = "objects"
    ) -> "ExistingBucket":
        """Return an existing storage account for other constructs; creates nothing."""
        return ExistingBucket(bucket_name=bucket_name, bucket_id=bucket_id, key_id=key_id, name=name)

    def grant_read_write(
        self,
        identity: WorkloadIdentity | ExistingAzureWorkloadIdentity,
        *,
        prefixes: Sequence[str] = (),
        except_prefixes: Sequence[str] = (),
    ) -> None:
        """Let ``identity`` list, read, write and delete objects; it cannot change the account.

        With ``prefixes`` only what is below one of them, and never what is below one of ``except_prefixes``; the names
        of others can be listed.
        """
        assign(
            self,
            identity.grant_name(self._name),
            role="Storage Blob Data Contributor",
            to=identity.principal_id,
            on=self.bucket_id,
            condition=_condition(prefixes, except_prefixes),
        )

    def grant_backups(self, identity: WorkloadIdentity | ExistingAzureWorkloadIdentity) -> None:
        """Let Velero keep backups in the container, and sign the URLs with which its command line reads them.

        Source: https://github.com/vmware-tanzu/velero-plugin-for-microsoft-azure/blob/main/README.md#specify-role.
        """
        self.grant_read_write(identity)
        # Such signatures are of the account; they allow what the identity may do itself
        # (https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas).
        name = identity.grant_name(self._name, "signs")
        assign(self, name, role="Storage Blob Delegator", to=identity.principal_id, on=self.bucket.id)


class ExistingBucket(ExistingObjectStore):
    """An existing storage account; its id is its resource id, or that of a container."""

    def grant_read_write(
        self, identity: WorkloadIdentity, *, prefixes: Sequence[str] = (), except_prefixes: Sequence[str] = ()
    ) -> None:
        """Let ``identity`` list, read, write and delete objects, as ``ObjectStore.grant_read_write`` does."""
        assign(
            identity,
            identity.grant_name(self.name),
            role="Storage Blob Data Contributor",
            to=identity.principal_id,
            on=self.bucket_id,
            condition=_condition(prefixes, except_prefixes),
        )


_CHANGES = ("write", "add/action", "delete", "move/action")
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


def _condition(prefixes: Sequence[str], except_prefixes: Sequence[str]) -> str | None:
    """Return the condition of a role for a part of a container, by the paths of its blobs.

    Source: https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-examples.
    """
    compared = [f"StringLike '{prefix}/*'" for prefix in prefixes]
    joint = " OR "
    if not compared:
        compared, joint = [f"StringNotLike '{prefix}/*'" for prefix in except_prefixes], " AND "
    if not compared:
        return None
    listing = "SubOperationMatches{'Blob.List'}"
    others = [f"!(ActionMatches{{'{_BLOBS}/read'}} AND NOT {listing})"]
    others += [
        f"!(ActionMatches{{'{_BLOBS}/{action}'}})" for action in ("write", "add/action", "delete", "move/action")
    ]
    paths = joint.join(f"@Resource[{_BLOBS}:path] {one}" for one in compared)
    return f"(({' AND '.join(others)}) OR ({paths}))"
