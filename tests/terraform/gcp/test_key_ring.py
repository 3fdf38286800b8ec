"""Keys on Google Cloud."""

from pathlib import Path
from typing import get_args

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.gcp import KeyRing
from quantacirc_cdk.terraform.interface import KeyRingProps
from quantacirc_cdk.terraform.interface.key_ring import Purpose
from support.terraform.stacks import Json, resources, synthesized


def test_every_key_turns_waits_and_refuses_to_go(prod: dict[str, Json]) -> None:
    keys = {a: v for a, v in prod.items() if a.startswith("google_kms_crypto_key.")}
    assert len(keys) == 12
    for key in keys.values():
        assert key["rotation_period"] == "7776000s"
        assert key["destroy_scheduled_duration"] == "2592000s"
        assert key["lifecycle"] == {"prevent_destroy": True}


def test_only_the_service_that_encrypts_may_use_a_key(prod: dict[str, Json]) -> None:
    for address, binding in prod.items():
        if address.startswith("google_kms_crypto_key_iam_binding."):
            assert binding["role"] == "roles/cloudkms.cryptoKeyEncrypterDecrypter"
            assert all("serviceAccount:" in m or "service_account" in m for m in binding["members"])
    assert prod["google_kms_crypto_key_iam_binding.volumes"]["members"] == [
        "serviceAccount:service-${data.google_project.current.number}@compute-system.iam.gserviceaccount.com"
    ]


NUMBER = "${data.google_project.current.number}"
USERS: dict[Purpose, list[str]] = {
    "cache": ["serviceAccount:${google_project_service_identity.redis.email}"],
    "cluster": [
        f"serviceAccount:service-{NUMBER}@container-engine-robot.iam.gserviceaccount.com",
        "serviceAccount:${google_project_service_identity.gkebackup.email}",
    ],
    "database": ["serviceAccount:${google_project_service_identity.sqladmin.email}"],
    "audit-trail": ["serviceAccount:${data.google_logging_project_cmek_settings.current.service_account_id}"],
    "logs": ["serviceAccount:${data.google_logging_project_cmek_settings.current.service_account_id}"],
    "objects": ["${data.google_storage_project_service_account.current.member}"],
    "registry": ["serviceAccount:${google_project_service_identity.artifactregistry.email}"],
    "secrets": ["serviceAccount:${google_project_service_identity.secretmanager.email}"],
    "state": ["${data.google_storage_project_service_account.current.member}"],
    "volumes": [f"serviceAccount:service-{NUMBER}@compute-system.iam.gserviceaccount.com"],
}
"""Who encrypts and decrypts with the key of each purpose, and nobody else."""


def test_each_purpose_has_a_key_for_its_own_service(tmp_path: Path) -> None:
    props = KeyRingProps(name="keys", region="europe-west3", account="p", purposes=tuple(USERS))
    found = resources(synthesized(tmp_path, lambda scope: KeyRing(scope, "keys", props)))
    assert set(USERS) == set(get_args(Purpose))
    for purpose, members in USERS.items():
        name = purpose.replace("-", "_")
        binding = found[f"google_kms_crypto_key_iam_binding.{name}"]
        assert binding["members"] == members
        assert binding["role"] == "roles/cloudkms.cryptoKeyEncrypterDecrypter"
        assert binding["crypto_key_id"] == f"${{google_kms_crypto_key.{name}.id}}"
    for name in ("redis", "gkebackup", "sqladmin", "artifactregistry", "secretmanager"):
        assert found[f"google_project_service.{name}"]["service"] == f"{name}.googleapis.com"
    # These agents are made with their API, and cannot be named before.
    assert found["google_kms_crypto_key_iam_binding.cluster"]["depends_on"] == ["google_project_service.container"]
    assert found["google_kms_crypto_key_iam_binding.volumes"]["depends_on"] == ["google_project_service.compute"]


def test_nothing_uses_a_key_before_its_service_may(prod: dict[str, Json]) -> None:
    others = [v for a, v in prod.items() if not a.startswith("google_kms_")]
    assert "google_kms_crypto_key." not in str(others)
    assert "google_kms_crypto_key_iam_binding.ledger.crypto_key_id" in str(others)


def test_a_key_that_is_not_there_is_refused(tmp_path: Path) -> None:
    props = KeyRingProps(name="keys", region="europe-west3", account="p", purposes=("logs",))

    def declare(scope: object) -> None:
        ring = KeyRing(scope, "keys", props)  # type: ignore[arg-type]
        with pytest.raises(PropsError, match="no key for database"):
            ring.key_id("database")
        with pytest.raises(PropsError, match="no key for logs in a recovery region"):
            ring.recovery_key_id("logs")

    synthesized(tmp_path, declare)


@pytest.mark.parametrize(("name", "taken"), [("0-state", True), ("Keys_1", True), ("a" * 64, False), ("a.b", False)])
def test_a_ring_has_a_name_that_google_takes(name: str, taken: bool, tmp_path: Path) -> None:
    props = KeyRingProps(name=name, region="europe-west3", account="p", purposes=("logs",))
    if taken:
        found = resources(synthesized(tmp_path, lambda scope: KeyRing(scope, "keys", props)))
        assert found["google_kms_key_ring.keys"]["name"] == name
    else:
        with pytest.raises(PropsError, match="expected at most 63 letters"):
            synthesized(tmp_path, lambda scope: KeyRing(scope, "keys", props))
