"""A database on Aurora."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.aws import AuroraDatabase, Cluster, Network, Observability, WorkloadIdentity
from quantacirc_cdk.terraform.disposable import make_disposable
from quantacirc_cdk.terraform.interface import DatabaseProps, ObservabilityProps
from support.terraform.stacks import Json

Declared = Callable[..., dict[str, Json]]
NETWORK = Network.from_existing(
    network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["a", "b"], database_subnet_ids=["c", "d"]
)
ONE_ZONE = Network.from_existing(
    network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["a"], database_subnet_ids=["c"]
)
CLUSTER = Cluster.from_existing(cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="sg")
RDS = "arn:aws:rds:eu-central-1:111111111111:"
TIME = "2026-01-14T01:17:00Z"
IGNORED = ["database_name", "restore_to_point_in_time", "snapshot_identifier"]


def ledger(declared: Declared, **changes: Any) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        props = {"name": "ledger-1", "network": NETWORK, "clients": CLUSTER, **shared, **changes}
        AuroraDatabase(scope, "ledger", DatabaseProps(**props))

    return declared(declare)


def instances(found: dict[str, Json]) -> list[Json]:
    return [one for address, one in found.items() if address.startswith("aws_rds_cluster_instance.")]


def test_a_cluster_is_as_private_and_protected_as_an_instance(declared: Declared) -> None:
    found = ledger(declared, backup_retention_days=35)
    cluster = found["aws_rds_cluster.ledger"]
    assert (cluster["engine"], cluster["engine_version"]) == ("aurora-postgresql", "17")
    assert cluster["kms_key_id"] == "keys/database"
    assert cluster["iam_database_authentication_enabled"] is cluster["storage_encrypted"] is True
    assert cluster["deletion_protection"] is True
    assert cluster["lifecycle"] == {"prevent_destroy": True}
    assert (cluster["skip_final_snapshot"], cluster["delete_automated_backups"]) == (False, False)
    assert cluster["backup_retention_period"] == 35
    assert cluster["vpc_security_group_ids"] == ["${aws_security_group.ledger.id}"]
    assert (cluster["allow_major_version_upgrade"], cluster["apply_immediately"]) == (True, True)
    assert cluster["master_password_wo"].startswith("${ephemeral.")
    assert "aws_cloudwatch_log_group.ledger_postgresql" in found
    (instance,) = instances(found)
    assert instance["cluster_identifier"] == "${aws_rds_cluster.ledger.id}"
    assert instance["publicly_accessible"] is False
    assert instance["performance_insights_enabled"] is True
    version = found["aws_secretsmanager_secret_version.ledger_credentials"]
    assert "host = aws_rds_cluster.ledger.endpoint" in version["secret_string_wo"]
    assert version["lifecycle"] == {"replace_triggered_by": ["aws_rds_cluster.ledger.id"]}


def test_tls_is_forced_by_the_group_of_the_version(declared: Declared) -> None:
    found = ledger(declared, version="16")
    group = found["aws_rds_cluster_parameter_group.ledger"]
    assert group["family"] == "aurora-postgresql16"
    assert {"name": "rds.force_ssl", "value": "1"} in group["parameter"]
    assert group["lifecycle"] == {"create_before_destroy": True}
    name = found["aws_rds_cluster.ledger"]["db_cluster_parameter_group_name"]
    assert name == "${aws_rds_cluster_parameter_group.ledger.name}"


@pytest.mark.parametrize(
    ("changes", "number"),
    [({}, 1), ({"high_availability": True}, 2), ({"read_replicas": 3, "high_availability": True}, 4)],
)
def test_readers_are_in_other_zones_and_take_over(changes: dict[str, Any], number: int, declared: Declared) -> None:
    found = ledger(declared, read_hosts_name="hosts", **changes)
    made = instances(found)
    assert [one["identifier"] for one in made] == [f"ledger-1-instance-{each}" for each in range(1, number + 1)]
    places = [
        found[f"aws_rds_cluster_instance.ledger_instance_{each}"]["availability_zone"] for each in range(1, number + 1)
    ]
    assert places == [f"${{data.aws_subnet.ledger_instance_{each}.availability_zone}}" for each in range(1, number + 1)]
    hosts = found["aws_secretsmanager_secret_version.ledger_read_hosts"]["secret_string"]
    assert hosts == '${jsonencode({hosts = join(",", [aws_rds_cluster.ledger.reader_endpoint])})}'


def test_a_disposable_cluster_goes_with_its_backups_and_without_a_last_snapshot(declared: Declared) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        props = DatabaseProps(name="ledger-1", network=NETWORK, clients=CLUSTER, **shared, deletion_protection=False)
        AuroraDatabase(scope, "ledger", props)
        make_disposable(scope.elements)

    cluster = declared(declare)["aws_rds_cluster.ledger"]
    assert (cluster["skip_final_snapshot"], cluster["delete_automated_backups"]) == (True, True)
    assert not {"final_snapshot_identifier", "lifecycle"} & cluster.keys()


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"),
    [(2, 4, "db.t4g.medium"), (2, 8, "db.t4g.large"), (2, 16, "db.r7g.large"), (8, 8, "db.r7g.2xlarge")],
)
def test_the_smallest_class_that_aurora_has(cpu: int, memory: int, expected: str, declared: Declared) -> None:
    assert instances(ledger(declared, cpu=cpu, memory_gib=memory))[0]["instance_class"] == expected


def test_an_identity_logs_in_to_every_instance_of_the_cluster(declared: Declared) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        props = DatabaseProps(name="ledger-1", network=NETWORK, clients=CLUSTER, **shared, read_replicas=1)
        identity = WorkloadIdentity.from_existing(name="baker", identity_id="arn:aws:iam::111122223333:role/baker")
        AuroraDatabase(scope, "ledger", props).grant_login(identity, "ledger-baker")

    (statement,) = json.loads(declared(declare)["aws_iam_role_policy.baker_ledger_login"]["policy"])["Statement"]
    (resource,) = statement["Resource"]
    assert resource.endswith(":dbuser:${aws_rds_cluster.ledger.cluster_resource_id}/ledger-baker")


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        ("cluster-snapshot:old", {"snapshot_identifier": f"{RDS}cluster-snapshot:old"}),
        ("snapshot:rds:old", {"snapshot_identifier": f"{RDS}snapshot:rds:old"}),
        ("cluster:old", {"restore_to_point_in_time": {"source_cluster_identifier": "old"}}),
    ],
)
def test_a_cluster_starts_from_backups(source: str, arguments: dict[str, Any], declared: Declared) -> None:
    cluster = ledger(declared, restore_from=RDS + source)["aws_rds_cluster.ledger"]
    later = {"restore_type": "full-copy", "use_latest_restorable_time": True}
    expected = {name: one | later if isinstance(one, dict) else one for name, one in arguments.items()}
    assert {name: cluster[name] for name in expected} == expected
    assert "database_name" not in cluster
    assert cluster["lifecycle"] == {"prevent_destroy": True, "ignore_changes": IGNORED}


def test_a_cluster_of_another_account_is_restored_to_a_point_in_time_by_its_arn(declared: Declared) -> None:
    arn = f"{RDS}cluster:old".replace("111111111111", "222222222222")
    cluster = ledger(declared, restore_from=arn, restore_time=TIME)["aws_rds_cluster.ledger"]
    expected = {"source_cluster_identifier": arn, "restore_type": "full-copy", "restore_to_time": TIME}
    assert cluster["restore_to_point_in_time"] == expected


def test_alarms_are_those_that_aurora_measures(declared: Declared) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        alarms = Observability(scope, "alarms", ObservabilityProps(name="alarms", owners=["a@example.org"], **shared))
        props = DatabaseProps(name="ledger-1", network=NETWORK, clients=CLUSTER, **shared, read_replicas=1)
        alarms.watch_database(AuroraDatabase(scope, "ledger", props))

    found = declared(declare)
    alarms = {a.partition(".")[2]: one for a, one in found.items() if a.startswith("aws_cloudwatch_metric_alarm.")}
    assert {one["metric_name"] for one in alarms.values()} == {
        "CPUUtilization",
        "FreeableMemory",
        "AuroraReplicaLagMaximum",
    }
    lag = alarms["ledger_lag"]
    assert (lag["threshold"], lag["treat_missing_data"]) == (300_000, "notBreaching")
    assert lag["dimensions"] == {"DBClusterIdentifier": "${aws_rds_cluster.ledger.cluster_identifier}"}
    memory = alarms["ledger_instance_2_memory"]
    assert memory["dimensions"] == {"DBInstanceIdentifier": "${aws_rds_cluster_instance.ledger_instance_2.identifier}"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "l" * 52}, "at most 51"),
        ({"network": ONE_ZONE}, "two zones, which RDS needs"),
        ({"recovery_region": "eu-west-1"}, "expected none: a global database needs a network in that region"),
        ({"blue_green": True}, "a blue/green deployment of Aurora"),
        ({"storage_gib": 50}, "50 GiB for a volume that grows by itself"),
        ({"max_storage_gib": 500}, "500 GiB for a volume that grows by itself"),
        ({"instance_type": "db.m7g.large"}, 'db.m7g.large for Aurora, expected "db.r7g.large"'),
        ({"instance_type": "db.t4g.small"}, "db.t4g.small for Aurora"),
        ({"read_replicas": 16}, "16 replicas, expected at most 15"),
        ({"restore_from": f"{RDS}auto-backup:ab-1"}, "expected the ARN of a snapshot, or of an Aurora cluster"),
        ({"restore_from": f"{RDS}cluster-snapshot:a", "restore_time": TIME}, "of a backup, which has its own time"),
    ],
)
def test_what_aurora_does_not_take_is_refused(changes: dict[str, Any], said: str, declared: Declared) -> None:
    with pytest.raises(PropsError, match=said):
        ledger(declared, **changes)
