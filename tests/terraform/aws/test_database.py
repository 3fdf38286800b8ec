"""The ledger on AWS."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.aws import Cluster, Database, Network, WorkloadIdentity
from quantacirc_cdk.terraform.interface import DatabaseProps
from support.terraform.stacks import Json

NETWORK = Network.from_existing(
    network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["a", "b"], database_subnet_ids=["c", "d"]
)
RDS = "arn:aws:rds:eu-central-1:111111111111:"
IGNORED = ["db_name", "kms_key_id", "restore_to_point_in_time", "snapshot_identifier"]
TIME = "2026-01-14T01:17:00Z"
ONE_ZONE = Network.from_existing(
    network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["a"], database_subnet_ids=["c"]
)
CLUSTER = Cluster.from_existing(cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="sg")


def ledger(declared: Callable[..., dict[str, Json]], **changes: Any) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        props = {"name": "ledger-1", "network": NETWORK, "clients": CLUSTER, **shared, **changes}
        Database(scope, "ledger", DatabaseProps(**props))

    return declared(declare)


def test_production_is_private_encrypted_doubled_and_refuses_deletion(prod: dict[str, Json]) -> None:
    instance = prod["aws_db_instance.ledger"]
    assert instance["publicly_accessible"] is False
    assert instance["storage_encrypted"] is True
    assert instance["kms_key_id"] == "${aws_kms_key.ledger.arn}"
    assert instance["multi_az"] is True
    assert instance["deletion_protection"] is True
    assert instance["lifecycle"] == {"prevent_destroy": True}
    assert instance["skip_final_snapshot"] is False
    assert instance["performance_insights_enabled"] is True
    assert instance["backup_retention_period"] == 35


def test_development_is_smaller_and_may_go(dev: dict[str, Json]) -> None:
    instance = dev["aws_db_instance.ledger"]
    assert (instance["multi_az"], instance["deletion_protection"]) == (False, False)
    assert "aws_db_instance_automated_backups_replication.ledger" not in dev


def test_a_major_version_is_upgraded_with_its_parameter_group_at_once(prod: dict[str, Json]) -> None:
    instance, group = prod["aws_db_instance.ledger"], prod["aws_db_parameter_group.ledger"]
    assert (instance["allow_major_version_upgrade"], instance["apply_immediately"]) == (True, True)
    assert instance["parameter_group_name"] == "${aws_db_parameter_group.ledger.name}"
    assert (group["family"], instance["engine_version"]) == ("postgres17", "17")
    assert group["lifecycle"] == {"create_before_destroy": True}


def test_changes_are_made_in_a_copy_that_replicates_another_major_version(
    declared: Callable[..., dict[str, Json]], prod: dict[str, Json]
) -> None:
    resources = ledger(declared, blue_green=True)
    assert resources["aws_db_instance.ledger"]["blue_green_update"] == {"enabled": True}
    replicated = {"name": "rds.logical_replication", "value": "1", "apply_method": "pending-reboot"}
    assert replicated in resources["aws_db_parameter_group.ledger"]["parameter"]
    assert "blue_green_update" not in prod["aws_db_instance.ledger"]
    assert replicated not in prod["aws_db_parameter_group.ledger"]["parameter"]
    with pytest.raises(PropsError, match="backups are copied to another region, expected none: the copies would end"):
        ledger(declared, blue_green=True, recovery_region="eu-west-1")


def test_an_identity_logs_in_with_a_token_as_one_user_of_one_instance(
    declared: Callable[..., dict[str, Json]],
) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        props = DatabaseProps(name="ledger-1", network=NETWORK, clients=CLUSTER, **shared)
        identity = WorkloadIdentity.from_existing(name="baker", identity_id="arn:aws:iam::111122223333:role/baker")
        Database(scope, "ledger", props).grant_login(identity, "ledger-baker")

    granted = declared(declare)["aws_iam_role_policy.baker_ledger_login"]
    (statement,) = json.loads(granted["policy"])["Statement"]
    assert statement["Action"] == ["rds-db:connect"]
    (resource,) = statement["Resource"]
    assert re.fullmatch(
        r"arn:aws:rds-db:[a-z0-9-]+:[0-9]{12}:dbuser:\$\{aws_db_instance\.ledger\.resource_id\}/ledger-baker", resource
    )


def test_read_replicas_are_as_secure_as_the_instance_and_in_other_zones(
    declared: Callable[..., dict[str, Json]],
) -> None:
    found = ledger(declared, read_replicas=3, read_hosts_name="prod/ledger-read-hosts")
    instance = found["aws_db_instance.ledger"]
    replicas = [found[f"aws_db_instance.ledger_read_{number}"] for number in (1, 2, 3)]
    assert [one["identifier"] for one in replicas] == ["ledger-1-read-1", "ledger-1-read-2", "ledger-1-read-3"]
    same = "allocated_storage instance_class publicly_accessible storage_encrypted vpc_security_group_ids"
    for number, replica in enumerate(replicas, start=1):
        assert replica["replicate_source_db"] == "${aws_db_instance.ledger.identifier}"
        assert {key: replica[key] for key in same.split()} == {key: instance[key] for key in same.split()}
        assert replica["iam_database_authentication_enabled"] is True
        # What RDS refuses of a replica, or takes from its source.
        refused = {
            "username",
            "password_wo",
            "db_name",
            "engine",
            "kms_key_id",
            "final_snapshot_identifier",
            "multi_az",
        }
        assert not refused & replica.keys()
        assert f"aws_cloudwatch_log_group.ledger_read_{number}_postgresql" in found
        # The number of replicas can go down without another change.
        assert "deletion_protection" not in replica
        assert replica["lifecycle"]["ignore_changes"] == ["availability_zone"]
        follows = ["aws_db_instance.ledger.id", "aws_db_instance.ledger.identifier"]
        assert replica["lifecycle"]["replace_triggered_by"] == follows
    zones = [one["availability_zone"] for one in replicas]
    assert zones == [f"${{data.aws_subnet.ledger_read_{number}.availability_zone}}" for number in (1, 2, 3)]
    hosts = found["aws_secretsmanager_secret_version.ledger_read_hosts"]["secret_string"]
    addresses = ", ".join(f"aws_db_instance.ledger_read_{number}.address" for number in (1, 2, 3))
    assert hosts == f'${{jsonencode({{hosts = join(",", [{addresses}])}})}}'


def test_without_replicas_the_instance_is_the_host_to_read_from(declared: Callable[..., dict[str, Json]]) -> None:
    found = ledger(declared, read_hosts_name="prod/ledger-read-hosts")
    version = found["aws_secretsmanager_secret_version.ledger_read_hosts"]
    assert version["secret_string"] == '${jsonencode({hosts = join(",", [aws_db_instance.ledger.address])})}'
    assert not [address for address in found if "read_1" in address]
    assert not [address for address in ledger(declared) if "read" in address]


def test_whoever_reads_the_credentials_reads_the_hosts_and_tokens_open_replicas(
    declared: Callable[..., dict[str, Json]],
) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        props = {"name": "ledger-1", "network": NETWORK, "clients": CLUSTER, **shared}
        made = Database(scope, "ledger", DatabaseProps(**props, read_replicas=1, read_hosts_name="hosts"))
        identity = WorkloadIdentity.from_existing(name="baker", identity_id="arn:aws:iam::111122223333:role/baker")
        made.grant_connect(identity)
        made.grant_login(identity, "ledger-baker")

    found = declared(declare)
    read, login = (
        json.loads(found[f"aws_iam_role_policy.baker_{name}"]["policy"])["Statement"][0]["Resource"]
        for name in ("ledger", "ledger_login")
    )
    secrets = ("ledger_credentials", "ledger_read_hosts")
    assert read == [f"${{aws_secretsmanager_secret.{name}.arn}}" for name in secrets]
    assert [one.partition("dbuser:")[2] for one in login] == [
        "${aws_db_instance.ledger.resource_id}/ledger-baker",
        "${aws_db_instance.ledger_read_1.resource_id}/ledger-baker",
    ]


def test_the_last_snapshot_of_each_instance_has_a_name_of_its_own(prod: dict[str, Json]) -> None:
    name = prod["aws_db_instance.ledger"]["final_snapshot_identifier"]
    assert name == 'quantacirc-prod-ledger-final-${trimprefix(aws_security_group.ledger.id, "sg-")}'


def test_a_disposable_environment_goes_whole_and_leaves_no_name(dev: dict[str, Json], prod: dict[str, Json]) -> None:
    instance = dev["aws_db_instance.ledger"]
    assert (instance["skip_final_snapshot"], instance["delete_automated_backups"]) == (True, True)
    assert "final_snapshot_identifier" not in instance
    expected = {
        "aws_s3_bucket": ("force_destroy", True),
        "aws_ecr_repository": ("force_delete", True),
        "aws_secretsmanager_secret": ("recovery_window_in_days", 0),
        "aws_route53_zone": ("force_destroy", True),
    }
    for kind, (argument, value) in expected.items():
        found = [one for address, one in dev.items() if address.startswith(f"{kind}.")]
        assert found
        assert [one.get(argument) for one in found] == [value] * len(found), kind
    assert not [address for address, one in prod.items() if one.get("force_destroy") or one.get("force_delete")]
    assert {
        one["recovery_window_in_days"] for a, one in prod.items() if a.startswith("aws_secretsmanager_secret.")
    } == {30}


def test_backups_are_copied_with_a_key_there(prod: dict[str, Json]) -> None:
    copies = prod["aws_db_instance_automated_backups_replication.ledger"]
    assert copies["provider"] == "aws.recovery"
    assert copies["kms_key_id"] == "${aws_kms_key.ledger_recovery.arn}"
    assert copies["retention_period"] == 35


def test_tls_is_forced_and_slow_statements_are_logged(prod: dict[str, Json]) -> None:
    parameters = {one["name"]: one["value"] for one in prod["aws_db_parameter_group.ledger"]["parameter"]}
    assert parameters["rds.force_ssl"] == "1"
    assert parameters["log_min_duration_statement"] == "1000"


def test_only_the_clusters_nodes_connect(prod: dict[str, Json]) -> None:
    rule = prod["aws_vpc_security_group_ingress_rule.ledger"]
    node_group = "${aws_eks_cluster.cluster.vpc_config[0].cluster_security_group_id}"
    assert rule["referenced_security_group_id"] == node_group
    assert (rule["from_port"], rule["to_port"], rule["ip_protocol"]) == (5432, 5432, "tcp")
    assert "aws_vpc_security_group_egress_rule.ledger" not in prod


def test_the_password_is_written_and_never_read(prod: dict[str, Json]) -> None:
    instance, version = prod["aws_db_instance.ledger"], prod["aws_secretsmanager_secret_version.ledger_credentials"]
    assert "password" not in instance
    assert "secret_string" not in version
    names = "/quantacirc-prod-ledger/quantacirc/prod/ledger"
    first = prod["terraform_data.ledger_password"]
    assert (first["input"], first["lifecycle"]) == (names, {"ignore_changes": ["input"]})
    assert instance["password_wo_version"] == version["secret_string_wo_version"]
    assert instance["password_wo_version"].startswith("${var.ledger_password_version + (terraform_data.")
    for field in ("username", "password", "host", "port", "dbname"):
        assert f"{field} = " in version["secret_string_wo"]
    # A new instance has a new password.
    assert version["lifecycle"] == {"replace_triggered_by": ["aws_db_instance.ledger.id"]}


@pytest.mark.parametrize(
    ("source", "argument", "value"),
    [
        ("snapshot:rds:ledger-2026-01-14", "snapshot_identifier", "{arn}"),
        (
            "auto-backup:ab-1",
            "restore_to_point_in_time",
            {"source_db_instance_automated_backups_arn": "{arn}", "use_latest_restorable_time": True},
        ),
    ],
)
def test_a_database_starts_from_backups(source: str, argument: str, value: Any, declared: Any) -> None:
    arn = f"arn:aws:rds:eu-central-1:111111111111:{source}"
    instance = ledger(declared, restore_from=arn)["aws_db_instance.ledger"]
    expected = {key: arn if one == "{arn}" else one for key, one in value.items()} if isinstance(value, dict) else arn
    assert instance[argument] == expected
    # It has the name of the database and the key that its backups have.
    assert "db_name" not in instance
    assert instance["lifecycle"] == {"prevent_destroy": True, "ignore_changes": IGNORED}
    assert "password_wo" in instance
    if argument == "restore_to_point_in_time":
        then = ledger(declared, restore_from=arn, restore_time=TIME)["aws_db_instance.ledger"][argument]
        assert then == {"source_db_instance_automated_backups_arn": arn, "restore_time": TIME}
    fresh = ledger(declared)["aws_db_instance.ledger"]
    assert fresh["db_name"] == "app"
    assert not {"snapshot_identifier", "restore_to_point_in_time"} & fresh.keys()


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"), [(2, 4, "db.t4g.medium"), (2, 8, "db.m7g.large"), (4, 32, "db.r7g.xlarge")]
)
def test_the_smallest_instance_that_fits(cpu: int, memory: int, expected: str, declared: Any) -> None:
    found = ledger(declared, cpu=cpu, memory_gib=memory)
    assert found["aws_db_instance.ledger"]["instance_class"] == expected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "l" * 54}, "at most 53"),
        ({"name": "two--dashes"}, "single dashes"),
        ({"network": ONE_ZONE}, "two zones, which RDS needs"),
        ({"network": ONE_ZONE, "high_availability": True}, "no second zone for the standby"),
        ({"recovery_region": "eu-central-1"}, "is the primary region"),
        ({"backup_retention_days": 36}, "expected 1 to 35 days"),
        ({"storage_gib": 200, "max_storage_gib": 100}, "at least storage_gib, 200"),
        ({"version": "13"}, "14 to 18"),
        ({"database": "Ledger"}, "lower-case"),
        ({"cpu": 900}, "no Graviton class of RDS"),
        ({"read_replicas": 16}, "read_replicas: 16 replicas, expected at most 15"),
        ({"read_replicas": -1}, "read_replicas: found -1"),
        ({"read_replicas": 1, "blue_green": True}, "a blue/green deployment of a database with read replicas"),
        ({"restore_from": "arn:aws:rds:eu-central-1:1:db:ledger"}, "the ARN of a snapshot or of copied automated"),
        ({"restore_from": "arn:aws:rds:eu-west-1:111111111111:snapshot:a"}, "in another region"),
        ({"restore_from": f"{RDS}snapshot:a", "restore_time": TIME}, "of a backup, which has its own time"),
        ({"restore_from": f"{RDS}snapshot:a", "restore_region": "eu-west-1"}, "only Azure restores backups of another"),
    ],
)
def test_what_rds_does_not_take_is_refused(changes: dict[str, Any], said: str, declared: Any) -> None:
    with pytest.raises(PropsError, match=said):
        ledger(declared, **changes)
