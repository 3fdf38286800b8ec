"""A database on AWS: its password is rotated by one apply, and no backup replaces it."""

import json
from pathlib import Path
from typing import Any

import pytest

from aws.service import Aws, served
from aws.stack import AppliedStack
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.aws import AuroraDatabase, Cluster, Database, Network, Provider
from quantacirc_cdk.terraform.interface import DatabaseProps, ExistingKeyRing
from support.terraform.stacks import synthesized

pytestmark = [pytest.mark.cloud, pytest.mark.terraform]

ACCOUNT, REGION = "111122223333", "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-4111-8111-111111111111"


def test_a_password_is_rotated_in_the_database_and_its_secret_by_one_apply(tmp_path: Path) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:
        stack = AppliedStack.first(tmp_path / "one", written(tmp_path / "1", aws, "main"), aws)
        stack.apply()
        assert stack.plan() == {}
        before = secret(aws, "main")
        stack.replace(written(tmp_path / "2", aws, "main", password_version=2))
        planned = {address: actions for address, (actions, _) in stack.plan().items()}
        assert planned == {
            "aws_db_instance.ledger": ["update"],
            # Another version of the same secret, which takes the place of the first.
            "aws_secretsmanager_secret_version.ledger_credentials": ["delete", "create"],
        }
        stack.apply()
        assert stack.plan() == {}
        after = secret(aws, "main")
        assert before["password"] != after["password"]
        assert before | {"password": ""} == after | {"password": ""}
        assert after["password"] not in stack.state()


def test_read_replicas_are_added_and_removed_and_their_hosts_follow(tmp_path: Path) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:

        def replicas(number: int) -> Path:
            hosts = {"read_replicas": number, "read_hosts_name": "main-ledger-read-hosts"}
            return written(tmp_path / str(number), aws, "main", **hosts)

        stack = AppliedStack.first(tmp_path / "one", replicas(2), aws)
        stack.apply()
        assert stack.plan() == {}
        instances = {one["DBInstanceIdentifier"]: one for one in aws.ask("rds", "describe_db_instances")["DBInstances"]}
        first, second = (instances[f"main-ledger-read-{number}"] for number in (1, 2))
        assert first["ReadReplicaSourceDBInstanceIdentifier"] == "main-ledger"
        assert first["AvailabilityZone"] != second["AvailabilityZone"]
        assert (first["StorageEncrypted"], first["PubliclyAccessible"]) == (True, False)
        assert hosts(aws) == f"{first['Endpoint']['Address']},{second['Endpoint']['Address']}"
        before = secret(aws, "main")
        stack.replace(replicas(0))
        stack.apply()
        assert stack.plan() == {}
        assert hosts(aws) == before["host"]
        assert secret(aws, "main") == before


def test_read_replicas_follow_an_instance_that_is_replaced_or_renamed(tmp_path: Path) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:

        def replicated(folder: str, name: str = "main", key: str = KEY) -> Path:
            keys = ExistingKeyRing(keys={"database": key, "logs": KEY, "secrets": KEY})
            return written(tmp_path / folder, aws, name, read_replicas=1, keys=keys)

        stack = AppliedStack.first(tmp_path / "one", replicated("1"), aws)
        stack.apply()
        replaced = ["delete", "create"]
        stack.replace(replicated("2", name="other"))
        assert planned(stack) == {"aws_db_instance.ledger": ["update"], "aws_db_instance.ledger_read_1": replaced}
        stack.replace(replicated("3", key=KEY.replace("1111-4111", "2222-4222")))
        assert planned(stack) == dict.fromkeys(("aws_db_instance.ledger", "aws_db_instance.ledger_read_1"), replaced)
        actions, _ = stack.plan()["aws_secretsmanager_secret_version.ledger_credentials"]
        assert actions == replaced
        before = secret(aws, "main")
        stack.apply()
        assert stack.plan() == {}
        after = secret(aws, "main")
        assert before["password"] != after["password"]
        assert before | {"password": ""} == after | {"password": ""}
        instances = aws.ask("rds", "describe_db_instances")["DBInstances"]
        sources = {one["DBInstanceIdentifier"]: one.get("ReadReplicaSourceDBInstanceIdentifier") for one in instances}
        assert sources == {"main-ledger": None, "main-ledger-read-1": "main-ledger"}


@pytest.mark.parametrize("renamed", ["database", "secret", "both"])
def test_a_renamed_database_or_secret_gets_one_new_password_on_both_sides_by_one_apply(
    renamed: str, tmp_path: Path
) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:

        def named(folder: str, database: str, secret: str) -> Path:
            return written(tmp_path / folder, aws, database, credentials_name=f"{secret}-ledger-credentials")

        stack = AppliedStack.first(tmp_path / "one", named("1", "main", "main"), aws)
        stack.apply()
        assert stack.plan() == {}
        before = secret(aws, "main")
        names = ["other" if renamed in (one, "both") else "main" for one in ("database", "secret")]
        stack.replace(named("2", *names))
        plan = stack.plan()
        actions, instance = plan["aws_db_instance.ledger"]
        _, version = plan["aws_secretsmanager_secret_version.ledger_credentials"]
        assert actions == ["update"]
        assert instance["password_wo_version"] == version["secret_string_wo_version"]
        assert instance["password_wo_version"][1] > instance["password_wo_version"][0] == 1
        stack.apply()
        assert stack.plan() == {}
        after = secret(aws, names[1])
        assert before["password"] != after["password"]
        (found,) = aws.ask("rds", "describe_db_instances")["DBInstances"]
        assert found["DBInstanceIdentifier"] == f"{names[0]}-ledger"
        assert after["host"] == found["Endpoint"]["Address"]


