"""The artifacts on AWS."""

from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.aws import ObjectStore, WorkloadIdentity
from quantacirc_cdk.terraform.interface import ObjectStoreProps
from support.terraform.stacks import Json


def store(declared: Callable[..., dict[str, Json]], **changes: Any) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        ObjectStore(scope, "artifacts", ObjectStoreProps(**{"name": "artifacts-1", **shared, **changes}))

    return declared(declare)


def test_every_bucket_is_private_versioned_encrypted_and_tls_only(prod: dict[str, Json], statements: Any) -> None:
    buckets = [address.partition(".")[2] for address in prod if address.startswith("aws_s3_bucket.")]
    assert len(buckets) == 8
    for name in buckets:
        blocks = prod[f"aws_s3_bucket_public_access_block.{name}"]
        assert all(blocks[key] for key in blocks if key not in ("bucket", "provider"))
        assert prod[f"aws_s3_bucket_versioning.{name}"]["versioning_configuration"] == {"status": "Enabled"}
        rule = prod[f"aws_s3_bucket_server_side_encryption_configuration.{name}"]["rule"]
        logs = name.endswith("_access_logs")
        algorithm = rule["apply_server_side_encryption_by_default"]["sse_algorithm"]
        assert algorithm == ("AES256" if logs else "aws:kms")
        denied = statements(prod[f"aws_s3_bucket_policy.{name}"]["policy"])["DenyWithoutTls12"]
        assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", "*", "s3:*")
        owner = prod[f"aws_s3_bucket_ownership_controls.{name}"]["rule"]
        assert owner == {"object_ownership": "BucketOwnerEnforced"}


def test_requests_to_the_bucket_and_its_copy_are_logged_where_they_are(prod: dict[str, Json], statements: Any) -> None:
    for name, provider in (("artifacts", None), ("artifacts_recovery", "aws.recovery")):
        logging = prod[f"aws_s3_bucket_logging.{name}"]
        assert logging["target_bucket"] == f"${{aws_s3_bucket.{name}_access_logs.id}}"
        logs = prod[f"aws_s3_bucket.{name}_access_logs"]
        assert logs.get("provider") == provider
        write = statements(prod[f"aws_s3_bucket_policy.{name}_access_logs"]["policy"])["AccessLogs"]
        assert write["Principal"] == {"Service": "logging.s3.amazonaws.com"}
        assert write["Resource"] == [f"arn:aws:s3:::{logs['bucket']}/*"]
        source = prod[f"aws_s3_bucket.{name}"]["bucket"]
        assert write["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:aws:s3:::{source}"}
        (kept,) = prod[f"aws_s3_bucket_lifecycle_configuration.{name}_access_logs"]["rule"]
        assert kept["expiration"] == {"days": 365}


def test_old_versions_are_kept_as_long_as_asked(declared: Any) -> None:
    (rule,) = store(declared, retention_days=30)["aws_s3_bucket_lifecycle_configuration.artifacts"]["rule"]
    assert rule["noncurrent_version_expiration"] == {"noncurrent_days": 30}
    assert rule["expiration"] == {"expired_object_delete_marker": True}


def test_the_copy_is_in_the_recovery_region_with_its_own_key(declared: Any, statements: Any) -> None:
    found = store(declared, recovery_region="eu-west-1")
    assert found["aws_s3_bucket.artifacts_recovery"]["provider"] == "aws.recovery"
    rule = found["aws_s3_bucket_replication_configuration.artifacts"]["rule"]
    assert rule["destination"]["encryption_configuration"] == {"replica_kms_key_id": "keys/objects-recovery"}
    # Without markers, what is deleted here would be a current object there for ever.
    assert rule["delete_marker_replication"] == {"status": "Enabled"}
    allowed = statements(found["aws_iam_role_policy.artifacts_replication"]["policy"])
    assert allowed["Write"]["Resource"] == ["arn:aws:s3:::artifacts-1-recovery/*"]
    assert "s3:ReplicateDelete" not in str(allowed)


def test_agents_may_use_objects_and_neither_versions_nor_the_bucket(prod: dict[str, Json], statements: Any) -> None:
    allowed = statements(prod["aws_iam_role_policy.planck_forge_artifacts"]["policy"])
    assert allowed.keys() == {"List", "Objects", "Key"}
    assert set(allowed["Objects"]["Action"]) == {
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:PutObject",
    }
    assert all("*" not in action for one in allowed.values() for action in one["Action"])


