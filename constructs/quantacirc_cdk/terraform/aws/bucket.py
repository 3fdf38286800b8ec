"""An S3 bucket as every bucket here is: private, versioned, encrypted, TLS only."""

from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.terraform.aws.iam import Statement, partition, policy
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.resource import Resource


class Bucket(Construct):
    """A bucket with ownership by the bucket's owner, no public access, versions, a lifecycle and a TLS-only policy."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        terraform_name: str,
        bucket: str,
        region: str,
        key_id: str | None,
        cool_days: int | None = None,
        expire_days: int | None = None,
        noncurrent_days: int,
        lock_days: int | None = None,
        statements: Sequence[Statement] = (),
        provider: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._name, self._provider = terraform_name, provider
        locked = True if lock_days else None
        self.bucket = Resource(
            self, "aws_s3_bucket", terraform_name, provider=provider, bucket=bucket, object_lock_enabled=locked
        )
        self.bucket_arn = f"arn:{partition(region)}:s3:::{bucket}"
        self.part("aws_s3_bucket_ownership_controls", rule={"object_ownership": "BucketOwnerEnforced"})
        access_block = self.part(
            "aws_s3_bucket_public_access_block",
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        self.versioning = self.part("aws_s3_bucket_versioning", versioning_configuration={"status": "Enabled"})
        if lock_days:
            # Governance: nobody without s3:BypassGovernanceRetention, which no identity of a workload has
            # (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes).
            self.part(
                "aws_s3_bucket_object_lock_configuration",
                rule={"default_retention": {"mode": "GOVERNANCE", "days": lock_days}},
                depends_on=[self.versioning],
            )
        encryption = (
            {"sse_algorithm": "aws:kms", "kms_master_key_id": key_id} if key_id else {"sse_algorithm": "AES256"}
        )
        self.part(
            "aws_s3_bucket_server_side_encryption_configuration",
            rule={
                "apply_server_side_encryption_by_default": encryption,
                # One data key for many objects: a hundredth of the requests to KMS.
                "bucket_key_enabled": key_id is not None,
            },
        )
        self.part(
            "aws_s3_bucket_lifecycle_configuration",
            rule=[lifecycle_rule(cool_days, expire_days, noncurrent_days)],
            depends_on=[self.versioning],
        )
        self.policy = self.part(
            "aws_s3_bucket_policy",
            policy=policy(*deny_without_tls(self.bucket_arn), *statements),
            # While a policy is being put, S3 refuses changes of the access block (OperationAborted).
            depends_on=[access_block],
        )

    def part(self, type: str, **arguments: Any) -> Resource:
        """Configure one more aspect of the bucket."""
        return Resource(self, type, self._name, provider=self._provider, bucket=self.bucket.id, **arguments)


def lifecycle_rule(cool_days: int | None, expire_days: int | None, noncurrent_days: int) -> dict[str, Any]:
    """Return the rule that removes old versions, abandoned uploads and, with ``expire_days``, objects. With
    ``cool_days`` it moves objects to Standard-IA.

    Without ``expire_days`` it removes delete markers that have no version behind them any more; S3 takes one of the two
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-actions).
    """
    return {
        "id": "expire",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "transition": [{"days": cool_days, "storage_class": "STANDARD_IA"}] if cool_days else None,
        "expiration": {"days": expire_days} if expire_days else {"expired_object_delete_marker": True},
        "noncurrent_version_expiration": {"noncurrent_days": noncurrent_days},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    }


def deny_without_tls(bucket_arn: str) -> list[Statement]:
    """Return the statements that refuse requests without TLS 1.2.

    One is not enough: a plain request has no version of TLS, and a condition on a key that is not there never holds
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
    """
    conditions = {
        "DenyPlainHttp": {"Bool": {"aws:SecureTransport": "false"}},
        "DenyWithoutTls12": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    }
    resources = [bucket_arn, f"{bucket_arn}/*"]
    everybody = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resources}
    return [{"Sid": sid, **everybody, "Condition": condition} for sid, condition in conditions.items()]