def test_a_cluster_of_aurora_is_upgraded_with_its_group_and_gains_a_reader(tmp_path: Path) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:

        def aurora(folder: str, **changes: Any) -> Path:
            hosts = {"read_hosts_name": "main-ledger-read-hosts"}
            return written(tmp_path / folder, aws, "main", AuroraDatabase, **hosts, **changes)

        stack = AppliedStack.first(tmp_path / "one", aurora("1", version="16"), aws)
        stack.apply()
        assert stack.plan() == {}
        stack.replace(aurora("2", version="17", read_replicas=1))
        stack.apply()
        assert stack.plan() == {}
        (cluster,) = aws.ask("rds", "describe_db_clusters")["DBClusters"]
        assert (cluster["Engine"], cluster["EngineVersion"].split(".")[0]) == ("aurora-postgresql", "17")
        assert cluster["DBClusterParameterGroup"] == "main-ledger-aurora-postgresql17"
        assert (cluster["StorageEncrypted"], cluster["IAMDatabaseAuthenticationEnabled"]) == (True, True)
        instances = {one["DBInstanceIdentifier"]: one for one in aws.ask("rds", "describe_db_instances")["DBInstances"]}
        assert sorted(instances) == ["main-ledger-instance-1", "main-ledger-instance-2"]
        assert len({one["AvailabilityZone"] for one in instances.values()}) == 2
        assert hosts(aws) == cluster["ReaderEndpoint"]
        assert secret(aws, "main")["host"] == cluster["Endpoint"]


def test_a_major_version_is_upgraded_in_a_copy_that_takes_the_place_of_the_instance(tmp_path: Path) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:

        def version(number: str) -> Path:
            return written(tmp_path / number, aws, "main", version=number, blue_green=True)

        stack = AppliedStack.first(tmp_path / "one", version("16"), aws)
        stack.apply()
        assert stack.plan() == {}
        before = secret(aws, "main")
        stack.replace(version("17"))
        stack.apply()
        assert secret(aws, "main") == before
        (instance,) = aws.ask("rds", "describe_db_instances")["DBInstances"]
        assert (instance["DBInstanceIdentifier"], instance["EngineVersion"].split(".")[0]) == ("main-ledger", "17")
        assert [group["DBParameterGroupName"] for group in instance["DBParameterGroups"]] == ["main-ledger-postgres17"]
        assert stack.plan() == {}


def test_backups_are_restored_into_no_instance_that_exists(tmp_path: Path) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:
        stack = AppliedStack.first(tmp_path / "one", written(tmp_path / "1", aws, "main"), aws)
        stack.apply()
        for index, source in enumerate(("snapshot:old", "auto-backup:ab-1")):
            arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:{source}"
            stack.replace(written(tmp_path / f"late-{index}", aws, "main", restore_from=arn))
            assert stack.plan() == {}


def written(folder: Path, aws: Aws, name: str, construct: Any = Database, **changes: Any) -> Path:
    """Return the folder of a stack with a database in the account's default network."""
    subnets = [subnet["SubnetId"] for subnet in aws.ask("ec2", "describe_subnets")["Subnets"]]
    group = aws.ask("ec2", "describe_security_groups")["SecurityGroups"][0]

    def declare(stack: Stack) -> None:
        place: dict[str, Any] = {"region": REGION, "account": ACCOUNT}
        Provider(stack, "provider", **place, recovery_region=None, tags={"system": "main"})
        network = Network.from_existing(
            network_id=group["VpcId"], cidr="172.31.0.0/16", private_subnet_ids=subnets, database_subnet_ids=subnets
        )
        clients = Cluster.from_existing(
            cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id=group["GroupId"]
        )
        props: dict[str, Any] = {
            "name": f"{name}-ledger",
            **place,
            "network": network,
            "clients": clients,
            "keys": ExistingKeyRing(keys=dict.fromkeys(("database", "logs", "secrets"), KEY)),
            "deletion_protection": False,
        }
        construct(stack, "ledger", DatabaseProps(**props | changes))

    synthesized(folder, declare)
    return folder / "stacks" / "test"


def planned(stack: AppliedStack) -> dict[str, list[str]]:
    """Return what a plan would do with the instances."""
    plan = stack.plan()
    return {address: actions for address, (actions, _) in plan.items() if address.startswith("aws_db_instance.")}


def hosts(aws: Aws) -> str:
    answer = aws.ask("secretsmanager", "get_secret_value", SecretId="main-ledger-read-hosts")
    return str(json.loads(answer["SecretString"])["hosts"])


def secret(aws: Aws, name: str) -> dict[str, Any]:
    answer = aws.ask("secretsmanager", "get_secret_value", SecretId=f"{name}-ledger-credentials")
    return dict(json.loads(answer["SecretString"]))