def test_names_are_those_of_the_partition(declared: Any) -> None:
    found = store(declared, region="us-gov-west-1")
    assert "arn:aws-us-gov:s3:::artifacts-1" in found["aws_s3_bucket_policy.artifacts"]["policy"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "a" * 52}, "52 characters, expected at most 51"),
        ({"name": "a" * 50, "recovery_region": "eu-west-1"}, "50 characters, expected at most 49"),
        ({"name": "Artifacts"}, "lower-case letters"),
        ({"retention_days": 3651}, "expected 1 to 3650 days"),
        ({"recovery_region": "eu-central-1"}, "is the primary region"),
    ],
)
def test_what_s3_does_not_take_is_refused(changes: dict[str, Any], said: str, declared: Any) -> None:
    with pytest.raises(PropsError, match=said):
        store(declared, **changes)


def test_backups_are_in_a_bucket_of_their_own_that_nobody_empties(prod: dict[str, Json]) -> None:
    for name in ("backups", "backups_recovery"):
        assert prod[f"aws_s3_bucket.{name}"]["object_lock_enabled"] is True
        lock = prod[f"aws_s3_bucket_object_lock_configuration.{name}"]["rule"]["default_retention"]
        assert lock == {"mode": "GOVERNANCE", "days": 35}
    assert "aws_s3_bucket_object_lock_configuration.artifacts" not in prod
    assert "BypassGovernanceRetention" not in repr(prod)
    clients = {address.removesuffix("_backups") for address in prod if address.endswith("_backups")}
    assert {one for one in clients if one.startswith("aws_iam_role_policy.")} == {
        "aws_iam_role_policy.bus_backup",
        "aws_iam_role_policy.ledger_backup",
    }


def test_a_backup_reaches_its_own_prefix_alone(prod: dict[str, Json], statements: Any) -> None:
    allowed = statements(prod["aws_iam_role_policy.ledger_backup_backups"]["policy"])
    bucket = "arn:aws:s3:::quantacirc-prod-backups-333333333333"
    assert allowed["Objects"]["Resource"] == [f"{bucket}/backups/ledger/*"]
    assert allowed["List"]["Condition"] == {"StringLike": {"s3:prefix": ["backups/ledger", "backups/ledger/*"]}}


def test_what_is_kept_from_a_client_is_denied(declared: Any, statements: Any) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        made = ObjectStore(scope, "files", ObjectStoreProps(name="files", **shared))
        baker = WorkloadIdentity.from_existing(name="baker", identity_id="arn:aws:iam::1:role/baker")
        made.grant_read_write(baker, except_prefixes=["backups/ledger"])

    found = statements(declared(declare)["aws_iam_role_policy.baker_files"]["policy"])
    assert found["Others"]["Effect"] == "Deny"
    assert found["Others"]["Action"] == ["s3:*"]
    assert found["Others"]["Resource"] == ["arn:aws:s3:::files/backups/ledger/*"]


def test_the_copy_of_a_locked_bucket_carries_its_locks(declared: Any, statements: Any) -> None:
    found = store(declared, recovery_region="eu-west-1", lock_days=14)
    read = statements(found["aws_iam_role_policy.artifacts_replication"]["policy"])["Read"]["Action"]
    assert {"s3:GetObjectRetention", "s3:GetObjectLegalHold"} <= set(read)


def test_objects_move_to_infrequent_access_and_expire_when_asked(declared: Callable[..., dict[str, Json]]) -> None:
    found = store(declared, cool_after_days=60, expire_after_days=400, recovery_region="eu-west-1")
    (rule,) = found["aws_s3_bucket_lifecycle_configuration.artifacts"]["rule"]
    assert rule["transition"] == [{"days": 60, "storage_class": "STANDARD_IA"}]
    assert rule["expiration"] == {"days": 400}
    (copy,) = found["aws_s3_bucket_lifecycle_configuration.artifacts_recovery"]["rule"]
    assert "transition" not in copy, "its objects are in that class from the beginning"
    assert copy["expiration"] == {"days": 400}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cool_after_days": 29}, "cool_after_days"),
        ({"cool_after_days": 90, "expire_after_days": 90}, "expected more than cool_after_days, 90"),
        ({"lock_days": 30, "expire_after_days": 30}, "expected more than lock_days, 30"),
        ({"expire_after_days": 0}, "expire_after_days"),
    ],
)
def test_days_that_contradict_each_other_are_refused(
    declared: Callable[..., dict[str, Json]], changes: dict[str, int], said: str
) -> None:
    with pytest.raises(PropsError, match=said):
        store(declared, **changes)
