"""Secrets on Google Cloud."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.gcp import SecretStore
from quantacirc_cdk.terraform.interface import (
    SecretStoreProps,
)
from support.terraform.stacks import Json, synthesized
from support.terraform.switched import Keys

SHARED: dict[str, Any] = {"region": "europe-west3", "account": "p", "keys": Keys()}


def test_every_secret_is_encrypted_in_both_regions(prod: dict[str, Json]) -> None:
    secrets = {a: v for a, v in prod.items() if a.startswith("google_secret_manager_secret.")}
    assert {s["secret_id"] for s in secrets.values()} == {
        "quantacirc-prod-ledger",
        "quantacirc-prod-llm-providers",
    }
    for secret in secrets.values():
        replicas = secret["replication"]["user_managed"]["replicas"]
        assert [replica["location"] for replica in replicas] == ["europe-west3", "europe-west1"]
        keys = [replica["customer_managed_encryption"]["kms_key_name"] for replica in replicas]
        assert keys[0] != keys[1]
        assert secret["version_destroy_ttl"] == "2592000s"


def test_only_the_reader_of_secrets_reads_them(prod: dict[str, Json]) -> None:
    grants = [v for a, v in prod.items() if a.startswith("google_secret_manager_secret_iam_member.")]
    assert len(grants) == 2
    for grant in grants:
        assert grant["role"] == "roles/secretmanager.secretAccessor"
        assert grant["member"].endswith("/subject/ns/external-secrets/sa/external-secrets")


def test_an_unknown_secret_is_refused_with_the_nearest(tmp_path: Path) -> None:
    props = SecretStoreProps(name="s/e", secrets={"database": "d"}, **SHARED)

    def declare(scope: Stack) -> None:
        with pytest.raises(PropsError, match='no secret "databse", expected "database"'):
            SecretStore(scope, "secrets", props).secret_id("databse")

    synthesized(tmp_path, declare)
