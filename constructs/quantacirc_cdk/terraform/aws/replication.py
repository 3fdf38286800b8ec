"""A copy of a bucket in the recovery region."""

from quantacirc_cdk.limits.buckets import RECOVERY_LOGS
from quantacirc_cdk.terraform.aws.access_logs import AccessLogs
from quantacirc_cdk.terraform.aws.bucket import Bucket
from quantacirc_cdk.terraform.aws.iam import allow, policy, same_account, trust
from quantacirc_cdk.terraform.aws.provider import RECOVERY
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.object_store import ObjectStoreProps
from quantacirc_cdk.terraform.names import terraform_name as join
from quantacirc_cdk.terraform.resource import Resource


class Replication(Construct):
    """A bucket in the recovery region, encrypted with a key there, and the role that copies every new object to it.

    A deletion is copied as a marker: the object is kept there as an old version for ``retention_days``. The deletion of
    a version is never copied
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-marker-replication.html).
    """

    def __init__(
        self, scope: Construct, id: str, *, props: ObjectStoreProps, store: Bucket, terraform_name: str
    ) -> None:
        super().__init__(scope, id)
        region = props.recovery_region
        assert region is not None  # noqa: S101  only made with one
        self._key = props.keys.recovery_key_id(props.key)
        copy = Bucket(
            self,
            "bucket",
            terraform_name=join(terraform_name, "recovery"),
            bucket=f"{props.name}-recovery",
            region=region,
            key_id=self._key,
            expire_days=props.expire_after_days,
            noncurrent_days=props.retention_days,
            # S3 copies from a locked bucket into a locked one only
            # (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-replication).
            lock_days=props.lock_days,
            provider=RECOVERY,
        )
        AccessLogs(
            self,
            "access-logs",
            source=copy,
            terraform_name=join(terraform_name, "recovery"),
            bucket=f"{props.name}{RECOVERY_LOGS}",
            region=region,
            account=props.account,
            prefix=terraform_name,
            provider=RECOVERY,
        )
        role = Resource(
            self,
            "aws_iam_role",
            join(terraform_name, "replication"),
            name=f"{props.name}-replication"[:64],
            assume_role_policy=trust("s3.amazonaws.com", condition=same_account(props.account)),
        )
        Resource(
            self,
            "aws_iam_role_policy",
            join(terraform_name, "replication"),
            name="replicate",
            role=role.id,
            policy=policy(
                allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], [store.bucket_arn], "Source"),
                allow(
                    [f"s3:GetObjectVersion{what}" for what in ("Acl", "ForReplication", "Tagging")]
                    + (["s3:GetObjectLegalHold", "s3:GetObjectRetention"] if props.lock_days else []),
                    [f"{store.bucket_arn}/*"],
                    "Read",
                ),
                allow(["s3:ReplicateObject", "s3:ReplicateTags"], [f"{copy.bucket_arn}/*"], "Write"),
                allow(["kms:Decrypt"], [props.keys.key_id(props.key)], "DecryptSource"),
                allow(["kms:Encrypt", "kms:GenerateDataKey"], [self._key], "EncryptCopy"),
            ),
        )
        store.part(
            "aws_s3_bucket_replication_configuration",
            role=role.arn,
            rule={
                "id": "recovery",
                "status": "Enabled",
                "priority": 0,
                "filter": {"prefix": ""},
                "delete_marker_replication": {"status": "Enabled"},
                "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
                "destination": {
                    "bucket": copy.bucket_arn,
                    "storage_class": "STANDARD_IA",
                    "encryption_configuration": {"replica_kms_key_id": self._key},
                },
            },
            depends_on=[store.versioning, copy.versioning],
        )
