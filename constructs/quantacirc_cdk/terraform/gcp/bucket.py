"""A Cloud Storage bucket as every bucket here is: private, versioned, encrypted, access by IAM only."""

from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.resource import Resource

_DAY = 86400


class Bucket(Construct):
    """A bucket without ACLs or public access, with versions, a lifecycle and a week in which deletions can be undone.

    Cloud Storage itself takes requests over TLS only.
    """

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
        log_bucket: str | None = None,
        storage_class: str = "STANDARD",
    ) -> None:
        super().__init__(scope, id)
        self.bucket_name = bucket
        self._name = terraform_name
        self.bucket = Resource(
            self,
            "google_storage_bucket",
            terraform_name,
            name=bucket,
            location=region,
            storage_class=storage_class,
            force_destroy=False,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            # A bucket has versions or a retention policy, which also refuses to overwrite
            # (https://cloud.google.com/storage/docs/bucket-lock).
            versioning={"enabled": lock_days is None},
            # Seconds are a number in version 6 of the provider and text in version 8; an expression becomes either.
            retention_policy={"retention_period": f"${{{lock_days * _DAY}}}", "is_locked": False}
            if lock_days
            else None,
            encryption={"default_kms_key_name": key_id} if key_id else None,
            soft_delete_policy={"retention_duration_seconds": 7 * _DAY},
            lifecycle_rule=lifecycle_rules(cool_days, expire_days, noncurrent_days),
            logging={"log_bucket": log_bucket, "log_object_prefix": bucket} if log_bucket else None,
            depends_on=enable(self, "storage"),
        )

    def grant(self, name: str, role: str, member: str, **more: Any) -> Resource:
        """Give ``member`` a role on this bucket alone."""
        return Resource(
            self,
            "google_storage_bucket_iam_member",
            name,
            bucket=self.bucket.ref("name"),
            role=role,
            member=member,
            **more,
        )


def lifecycle_rules(cool_days: int | None, expire_days: int | None, noncurrent_days: int) -> list[dict[str, Any]]:
    """Return the rules that remove old versions, abandoned uploads and, with ``expire_days``, objects. With
    ``cool_days`` they move objects to Nearline.
    """
    rules: list[dict[str, Any]] = [
        {
            "action": {"type": "Delete"},
            "condition": {"days_since_noncurrent_time": noncurrent_days, "with_state": "ARCHIVED"},
        },
        {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}},
    ]
    if cool_days:
        rules.append(
            {
                "action": {"type": "SetStorageClass", "storage_class": "NEARLINE"},
                "condition": {"age": cool_days, "matches_storage_class": ["STANDARD"], "with_state": "LIVE"},
            }
        )
    if expire_days:
        rules.append({"action": {"type": "Delete"}, "condition": {"age": expire_days, "with_state": "LIVE"}})
    return rules


def part_of_bucket(bucket: str, prefixes: Sequence[str], except_prefixes: Sequence[str]) -> dict[str, str] | None:
    """Return the condition of a grant to a part of a bucket.

    Source: https://cloud.google.com/iam/docs/conditions-resource-attributes#resource-name and, for lists,
    https://cloud.google.com/iam/docs/conditions-attribute-reference#api-attributes.
    """
    objects = f"projects/_/buckets/{bucket}/objects"
    listed = 'api.getAttribute("storage.googleapis.com/objectListPrefix", "")'
    if prefixes:
        parts = [
            f'resource.name.startsWith("{objects}/{prefix}/") || {listed}.startsWith("{prefix}")' for prefix in prefixes
        ]
        return {"title": "part", "expression": " || ".join(parts)}
    if except_prefixes:
        parts = [f'!resource.name.startsWith("{objects}/{prefix}/")' for prefix in except_prefixes]
        return {"title": "all-but-a-part", "expression": " && ".join(parts)}
    return None
