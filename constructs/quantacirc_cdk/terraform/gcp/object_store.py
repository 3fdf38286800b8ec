"""Object storage, on Cloud Storage."""

from collections.abc import Sequence

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.buckets import ACCESS_LOGS, longest_name
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.bucket import Bucket, part_of_bucket
from quantacirc_cdk.terraform.gcp.replication import Replication
from quantacirc_cdk.terraform.gcp.workload_identity import WorkloadIdentity, awaited
from quantacirc_cdk.terraform.interface.object_store import ExistingObjectStore, ObjectStoreProps
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

ACCESS_LOG_DAYS = 365


class ObjectStore(Checked, Construct):
    """A private, versioned bucket encrypted with its own key, its access logs, and its copy in the recovery region.

    Raises ``PropsError`` for a name Cloud Storage does not take (with ``-access-logs`` at most 63 characters), a
    retention outside its range, or a recovery region that is the primary one.
    """

    @staticmethod
    def check_props(props: ObjectStoreProps) -> None:
        """Raise ``PropsError`` with what Google Cloud refuses."""
        name = props.name
        rules = Rules(name)
        longest = longest_name("gcp", copied=False)
        if len(name) > longest:
            rules.refuse(
                "name", f"{len(name)} characters", f"at most {longest}: Google allows 63 and the log bucket adds some"
            )
        rules.matches("name", name, r"[a-z0-9][-a-z0-9]+[a-z0-9]", "lower-case letters, digits and dashes")
        # https://cloud.google.com/storage/docs/buckets#naming
        if name.startswith("goog") or "google" in name:
            rules.refuse("name", f'found "{name}"', 'a name that neither begins with "goog" nor contains "google"')
        rules.check()

    def __init__(self, scope: Construct, id: str, props: ObjectStoreProps) -> None:
        super().__init__(scope, id)
        name = terraform_name(id)
        self.props = props
        self._name = name
        self.key_id: str | None = props.keys.key_id(props.key)
        logs = self._access_logs(name).bucket.ref("name")
        self._store = Bucket(
            self,
            "bucket",
            terraform_name=name,
            bucket=props.name,
            region=props.region,
            key_id=self.key_id,
            cool_days=props.cool_after_days,
            expire_days=props.expire_after_days,
            noncurrent_days=props.retention_days,
            lock_days=props.lock_days,
            log_bucket=logs,
        )
        self.bucket = self._store.bucket
        self.bucket_name = props.name
        self.bucket_id = self.bucket.ref("self_link")
        if props.recovery_region:
            Replication(self, "replication", props=props, store=self._store, terraform_name=name, log_bucket=logs)

    @staticmethod
    def from_existing(
        *, bucket_name: str, bucket_id: str, key_id: str | None = None, name: str = "objects"
    ) -> "ExistingBucket":
        """Return an existing bucket for other constructs; creates nothing."""
        return ExistingBucket(bucket_name=bucket_name, bucket_id=bucket_id, key_id=key_id, name=name)

    def _access_logs(self, name: str) -> Bucket:
        logs = Bucket(
            self,
            "access-logs",
            terraform_name=terraform_name(name, "access_logs"),
            bucket=f"{self.props.name}{ACCESS_LOGS}",
            region=self.props.region,
            # The group that writes the logs cannot use a customer's key by itself, but the service's agent can.
            key_id=self.key_id,
            expire_days=ACCESS_LOG_DAYS,
            noncurrent_days=1,
        )
        # Google's own writer (https://cloud.google.com/storage/docs/access-logs#delivery).
        logs.grant(
            terraform_name(name, "access_logs"),
            "roles/storage.objectCreator",
            "group:cloud-storage-analytics@google.com",
        )
        return logs

    def grant_read_write(
        self,
        identity: WorkloadIdentity | ExistingWorkloadIdentity,
        *,
        prefixes: Sequence[str] = (),
        except_prefixes: Sequence[str] = (),
    ) -> None:
        """Let ``identity`` list, read, write and delete objects; it cannot change the bucket.

        With ``prefixes``, only objects below one of them; never objects below one of ``except_prefixes``.
        Google Cloud has one permission for deleting objects and versions; the bucket keeps deleted versions for a week.
        """
        self._store.grant(
            identity.grant_name(self._name),
            "roles/storage.objectUser",
            identity.identity_id,
            condition=part_of_bucket(self.bucket_name, prefixes, except_prefixes),
            depends_on=awaited(identity),
        )

    def grant_backups(self, identity: WorkloadIdentity) -> None:
        """Let Velero keep backups in the bucket, and sign the URLs with which its command line reads them.

        It signs as the service account of the identity, and as no other. Raises ``PropsError`` for an identity without.
        Source: https://github.com/vmware-tanzu/velero-plugin-for-gcp/blob/main/README.md#set-permissions-for-velero.
        """
        if identity.account is None:
            raise PropsError(f"{identity.props.name}: no service account, which signs URLs: set google_account")
        self.grant_read_write(identity)
        Resource(
            identity,
            "google_service_account_iam_member",
            identity.grant_name("signs"),
            service_account_id=identity.account.ref("name"),
            role="roles/iam.serviceAccountTokenCreator",
            member=identity.identity_id,
        )


class ExistingBucket(ExistingObjectStore):
    """An existing bucket."""

    def grant_read_write(
        self, identity: WorkloadIdentity, *, prefixes: Sequence[str] = (), except_prefixes: Sequence[str] = ()
    ) -> None:
        """Let ``identity`` list, read, write and delete objects, as ``ObjectStore.grant_read_write`` does."""
        Resource(
            identity,
            "google_storage_bucket_iam_member",
            identity.grant_name(self.name),
            bucket=self.bucket_name,
            role="roles/storage.objectUser",
            member=identity.identity_id,
            condition=part_of_bucket(self.bucket_name, prefixes, except_prefixes),
            depends_on=identity.ready,
        )
