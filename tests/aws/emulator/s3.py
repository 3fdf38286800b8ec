"""What moto's S3 does otherwise than S3."""

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.s3.exceptions import ReplicationConfigurationNotFoundError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response


def install() -> None:
    """Read policies as IAM does, and return replication as it was put."""
    S3Response.get_bucket_replication = _get_replication  # type: ignore[method-assign]
    _let_policies_hold_lists()


def _get_replication(self: S3Response) -> Any:
    self.data["Action"] = "GetBucketReplication"
    put = self.backend.get_bucket_replication(self.bucket_name)
    if not put:
        raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
    rules = [rule | {"Filter": {"Prefix": (rule.get("Filter") or {}).get("Prefix") or ""}} for rule in put["Rule"]]
    configuration = {"Role": put["Role"], "Rules": rules}
    return self.serialized(ActionResult({"ReplicationConfiguration": configuration}))


def _let_policies_hold_lists() -> None:
    allowed = FakeBucket._log_permissions_enabled_policy

    def with_lists(target_bucket: Any, target_prefix: str | None) -> bool:
        policy = target_bucket.policy
        if not policy:
            return False
        document = json.loads(policy.decode())
        for statement in document["Statement"]:
            if isinstance(statement.get("Principal"), str):
                statement["Principal"] = {"AWS": statement["Principal"]}
            resources = statement.get("Resource")
            if isinstance(resources, list) and len(resources) == 1:
                statement["Resource"] = resources[0]
        target_bucket.policy = json.dumps(document).encode()
        try:
            return bool(allowed(target_bucket, target_prefix))
        finally:
            target_bucket.policy = policy

    FakeBucket._log_permissions_enabled_policy = staticmethod(with_lists)  # type: ignore[assignment, method-assign]
