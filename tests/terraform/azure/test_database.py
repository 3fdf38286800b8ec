"""The ledger's database on Azure."""

from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.azure import Cluster, Database, Network, WorkloadIdentity
from quantacirc_cdk.terraform.interface import DatabaseProps
from support.terraform.stacks import Json

Declared = Callable[..., dict[str, Json]]
NETWORK = Network.from_existing(
    network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"] * 3, database_subnet_ids=["d"] * 3
)
CLUSTER = Cluster.from_existing(
    cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="s", oidc_issuer="https://i"
)
OLD = (
    "/subscriptions/44444444-4444-4444-8444-444444444444/resourceGroups/old"
    "/providers/Microsoft.DBforPostgreSQL/flexibleServers/old-ledger"
)
TIME = "2026-01-14T01:17:00Z"
SERVER = "azurerm_postgresql_flexible_server.ledger"


def ledger(declared: Declared, **changes: Any) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        scope.variable("ledger_upgrade", type="bool", description="Upgrade the ledger.", default=False)
        props = {"name": "s-e-ledger", "network": NETWORK, "clients": CLUSTER, **shared, **changes}
        Database(scope, "ledger", DatabaseProps(**props))

    return declared(declare)


def test_a_major_version_is_upgraded_in_the_one_apply_that_says_so(declared: Declared) -> None:
    assert ledger(declared, upgrade="${var.ledger_upgrade}")[SERVER]["create_mode"] == (
        '${var.ledger_upgrade ? "Update" : null}'
    )


@pytest.mark.integration
@pytest.mark.parametrize(("region", "mode"), [(None, "PointInTimeRestore"), ("northeurope", "GeoRestore")])
def test_a_server_starts_from_the_backups_of_another_one(region: str | None, mode: str, declared: Declared) -> None:
    restored = {"restore_from": OLD, "restore_time": TIME, "restore_region": region}
    found = ledger(declared, **restored)
    server = found[SERVER]
    assert (server["create_mode"], server["source_server_id"]) == (mode, OLD)
    assert server["point_in_time_restore_time_in_utc"] == TIME
    # Another value would replace the server.
    assert {"source_server_id", "point_in_time_restore_time_in_utc"} <= {*server["lifecycle"]["ignore_changes"]}
    # Its database is in the backups, and the provider refuses to create one that exists.
    assert "azurerm_postgresql_flexible_server_database.ledger" not in found
    upgraded = ledger(declared, **restored, upgrade="${var.ledger_upgrade}")[SERVER]
    assert upgraded["create_mode"] == f'${{var.ledger_upgrade ? "Update" : "{mode}"}}'
    assert "source_server_id" not in ledger(declared)[SERVER]


def test_a_log_in_with_a_token_is_refused_with_the_reason(declared: Declared) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        made = Database(scope, "ledger", DatabaseProps(name="ledger", network=NETWORK, clients=CLUSTER, **shared))
        given = {"identity_id": "i", "principal_id": "p", "client_id": "c"}
        made.grant_login(WorkloadIdentity.from_existing(name="baker", **given), "ledger-baker")

    with pytest.raises(PropsError, match='"ledger-baker", a user that only a session of a Microsoft Entra'):
        declared(declare)


def test_the_server_is_private_encrypted_and_tls_only(declared: Declared) -> None:
    found = ledger(declared)
    server = found[SERVER]
    assert server["public_network_access_enabled"] is False
    assert server["delegated_subnet_id"] == "d"
    assert server["customer_managed_key"]["key_vault_key_id"] == "${azurerm_key_vault_key.database.versionless_id}"
    configured = {
        v["name"]: v["value"] for a, v in found.items() if a.startswith("azurerm_postgresql_flexible_server_conf")
    }
    assert configured["require_secure_transport"] == "on"
    assert configured["ssl_min_protocol_version"] == "TLSv1.2"
    # Azure does not find a server whose zone has its own name.
    assert not found["azurerm_private_dns_zone.ledger"]["name"].startswith("s-e-ledger.")


@pytest.mark.integration
def test_prod_survives_a_zone_and_a_region_and_refuses_deletion(prod: dict[str, Json], dev: dict[str, Json]) -> None:
    server = prod[SERVER]
    assert server["high_availability"] == {"mode": "ZoneRedundant", "standby_availability_zone": "2"}
    assert server["geo_redundant_backup_enabled"] is True
    key = server["customer_managed_key"]["geo_backup_key_vault_key_id"]
    assert key == "${azurerm_key_vault_key.ledger_recovery.versionless_id}"
    assert server["lifecycle"]["prevent_destroy"] is True
    assert prod["azurerm_management_lock.ledger"]["lock_level"] == "CanNotDelete"
    assert server["backup_retention_days"] == 35
    assert "high_availability" not in dev[SERVER]
    assert "azurerm_management_lock.ledger" not in dev


def test_nothing_is_changed_while_the_server_makes_another_change(declared: Declared) -> None:
    found = ledger(declared)
    changes = [v for a, v in found.items() if a.startswith("azurerm_postgresql_flexible_server_configuration.")]
    before = [change["depends_on"][0] for change in changes]
    assert len(set(before)) == len(before)
    assert "azurerm_postgresql_flexible_server_database.ledger" in before


