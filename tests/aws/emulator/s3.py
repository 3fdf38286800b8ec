"""What moto's S3 does otherwise than S3."""

import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.exceptions import ReplicationConfigurationNotFoundError
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response


def install() -> None:
    """Read policies as IAM does, and return replication as it was put."""
    S3Response.get_bucket_replication = _get_replication  # type: ignore[method-assign]
    FakeBucket.get_permission = _get_permission  # type: ignore[method-assign]
    _let_policies_hold_lists()


_REQUEST = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
"""What a request says of itself: loopback stands for TLS here."""
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "Bool": lambda found, wanted: found == wanted,
    "NumericLessThan": lambda found, wanted: float(found) < float(wanted),
}


def _get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Leave statements aside whose condition does not hold, as IAM does; moto takes each of them for a refusal."""
    if self.policy is None:
        return PermissionResult.NEUTRAL
    document = json.loads(self.policy.decode())
    document["Statement"] = [one for one in document["Statement"] if _holds(one.pop("Condition", {}))]
    return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)


def _holds(condition: dict[str, dict[str, str]]) -> bool:
    """Return whether all of a condition is true of a request; a key that the request does not have is not."""
    return all(
        key in _REQUEST and _OPERATORS[operator](_REQUEST[key], wanted)
        for operator, values in condition.items()
        for key, wanted in values.items()
    )


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
