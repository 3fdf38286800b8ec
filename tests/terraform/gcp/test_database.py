"""The ledger's database on Google Cloud."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.gcp import Cluster, Database, Network, WorkloadIdentity
from quantacirc_cdk.terraform.interface import DatabaseProps
from support.terraform.stacks import Json, resources, synthesized
from support.terraform.switched import Keys

NETWORK = Network.from_existing(
    network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"] * 3, database_subnet_ids=["d"] * 3
)
CLUSTER = Cluster.from_existing(
    cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="c-nodes"
)
BACKUP = "projects/another/instances/ledger-old/backupRuns/1700000000000"
TIME = "2026-01-14T01:17:00Z"
PROPS: dict[str, Any] = {
    "name": "ledger",
    "region": "europe-west3",
    "account": "project",
    "network": NETWORK,
    "clients": CLUSTER,
    "keys": Keys(),
}


def ledger(tmp_path: Path, **changes: Any) -> dict[str, Json]:
    props = DatabaseProps(**PROPS | changes)
    return resources(synthesized(tmp_path, lambda scope: Database(scope, "ledger", props)))


def test_the_instance_is_private_encrypted_and_tls_only(tmp_path: Path) -> None:
    found = ledger(tmp_path)["google_sql_database_instance.ledger"]
    addresses = found["settings"]["ip_configuration"]
    assert addresses["ipv4_enabled"] is False
    assert addresses["ssl_mode"] == "ENCRYPTED_ONLY"
    assert addresses["private_network"] == "n"
    assert found["encryption_key_name"] == "keys/database"


def test_connections_slow_statements_and_changes_of_the_schema_are_logged_and_audited(tmp_path: Path) -> None:
    flags = ledger(tmp_path)["google_sql_database_instance.ledger"]["settings"]["database_flags"]
    assert {flag["name"]: flag["value"] for flag in flags} == {
        "cloudsql.enable_pgaudit": "on",
        "cloudsql.iam_authentication": "on",
        "log_checkpoints": "on",
        "log_connections": "on",
        "log_disconnections": "on",
        "log_hostname": "off",
        "log_lock_waits": "on",
        "log_min_duration_statement": "1000",
        "log_min_error_statement": "error",
        "log_statement": "ddl",
        "log_temp_files": "0",
    }


def test_prod_survives_a_zone_and_refuses_deletion(prod: dict[str, Json], dev: dict[str, Json]) -> None:
    found = prod["google_sql_database_instance.ledger"]
    assert found["settings"]["availability_type"] == "REGIONAL"
    assert found["deletion_protection"] is True
    assert found["settings"]["deletion_protection_enabled"] is True
    assert found["lifecycle"]["prevent_destroy"] is True
    assert dev["google_sql_database_instance.ledger"]["settings"]["availability_type"] == "ZONAL"


@pytest.mark.parametrize(
    ("days", "edition", "tier"),
    [(7, "ENTERPRISE", "db-custom-2-8192"), (8, "ENTERPRISE_PLUS", "db-perf-optimized-N-2")],
)
def test_the_edition_is_the_one_that_recovers_to_every_point_in_time(
    days: int, edition: str, tier: str, tmp_path: Path
) -> None:
    settings = ledger(tmp_path, backup_retention_days=days)["google_sql_database_instance.ledger"]["settings"]
    backup = settings["backup_configuration"]
    assert (settings["edition"], settings["tier"]) == (edition, tier)
    assert backup["point_in_time_recovery_enabled"] is True
    assert backup["transaction_log_retention_days"] == days
    assert backup["backup_retention_settings"] == {"retained_backups": days, "retention_unit": "COUNT"}


def test_pods_are_admitted_although_their_addresses_are_not_rfc_1918(prod: dict[str, Json]) -> None:
    addresses = prod["google_sql_database_instance.ledger"]["settings"]["ip_configuration"]
    assert addresses["authorized_networks"] == [{"name": "pods", "value": "100.64.0.0/14"}]


def test_a_replica_in_the_recovery_region_has_a_key_of_its_own(prod: dict[str, Json]) -> None:
    replica = prod["google_sql_database_instance.ledger_recovery"]
    assert replica["region"] == "europe-west1"
    assert replica["master_instance_name"] == "${google_sql_database_instance.ledger.name}"
    assert replica["encryption_key_name"] == "${google_kms_crypto_key_iam_binding.ledger_recovery.crypto_key_id}"
    assert replica["settings"]["ip_configuration"]["ipv4_enabled"] is False
    assert replica["lifecycle"]["prevent_destroy"] is True
    assert replica["lifecycle"]["replace_triggered_by"] == ["google_sql_database_instance.ledger.id"]


def test_read_replicas_are_as_secure_as_the_instance_and_in_other_zones(tmp_path: Path) -> None:
    found = ledger(tmp_path, read_replicas=2, read_hosts_name="ledger-read-hosts", recovery_region="europe-west1")
    instance = found["google_sql_database_instance.ledger"]
    for number in (1, 2):
        replica = found[f"google_sql_database_instance.ledger_read_{number}"]
        assert replica["master_instance_name"] == "${google_sql_database_instance.ledger.name}"
        assert (replica["name"], replica["region"]) == (f"ledger-read-{number}", "europe-west3")
        assert replica["encryption_key_name"] == "keys/database"
        for same in ("tier", "edition", "ip_configuration", "database_flags", "insights_config"):
            assert replica["settings"][same] == instance["settings"][same]
        zone = f"${{element(data.google_compute_zones.ledger.names, {number - 1})}}"
        assert replica["settings"]["location_preference"] == {"zone": zone}
        # The number of replicas can go down without another change.
        assert (replica["deletion_protection"], "prevent_destroy" in replica["lifecycle"]) == (False, False)
        assert "settings[0].location_preference" in replica["lifecycle"]["ignore_changes"]
        assert replica["lifecycle"]["replace_triggered_by"] == ["google_sql_database_instance.ledger.id"]
        assert "backup_configuration" not in replica["settings"]
    names = [f"google_sql_database_instance.{one}.private_ip_address" for one in ("ledger_read_1", "ledger_read_2")]
    hosts = found["google_secret_manager_secret_version.ledger_read_hosts"]
    assert hosts["secret_data"] == f'${{jsonencode({{hosts = join(",", [{", ".join(names)}])}})}}'
    admitted = found["google_compute_firewall.ledger"]["destination_ranges"]
    assert admitted[1:] == [f"${{{name}}}/32" for name in names]


def test_an_endpoint_of_private_service_connect_leads_to_each_instance(tmp_path: Path) -> None:
    network = Network.from_existing(network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"] * 3)
    changes = {
        "private_service_connect": True,
        "network": network,
        "high_availability": True,
        "recovery_region": "europe-west1",
    }
    found = ledger(tmp_path, read_replicas=1, read_hosts_name="hosts", **changes)
    kind = "google_sql_database_instance"
    for name in ("ledger", "ledger_read_1", "ledger_recovery"):
        # No range of private services access, and no other project.
        assert found[f"{kind}.{name}"]["settings"]["ip_configuration"] == {
            "ipv4_enabled": False,
            "ssl_mode": "ENCRYPTED_ONLY",
            "psc_config": {"psc_enabled": True, "allowed_consumer_projects": ["project"]},
        }
    for name, called in (("ledger", "ledger"), ("ledger_read_1", "ledger-read-1")):
        rule, zone, record = (
            found[f"google_{one}.{name}"] for one in ("compute_forwarding_rule", "dns_managed_zone", "dns_record_set")
        )
        assert (rule["name"], rule["load_balancing_scheme"], rule["network"]) == (called, "", "n")
        assert rule["target"] == f"${{{kind}.{name}.psc_service_attachment_link}}"
        assert rule["ip_address"] == f"${{google_compute_address.{name}.id}}"
        assert rule["lifecycle"] == {"replace_triggered_by": [f"{kind}.{name}.id"]}
        assert found[f"google_compute_address.{name}"]["subnetwork"] == "s"
        assert zone["private_visibility_config"] == {"networks": [{"network_url": "n"}]}
        assert zone["dns_name"] == record["name"] == f"${{{kind}.{name}.dns_name}}"
        assert record["rrdatas"] == [f"${{google_compute_address.{name}.address}}"]
    assert "google_compute_forwarding_rule.ledger_recovery" not in found
    credentials = found["google_secret_manager_secret_version.ledger_credentials"]["secret_data_wo"]
    assert f'host = trimsuffix({kind}.ledger.dns_name, ".")' in credentials
    hosts = found["google_secret_manager_secret_version.ledger_read_hosts"]
    assert f'trimsuffix({kind}.ledger_read_1.dns_name, ".")' in hosts["secret_data"]
    admitted, others = (found[f"google_compute_firewall.{one}"] for one in ("ledger", "ledger_others"))
    assert admitted["destination_ranges"] == others["destination_ranges"]
    assert len(others["destination_ranges"]) == 2
    assert (admitted["priority"], others["priority"], others["deny"]) == (1000, 2000, [{"protocol": "all"}])


def test_in_a_shared_network_the_zone_of_an_endpoint_is_in_the_host_project(tmp_path: Path) -> None:
    network = Network.from_existing(network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"], project="host")
    found = ledger(tmp_path, private_service_connect=True, network=network)
    projects = {
        address.partition(".")[0]: one.get("project") for address, one in found.items() if address.endswith(".ledger")
    }
    kinds = ("google_dns_managed_zone", "google_dns_record_set", "google_compute_firewall")
    assert [projects[kind] for kind in kinds] == ["host"] * 3
    assert [projects[f"google_compute_{one}"] for one in ("address", "forwarding_rule")] == [None, None]


def test_the_api_of_an_endpoints_zone_is_on_in_the_zones_project(tmp_path: Path) -> None:
    for project, api in ((None, "dns"), ("host", "dns_host")):
        network = Network.from_existing(network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"], project=project)
        found = ledger(tmp_path / api, private_service_connect=True, network=network)
        assert found["google_dns_managed_zone.ledger"]["depends_on"] == [f"google_project_service.{api}"]
        on = found[f"google_project_service.{api}"]
        assert (on["service"], on.get("project"), on["disable_on_destroy"]) == ("dns.googleapis.com", project, False)


def test_without_replicas_the_instance_is_the_host_to_read_from(tmp_path: Path) -> None:
    found = ledger(tmp_path, read_hosts_name="ledger-read-hosts")
    data = found["google_secret_manager_secret_version.ledger_read_hosts"]["secret_data"]
    assert data == '${jsonencode({hosts = join(",", [google_sql_database_instance.ledger.private_ip_address])})}'
    assert len(found["google_compute_firewall.ledger"]["destination_ranges"]) == 1
    assert not [address for address in ledger(tmp_path / "without") if "read" in address]


@pytest.mark.parametrize("replicas", [1, 2])
def test_whoever_reads_the_credentials_reads_the_hosts_and_tokens_open_replicas(tmp_path: Path, replicas: int) -> None:
    def declare(scope: Any) -> None:
        props = DatabaseProps(**PROPS, read_replicas=replicas, read_hosts_name="ledger-read-hosts")
        made = Database(scope, "ledger", props)
        baker = WorkloadIdentity.from_existing(name="baker", identity_id="serviceAccount:baker@p.iam")
        made.grant_connect(baker)
        made.grant_login(baker, "baker@p.iam")

    found = resources(synthesized(tmp_path, declare))
    read = [one["secret_id"] for a, one in found.items() if a.startswith("google_secret_manager_secret_iam_member.")]
    secrets = ("ledger_credentials", "ledger_read_hosts")
    assert sorted(read) == [f"${{google_secret_manager_secret.{name}.id}}" for name in secrets]
    condition = found["google_project_iam_member.baker_ledger_login"]["condition"]["expression"]
    # The same for any number: another condition is another grant, and nobody logs in between the two.
    assert condition == (
        'resource.service == "sqladmin.googleapis.com" && (resource.name == "projects/project/instances/ledger" || '
        'resource.name.startsWith("projects/project/instances/ledger-read-"))'
    )


def test_the_password_is_written_and_never_kept(prod: dict[str, Json]) -> None:
    user = prod["google_sql_user.ledger"]
    assert user["password_wo"] == "${ephemeral.random_password.ledger.result}"
    version = prod["google_secret_manager_secret_version.ledger_credentials"]
    assert "password = ephemeral.random_password.ledger.result" in version["secret_data_wo"]
    # A new instance has neither the user nor the database, and a new password.
    for one in (user, version, prod["google_sql_database.ledger"]):
        assert one["lifecycle"] == {"replace_triggered_by": ["google_sql_database_instance.ledger.id"]}
    assert prod["google_secret_manager_secret.ledger_credentials"]["secret_id"] == "quantacirc-prod-ledger"


def test_a_growing_disk_is_not_made_smaller_again(tmp_path: Path) -> None:
    found = ledger(tmp_path, storage_gib=20, max_storage_gib=100)["google_sql_database_instance.ledger"]
    assert found["settings"]["disk_autoresize_limit"] == 100
    assert found["lifecycle"]["ignore_changes"] == ["settings[0].disk_size"]


def test_an_instance_starts_from_a_backup_which_is_restored_only_once(tmp_path: Path) -> None:
    found = ledger(tmp_path, restore_from=BACKUP)
    instance = found["google_sql_database_instance.ledger"]
    backup = {"project": "another", "instance_id": "ledger-old", "backup_run_id": 1700000000000}
    assert instance["restore_backup_context"] == backup
    # The provider would restore over the running instance's data.
    assert "restore_backup_context" in instance["lifecycle"]["ignore_changes"]
    # Region and key are its own, so the backup can be that of another region; its database is in the backup.
    assert (instance["region"], instance["encryption_key_name"]) == ("europe-west3", "keys/database")
    assert "google_sql_database.ledger" not in found
    assert "google_sql_user.ledger" in found


def test_a_copy_in_the_recovery_region_is_restored_from_nothing(tmp_path: Path) -> None:
    found = ledger(tmp_path, restore_from=BACKUP, recovery_region="europe-west1")
    replica = found["google_sql_database_instance.ledger_recovery"]
    assert "restore_backup_context" not in replica
    assert "restore_backup_context" not in replica["lifecycle"]["ignore_changes"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "l" * 60}, "60 characters, expected at most 54"),
        ({"account": "p" * 30, "name": "l" * 60}, "60 characters"),
        ({"backup_retention_days": 40}, "expected 1 to 35 days"),
        ({"backup_retention_days": 14, "instance_type": "db-custom-2-8192"}, "at most 7, or a tier of Enterprise Plus"),
        ({"recovery_region": "europe-west3"}, "is the primary region"),
        ({"restore_from": "arn:aws:rds:eu-central-1:111111111111:snapshot:a"}, "expected a backup: projects/PROJECT"),
        ({"restore_from": BACKUP, "restore_time": TIME}, "of a backup, which has its own time, expected none"),
        ({"restore_from": BACKUP, "restore_region": "europe-west1"}, "europe-west1 on gcp, expected none"),
        ({"restore_time": TIME}, "of a backup, which has its own time, expected none"),
        ({"read_replicas": 11}, "read_replicas: 11 replicas, expected at most 10"),
        ({"read_replicas": 10, "recovery_region": "europe-west1"}, "at most 9: the copy in the recovery region is one"),
        ({"version": "12"}, "a major version, 14 to 18"),
        ({"cpu": 128, "backup_retention_days": 7}, "no Cloud SQL tier"),
        (
            {
                "high_availability": True,
                "network": Network.from_existing(
                    network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"], database_subnet_ids=["d"]
                ),
            },
            "no second zone",
        ),
    ],
)
def test_what_cloud_sql_does_not_take_is_refused(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(PropsError, match=said):
        ledger(tmp_path, **changes)


def test_the_database_goes_with_its_instance_and_is_not_dropped_before(prod: dict[str, Json]) -> None:
    # PostgreSQL refuses to drop one that clients are connected to.
    assert prod["google_sql_database.ledger"]["deletion_policy"] == "ABANDON"
