"""Object storage, on S3."""

from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.limits.buckets import ACCESS_LOGS, longest_name
from quantacirc_cdk.terraform.aws.access_logs import AccessLogs
from quantacirc_cdk.terraform.aws.bucket import Bucket
from quantacirc_cdk.terraform.aws.iam import Statement, allow
from quantacirc_cdk.terraform.aws.replication import Replication
from quantacirc_cdk.terraform.aws.workload_identity import WorkloadIdentity, grant
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.object_store import ExistingObjectStore, ObjectStoreProps
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
from quantacirc_cdk.terraform.names import terraform_name


class ObjectStore(Checked, Construct):
    """A private, versioned bucket encrypted with its own key, its access logs, and its copy in the recovery region.

    Both have access logs. Raises ``PropsError`` for a name S3 does not take (at most 51 characters, or 49 with a copy:
    the names of the buckets of logs begin with it), a retention outside its range, or a recovery region that is the
    primary one.
    """

    @staticmethod
    def check_props(props: ObjectStoreProps) -> None:
        """Raise ``PropsError`` with what AWS refuses."""
        name, rules = props.name, Rules(props.name)
        longest = longest_name("aws", copied=bool(props.recovery_region))
        if len(name) > longest:
            rules.refuse(
                "name", f"{len(name)} characters", f"at most {longest}: S3 allows 63, the log bucket adds some"
            )
        rules.matches("name", name, r"[a-z0-9][-a-z0-9]+[a-z0-9]", "lower-case letters, digits and dashes")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: ObjectStoreProps) -> None:
        super().__init__(scope, id)
        name = terraform_name(id)
        self.props = props
        self._name = name
        self.key_id: str | None = props.keys.key_id(props.key)
        store = Bucket(
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
        )
        self.bucket = store.bucket
        self.bucket_name = props.name
        self.bucket_id = store.bucket_arn
        AccessLogs(
            self,
            "access-logs",
            source=store,
            terraform_name=name,
            bucket=f"{props.name}{ACCESS_LOGS}",
            region=props.region,
            account=props.account,
            prefix=name,
        )
        if props.recovery_region:
            Replication(self, "replication", props=props, store=store, terraform_name=name)

    @staticmethod
    def from_existing(
        *, bucket_name: str, bucket_id: str, key_id: str | None = None, name: str = "objects"
    ) -> "ExistingBucket":
        """Return an existing bucket for other constructs; creates nothing."""
        return ExistingBucket(bucket_name=bucket_name, bucket_id=bucket_id, key_id=key_id, name=name)

    def grant_read_write(
        self,
        identity: WorkloadIdentity | ExistingWorkloadIdentity,
        *,
        prefixes: Sequence[str] = (),
        except_prefixes: Sequence[str] = (),
    ) -> None:
        """Let ``identity`` list, read and write objects; it can neither delete versions nor change the bucket.

        With ``prefixes`` only what is below one of them, and never what is below one of ``except_prefixes``.
        """
        grant(self, identity, self._name, _objects(self.bucket_id, self.key_id, prefixes, except_prefixes))

    def grant_backups(self, identity: WorkloadIdentity | ExistingWorkloadIdentity) -> None:
        """Let Velero keep backups in the bucket, and upload large ones in parts.

        Source: https://github.com/vmware-tanzu/velero-plugin-for-aws/blob/main/README.md#set-permissions-for-velero.
        """
        parts = allow(["s3:ListMultipartUploadParts"], [f"{self.bucket_id}/*"], "Parts")
        grant(self, identity, self._name, [*_objects(self.bucket_id, self.key_id, (), ()), parts])


class ExistingBucket(ExistingObjectStore):
    """An existing bucket; its id is its ARN."""

    def grant_read_write(
        self, identity: WorkloadIdentity, *, prefixes: Sequence[str] = (), except_prefixes: Sequence[str] = ()
    ) -> None:
        """Let ``identity`` list, read and write objects, as ``ObjectStore.grant_read_write`` does."""
        identity.grant(self.name, _objects(self.bucket_id, self.key_id, prefixes, except_prefixes))


def _objects(
    bucket_id: str, key_id: str | None, prefixes: Sequence[str], except_prefixes: Sequence[str]
) -> list[Statement]:
    """Return what a client may do (https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html)."""
    objects = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    listed: dict[str, Any] = {}
    if prefixes:
        below = [form for prefix in prefixes for form in (prefix, f"{prefix}/*")]
        listed["Condition"] = {"StringLike": {"s3:prefix": below}}
    statements = [
        allow(["s3:ListBucket"], [bucket_id], "List", **listed),
        allow(objects, [f"{bucket_id}/{prefix}/*" for prefix in prefixes] or [f"{bucket_id}/*"], "Objects"),
    ]
    if except_prefixes:
        others = [f"{bucket_id}/{prefix}/*" for prefix in except_prefixes]
        statements.append({**allow(["s3:*"], others, "Others"), "Effect": "Deny"})
    if key_id:
        statements.append(allow(["kms:Decrypt", "kms:GenerateDataKey"], [key_id], "Key"))
    return statements
