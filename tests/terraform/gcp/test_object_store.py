"""The artifacts on Google Cloud."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.gcp import ObjectStore
from quantacirc_cdk.terraform.interface import ObjectStoreProps
from support.terraform.stacks import Json, resources, synthesized
from support.terraform.switched import Keys

PROPS: dict[str, Any] = {"name": "artifacts-1", "region": "europe-west3", "account": "p", "keys": Keys()}


def store(tmp_path: Path, **changes: Any) -> dict[str, Json]:
    props = ObjectStoreProps(**PROPS | changes)
    return resources(synthesized(tmp_path, lambda scope: ObjectStore(scope, "artifacts", props)))


def test_every_bucket_is_private_versioned_encrypted_and_ruled_by_iam_alone(prod: dict[str, Json]) -> None:
    buckets = {a: v for a, v in prod.items() if a.startswith("google_storage_bucket.")}
    assert len(buckets) == 6
    for address, bucket in buckets.items():
        store = "backups" if "backups" in address else "artifacts"
        assert bucket["uniform_bucket_level_access"] is True
        assert bucket["public_access_prevention"] == "enforced"
        # A bucket has versions or a retention policy.
        assert bucket["versioning"]["enabled"] is ("retention_policy" not in bucket)
        assert bucket["encryption"]["default_kms_key_name"].startswith(f"${{google_kms_crypto_key_iam_binding.{store}")
        assert bucket["soft_delete_policy"]["retention_duration_seconds"] >= 7 * 86400
        assert bucket["force_destroy"] is False


def test_old_versions_are_kept_as_long_as_asked(tmp_path: Path) -> None:
    rules = store(tmp_path, retention_days=30)["google_storage_bucket.artifacts"]["lifecycle_rule"]
    assert {"days_since_noncurrent_time": 30, "with_state": "ARCHIVED"} in [rule["condition"] for rule in rules]
    assert "LIVE" not in str(rules)


def test_objects_move_to_nearline_and_expire_when_asked(tmp_path: Path) -> None:
    found = store(tmp_path, cool_after_days=60, expire_after_days=400, recovery_region="europe-west1")
    cool = {
        "action": {"type": "SetStorageClass", "storage_class": "NEARLINE"},
        "condition": {"age": 60, "matches_storage_class": ["STANDARD"], "with_state": "LIVE"},
    }
    expire = {"action": {"type": "Delete"}, "condition": {"age": 400, "with_state": "LIVE"}}
    assert found["google_storage_bucket.artifacts"]["lifecycle_rule"][-2:] == [cool, expire]
    assert found["google_storage_bucket.artifacts_recovery"]["lifecycle_rule"][-1] == expire
    assert cool not in found["google_storage_bucket.artifacts_recovery"]["lifecycle_rule"]


def test_the_copy_is_in_the_recovery_region_with_its_own_key(tmp_path: Path) -> None:
    found = store(tmp_path, recovery_region="europe-west1")
    copy = found["google_storage_bucket.artifacts_recovery"]
    assert copy["location"] == "europe-west1"
    assert copy["encryption"] == {"default_kms_key_name": "keys/objects-recovery"}
    job = found["google_storage_transfer_job.artifacts"]
    # The job fails when it starts before its agent may read, write and subscribe.
    grants = {a for a in found if "iam_member.artifacts_" in a} - {
        "google_storage_bucket_iam_member.artifacts_access_logs"
    }
    assert grants <= set(job["depends_on"])
    assert "delete_objects_unique_in_sink" not in job["replication_spec"]["transfer_options"]


def test_agents_may_use_objects_and_not_the_bucket(prod: dict[str, Json]) -> None:
    grant = prod["google_storage_bucket_iam_member.planck_forge_artifacts"]
    assert grant["role"] == "roles/storage.objectUser"
    assert grant["bucket"] == "${google_storage_bucket.artifacts.name}"
    assert grant["member"].endswith("quantacirc-prod.svc.id.goog/subject/ns/quantacirc/sa/planck-forge")
    assert "google_container_cluster.cluster" in grant["depends_on"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "a" * 52}, "52 characters, expected at most 51"),
        ({"name": "goog-artifacts"}, 'neither begins with "goog"'),
        ({"name": "my-google-artifacts"}, 'nor contains "google"'),
        ({"name": "Artifacts"}, "lower-case letters"),
        ({"retention_days": 0}, "expected 1 to 3650 days"),
        ({"recovery_region": "europe-west3"}, "is the primary region"),
    ],
)
def test_what_cloud_storage_does_not_take_is_refused(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(PropsError, match=said):
        store(tmp_path, **changes)


def test_backups_are_locked_and_reached_by_their_jobs_alone(prod: dict[str, Json]) -> None:
    bucket = prod["google_storage_bucket.backups"]
    assert bucket["retention_policy"] == {"retention_period": f"${{{35 * 86400}}}", "is_locked": False}
    # A bucket has versions or a retention policy.
    assert bucket["versioning"] == {"enabled": False}
    grants = {address: one for address, one in prod.items() if address.endswith("_backups")}
    members = {a for a in grants if a.startswith("google_storage_bucket_iam_member.")}
    assert members == {f"google_storage_bucket_iam_member.{job}_backup_backups" for job in ("bus", "ledger")}
    condition = grants["google_storage_bucket_iam_member.ledger_backup_backups"]["condition"]["expression"]
    objects = "projects/_/buckets/quantacirc-prod-backups-quantacirc-prod/objects"
    assert f'resource.name.startsWith("{objects}/backups/ledger/")' in condition
    assert "backups/bus" not in condition