def test_read_replicas_are_as_secure_as_the_server_and_made_one_after_the_other(declared: Declared) -> None:
    small = {"cpu": 2, "memory_gib": 4}
    found = ledger(declared, **small, read_replicas=2, read_hosts_name="s-e-ledger-read-hosts")
    server = found[SERVER]
    replicas = [found[f"{SERVER}_read_{number}"] for number in (1, 2)]
    same = "sku_name delegated_subnet_id private_dns_zone_id public_network_access_enabled identity"
    for number, replica in enumerate(replicas, start=1):
        assert replica["name"] == f"s-e-ledger-read-{number}"
        assert (replica["create_mode"], replica["source_server_id"]) == ("Replica", f"${{{SERVER}.id}}")
        assert {key: replica[key] for key in same.split()} == {key: server[key] for key in same.split()}
        assert replica["storage_mb"] == f"${{{SERVER}.storage_mb}}"
        # What Azure takes from the source, or has for a source alone.
        assert not {"administrator_login", "version", "high_availability", "backup_retention_days"} & replica.keys()
        tls = found[f"azurerm_postgresql_flexible_server_configuration.ledger_read_{number}_require_secure_transport"]
        assert tls["value"] == "on"
        assert f"azurerm_monitor_diagnostic_setting.ledger_read_{number}" in found
    # A burstable server has no replicas.
    assert server["sku_name"] == "GP_Standard_D2ds_v5"
    assert [server["zone"], *(one["zone"] for one in replicas)] == ["1", "3", "2"]
    after = [one["depends_on"][-1] for one in replicas]
    last = "azurerm_postgresql_flexible_server_configuration.{}_log_statement"
    assert after == [last.format("ledger"), last.format("ledger_read_1")]
    hosts = found["azurerm_key_vault_secret.ledger_read_hosts"]
    fqdns = ", ".join(f"azurerm_postgresql_flexible_server.ledger_read_{number}.fqdn" for number in (1, 2))
    assert hosts["value"] == f'${{jsonencode({{hosts = join(",", [{fqdns}])}})}}'
    assert "value_wo" not in hosts


def test_without_replicas_the_server_is_the_host_to_read_from(declared: Declared) -> None:
    found = ledger(declared, read_hosts_name="s-e-ledger-read-hosts")
    value = found["azurerm_key_vault_secret.ledger_read_hosts"]["value"]
    assert value == f'${{jsonencode({{hosts = join(",", [{SERVER}.fqdn])}})}}'
    assert not [address for address in ledger(declared) if "read" in address]


def test_whoever_reads_the_credentials_reads_the_hosts(declared: Declared) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        props = {"name": "ledger", "network": NETWORK, "clients": CLUSTER, **shared, "read_hosts_name": "hosts"}
        given = {"identity_id": "i", "principal_id": "p", "client_id": "c"}
        baker = WorkloadIdentity.from_existing(name="baker", **given)
        Database(scope, "ledger", DatabaseProps(**props)).grant_connect(baker)

    scopes = {one["scope"].rpartition("/")[2] for a, one in declared(declare).items() if "baker" in a}
    assert scopes == {"ledger-credentials", "hosts"}


def test_the_password_is_written_and_never_kept(prod: dict[str, Json]) -> None:
    assert prod[SERVER]["administrator_password_wo"] == "${ephemeral.random_password.ledger.result}"
    secret = prod["azurerm_key_vault_secret.ledger_credentials"]
    assert secret["name"] == "quantacirc-prod-ledger"
    assert "password = ephemeral.random_password.ledger.result" in secret["value_wo"]
    # A new server has a new password.
    assert secret["lifecycle"] == {"replace_triggered_by": [f"{SERVER}.id"]}


def test_a_standby_has_a_server_that_is_not_burstable(declared: Declared) -> None:
    small = {"cpu": 2, "memory_gib": 4}
    assert ledger(declared, **small)[SERVER]["sku_name"] == "B_Standard_B2s"


def test_a_standby_gets_a_general_purpose_server(declared: Declared) -> None:
    found = ledger(declared, cpu=2, memory_gib=4, high_availability=True)
    assert found[SERVER]["sku_name"] == "GP_Standard_D2ds_v5"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "l" * 64}, "3 to 63"),
        ({"backup_retention_days": 5}, "expected 7 to 35 days"),
        ({"recovery_region": "francecentral"}, "to the paired region, expected its pair, northeurope"),
        ({"region": "polandcentral", "recovery_region": "westeurope"}, "polandcentral has no pair"),
        ({"recovery_region": "westeurope"}, "is the primary region"),
        ({"restore_from": "arn:aws:rds:eu-central-1:111111111111:snapshot:a"}, "expected the resource id of a server"),
        ({"restore_from": OLD}, "no point in time of a server's backups, expected such as"),
        ({"restore_from": OLD, "restore_time": "yesterday"}, "a time in UTC such as"),
        (
            {"restore_from": OLD, "restore_time": TIME, "restore_region": "francecentral"},
            "francecentral, whose backups Azure does not copy to westeurope",
        ),
        ({"restore_region": "northeurope"}, "northeurope without `restore_from`"),
        ({"instance_type": "B_Standard_B2s", "high_availability": True}, "not burstable"),
        ({"region": "westus", "high_availability": True}, "a second zone in westus, which has none, expected false"),
        ({"instance_type": "B_Standard_B2s", "read_replicas": 1}, "with read replicas, expected a size that is not"),
        ({"read_replicas": 6}, "read_replicas: 6 replicas, expected at most 5"),
        ({"name": "l" * 57, "read_replicas": 1}, "3 to 56"),
        ({"storage_gib": 40000, "max_storage_gib": 40000}, "no disk of a PostgreSQL server"),
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
def test_what_azure_does_not_take_is_refused(changes: dict[str, Any], said: str, declared: Declared) -> None:
    with pytest.raises(PropsError, match=said):
        ledger(declared, **changes)
