"""Registry, secrets, identities, alarms and DNS on Google Cloud."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.gcp import Cluster, DnsZone, ImageRegistry, SecretStore, WorkloadIdentity
from quantacirc_cdk.terraform.interface import (
    DnsZoneProps,
    ImageRegistryProps,
    SecretStoreProps,
    WorkloadIdentityProps,
)
from terraform_support.stacks import Json, synthesized
from terraform_support.switched import Keys

SHARED: dict[str, Any] = {"region": "europe-west3", "account": "p", "keys": Keys()}


def test_tags_are_immutable_and_images_encrypted_and_scanned(prod: dict[str, Json]) -> None:
    registry = prod["google_artifact_registry_repository.registry"]
    assert registry["docker_config"] == {"immutable_tags": True}
    assert registry["vulnerability_scanning_config"] == {"enablement_config": "INHERITED"}
    assert "iam_binding.registry" in registry["kms_key_name"]
    assert "google_project_service.containerscanning" in registry["depends_on"]


def test_a_limit_of_images_is_refused_because_immutable_tags_keep_them(tmp_path: Path) -> None:
    props = ImageRegistryProps(name="images", repositories=["a"], keep_images=10, **SHARED)
    with pytest.raises(PropsError, match="removes no image whose tag is immutable"):
        synthesized(tmp_path, lambda scope: ImageRegistry(scope, "registry", props))


def test_every_secret_is_encrypted_in_both_regions(prod: dict[str, Json]) -> None:
    secrets = {a: v for a, v in prod.items() if a.startswith("google_secret_manager_secret.")}
    assert {s["secret_id"] for s in secrets.values()} == {
        "quantacirc-prod-ledger-credentials",
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


def test_an_identity_without_a_grant_is_nothing(tmp_path: Path) -> None:
    cluster = Cluster.from_existing(
        cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="t"
    )
    props = WorkloadIdentityProps(
        name="i", region="r", account="project", cluster=cluster, namespace="ns", service_account="sa"
    )
    found: list[WorkloadIdentity] = []
    stack = synthesized(tmp_path, lambda scope: found.append(WorkloadIdentity(scope, "identity", props)))
    assert "resource" not in stack
    assert found[0].identity_id == (
        "principal://iam.googleapis.com/projects/${data.google_project.current.number}/locations/global/"
        "workloadIdentityPools/project.svc.id.goog/subject/ns/ns/sa/sa"
    )


def test_the_owners_hear_when_the_ledger_is_short_of_anything_or_silent(prod: dict[str, Json]) -> None:
    channel = prod["google_monitoring_notification_channel.alarms_1"]
    assert channel["labels"] == {"email_address": "platform@quantacirc.example"}
    alarms = {a: v for a, v in prod.items() if a.startswith("google_monitoring_alert_policy.")}
    assert alarms.keys() == {f"google_monitoring_alert_policy.ledger_{m}" for m in ("cpu", "memory", "disk")}
    for alarm in alarms.values():
        condition = alarm["conditions"][0]["condition_threshold"]
        assert 'database_id = "quantacirc-prod:quantacirc-prod-ledger"' in condition["filter"]
        assert condition["evaluation_missing_data"] == "EVALUATION_MISSING_DATA_ACTIVE"
        assert alarm["notification_channels"] == ["${google_monitoring_notification_channel.alarms_1.name}"]


def test_the_zone_is_signed_and_logged(prod: dict[str, Json]) -> None:
    zone = prod["google_dns_managed_zone.zone"]
    assert zone["dns_name"] == "quantacirc.example."
    assert zone["dnssec_config"]["state"] == "on"
    assert zone["cloud_logging_config"] == {"enable_logging": True}


def test_a_zone_with_a_bad_domain_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PropsError, match="a DNS name"):
        synthesized(tmp_path, lambda scope: DnsZone(scope, "zone", DnsZoneProps(name="z", domain="nowhere")))


def test_each_api_is_switched_on_once_and_stays_on(prod: dict[str, Json]) -> None:
    apis = [v for a, v in prod.items() if a.startswith("google_project_service.")]
    assert len({api["service"] for api in apis}) == len(apis) >= 14
    assert all(api["disable_on_destroy"] is False for api in apis)
