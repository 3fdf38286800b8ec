"""The emulator itself: what was put is returned, what is not there is refused, and so is what is there already.

An emulator that forgot what it was given would let a wrong stack settle.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aws.service import Aws, served

pytestmark = [pytest.mark.terraform, pytest.mark.integration]

ACCOUNT, REGION, OTHER = "111122223333", "eu-central-1", "eu-west-1"
ROLE, ADMIN = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("cluster", "admin"))
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """Yield an account with a cluster."""
    with served(ACCOUNT, REGION, tmp_path_factory.mktemp("aws")) as account:
        subnets = [subnet["SubnetId"] for subnet in account.ask("ec2", "describe_subnets")["Subnets"]]
        made = account.ask(
            "eks",
            "create_cluster",
            name="one",
            roleArn=ROLE,
            resourcesVpcConfig={"subnetIds": subnets, "endpointPublicAccess": False, "endpointPrivateAccess": True},
            accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
            upgradePolicy={"supportType": "STANDARD"},
            encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": KEY}}],
        )
        assert "Error" not in made, made
        yield account


def eks(aws: Aws, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """Return the answers about the cluster; of a refusal its code."""
    answers = aws.ask_all([("eks", REGION, name, {"clusterName": "one", **given}) for name, given in calls])
    return [answer["Error"]["Code"] if "Error" in answer else answer for answer in answers]


@pytest.mark.slow
def test_a_cluster_is_as_it_was_made(aws: Aws) -> None:
    cluster = aws.ask("eks", "describe_cluster", name="one")["cluster"]
    assert cluster["accessConfig"]["authenticationMode"] == "API"
    assert cluster["upgradePolicy"] == {"supportType": "STANDARD"}
    assert cluster["encryptionConfig"] == [{"resources": ["secrets"], "provider": {"keyArn": KEY}}]
    config = cluster["resourcesVpcConfig"]
    assert (config["endpointPublicAccess"], config["endpointPrivateAccess"]) == (False, True)
    (group,) = aws.ask("ec2", "describe_security_groups", GroupIds=[config["clusterSecurityGroupId"]])["SecurityGroups"]
    assert group["VpcId"] == config["vpcId"]


def test_an_addon_is_kept_changed_and_removed(aws: Aws) -> None:
    identity = {"serviceAccount": "aws-node", "roleArn": ROLE}
    wanted = {"addonName": "vpc-cni", "configurationValues": '{"a": 1}', "podIdentityAssociations": [identity]}
    made, again, unknown, kept, changed, found, listed, bound, gone, missing, unbound = eks(
        aws,
        ("create_addon", wanted),
        ("create_addon", {"addonName": "vpc-cni"}),
        ("create_addon", {"addonName": "nothing"}),
        ("describe_addon", {"addonName": "vpc-cni"}),
        ("update_addon", {"addonName": "vpc-cni", "configurationValues": '{"a": 2}'}),
        ("describe_addon", {"addonName": "vpc-cni"}),
        ("list_addons", {}),
        ("list_pod_identity_associations", {"serviceAccount": "aws-node"}),
        ("delete_addon", {"addonName": "vpc-cni"}),
        ("describe_addon", {"addonName": "vpc-cni"}),
        ("list_pod_identity_associations", {"serviceAccount": "aws-node"}),
    )
    assert made["addon"]["addonVersion"].startswith("v1.")
    assert (again, unknown, missing) == (
        "ResourceInUseException",
        "InvalidParameterException",
        "ResourceNotFoundException",
    )
    assert kept["addon"]["configurationValues"] == '{"a": 1}'
    assert kept["addon"]["podIdentityAssociations"] == [one["associationArn"] for one in bound["associations"]]
    assert changed["update"]["status"] == "Successful"
    assert found["addon"]["configurationValues"] == '{"a": 2}'
    assert listed["addons"] == ["vpc-cni"]
    assert gone["addon"]["status"] == "DELETING"
    assert unbound["associations"] == []


def test_an_access_entry_is_kept_with_its_policies(aws: Aws) -> None:
    who, scope = {"principalArn": ADMIN}, {"type": "cluster"}
    made, again, put, kept, changed, entry, taken, twice, gone, missing, orphan = eks(
        aws,
        ("create_access_entry", who | {"kubernetesGroups": ["readers"]}),
        ("create_access_entry", who),
        ("associate_access_policy", who | {"policyArn": POLICY, "accessScope": scope}),
        ("list_associated_access_policies", who),
        ("update_access_entry", who | {"kubernetesGroups": ["writers"]}),
        ("describe_access_entry", who),
        ("disassociate_access_policy", who | {"policyArn": POLICY}),
        ("disassociate_access_policy", who | {"policyArn": POLICY}),
        ("delete_access_entry", who),
        ("describe_access_entry", who),
        ("associate_access_policy", who | {"policyArn": POLICY, "accessScope": scope}),
    )
    assert made["accessEntry"]["type"] == "STANDARD"
    assert made["accessEntry"]["kubernetesGroups"] == ["readers"]
    assert again == "ResourceInUseException"
    assert put["associatedAccessPolicy"]["policyArn"] == POLICY
    (policy,) = kept["associatedAccessPolicies"]
    assert (policy["policyArn"], policy["accessScope"]["type"]) == (POLICY, "cluster")
    assert changed["accessEntry"]["kubernetesGroups"] == entry["accessEntry"]["kubernetesGroups"] == ["writers"]
    assert taken == gone == {}
    assert {twice, missing, orphan} == {"ResourceNotFoundException"}


def test_an_identity_is_bound_to_one_service_account_once(aws: Aws) -> None:
    who = {"namespace": "shop", "serviceAccount": "basket"}
    made, again, other, listed, filtered = eks(
        aws,
        ("create_pod_identity_association", who | {"roleArn": ROLE}),
        ("create_pod_identity_association", who | {"roleArn": ADMIN}),
        ("create_pod_identity_association", {"namespace": "shop", "serviceAccount": "till", "roleArn": ROLE}),
        ("list_pod_identity_associations", {"namespace": "shop"}),
        ("list_pod_identity_associations", who),
    )
    assert again == "ResourceInUseException"
    assert {one["associationId"] for one in listed["associations"]} == {
        made["association"]["associationId"],
        other["association"]["associationId"],
    }
    assert [one["associationId"] for one in filtered["associations"]] == [made["association"]["associationId"]]
    which = {"associationId": made["association"]["associationId"]}
    changed, kept, gone, missing = eks(
        aws,
        ("update_pod_identity_association", which | {"roleArn": ADMIN}),
        ("describe_pod_identity_association", which),
        ("delete_pod_identity_association", which),
        ("describe_pod_identity_association", which),
    )
    assert changed["association"]["roleArn"] == kept["association"]["roleArn"] == ADMIN
    assert gone["association"]["associationId"] == which["associationId"]
    assert missing == "ResourceNotFoundException"


def test_nothing_is_in_a_cluster_that_is_not_there(aws: Aws) -> None:
    answers = eks(
        aws,
        *(
            (name, {"clusterName": "two", **given})
            for name, given in (
                ("list_addons", {}),
                ("create_addon", {"addonName": "vpc-cni"}),
                ("list_access_entries", {}),
                ("list_pod_identity_associations", {}),
            )
        ),
    )
    assert answers == ["ResourceNotFoundException"] * 4


def test_a_database_returns_its_insights_its_parameters_and_the_copies_of_its_backups(aws: Aws) -> None:
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:ledger"
    group = {"DBParameterGroupName": "ledger"}
    parameter = {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"}
    copy = {"SourceDBInstanceArn": arn}
    instance = {
        "DBInstanceIdentifier": "ledger",
        "DBInstanceClass": "db.m7g.large",
        "Engine": "postgres",
        "MasterUsername": "postgres",
        "MasterUserPassword": "not-a-password",
        "AllocatedStorage": 20,
        "EnablePerformanceInsights": True,
        "PerformanceInsightsKMSKeyId": KEY,
        "PerformanceInsightsRetentionPeriod": 7,
    }
    start = {**copy, "KmsKeyId": KEY, "BackupRetentionPeriod": 14}
    _, _, _, made, parameters, copied, twice, ended, nothing = aws.ask_all(
        [
            ("rds", REGION, "create_db_instance", instance),
            (
                "rds",
                REGION,
                "create_db_parameter_group",
                {**group, "DBParameterGroupFamily": "postgres17", "Description": "x"},
            ),
            ("rds", REGION, "modify_db_parameter_group", {**group, "Parameters": [parameter]}),
            ("rds", REGION, "describe_db_instances", {}),
            ("rds", REGION, "describe_db_parameters", {**group, "Source": "user"}),
            ("rds", OTHER, "start_db_instance_automated_backups_replication", start),
            ("rds", OTHER, "start_db_instance_automated_backups_replication", start),
            ("rds", OTHER, "stop_db_instance_automated_backups_replication", copy),
            ("rds", OTHER, "stop_db_instance_automated_backups_replication", copy),
        ]
    )
    (found,) = made["DBInstances"]
    assert found["PerformanceInsightsEnabled"] is True
    assert (found["PerformanceInsightsKMSKeyId"], found["PerformanceInsightsRetentionPeriod"]) == (KEY, 7)
    assert [(one["ParameterName"], one["ParameterValue"]) for one in parameters["Parameters"]] == [
        ("rds.force_ssl", "1")
    ]
    backup = copied["DBInstanceAutomatedBackup"]
    assert (backup["Status"], backup["KmsKeyId"], backup["BackupRetentionPeriod"]) == ("replicating", KEY, 14)
    assert twice["Error"]["Code"] == "InvalidDBInstanceState"
    assert ended["DBInstanceAutomatedBackup"]["Status"] == "deleting"
    assert nothing["Error"]["Code"] == "DBInstanceAutomatedBackupNotFound"


def test_a_bucket_returns_its_replication_and_its_policy_decides_on_each_request(aws: Aws) -> None:
    place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    on = {"VersioningConfiguration": {"Status": "Enabled"}}
    rule = {
        "ID": "recovery",
        "Status": "Enabled",
        "Priority": 0,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {"Bucket": "arn:aws:s3:::copy", "EncryptionConfiguration": {"ReplicaKmsKeyID": KEY}},
    }
    configuration = {"ReplicationConfiguration": {"Role": ROLE, "Rules": [rule]}}
    old = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::store/*"]}
    tls = {**old, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}
    plain = {**old, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    thing = {"Bucket": "store", "Key": "thing"}

    def policy(statement: dict[str, Any]) -> dict[str, Any]:
        return {"Bucket": "store", "Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}

    calls: list[tuple[str, dict[str, Any]]] = [
        ("get_bucket_replication", {"Bucket": "store"}),
        ("put_bucket_replication", {"Bucket": "store", **configuration}),
        ("get_bucket_replication", {"Bucket": "store"}),
        ("put_bucket_policy", policy(tls)),
        ("put_object", {**thing, "Body": "1"}),
        ("put_bucket_policy", policy(plain)),
        ("put_object", {**thing, "Body": "2"}),
        ("put_bucket_policy", policy(old)),
        ("head_object", thing),
    ]
    made = [("create_bucket", {"Bucket": name, **place}) for name in ("store", "copy")]
    made += [("put_bucket_versioning", {"Bucket": name, **on}) for name in ("store", "copy")]
    answers = aws.ask_all([("s3", REGION, name, given) for name, given in made + calls])[len(made) :]
    assert answers[0]["Error"]["Code"] == "ReplicationConfigurationNotFoundError"
    assert answers[2]["ReplicationConfiguration"] == {"Role": ROLE, "Rules": [rule]}
    assert "ETag" in answers[4], "the condition of a refusal does not hold, and it refuses"
    assert answers[6]["Error"]["Code"] == "403", "the condition of a refusal holds, and it does not refuse"
    assert answers[8]["Error"]["Code"] == "403"
    assert (aws.has_object("copy", "thing"), aws.has_object("store", "thing")) == (False, True)


@pytest.mark.slow
def test_rules_of_a_security_group_and_a_launch_template_keep_their_words(aws: Aws) -> None:
    (vpc,) = aws.ask("ec2", "describe_vpcs")["Vpcs"]
    group = aws.ask("ec2", "create_security_group", GroupName="g", Description="d", VpcId=vpc["VpcId"])["GroupId"]
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}],
    }
    tagged = [{"ResourceType": "launch-template", "Tags": [{"Key": "a", "Value": "b"}]}]
    nodes = [{"ResourceType": "instance", "Tags": [{"Key": "c", "Value": "d"}]}]
    template = {
        "LaunchTemplateName": "nodes",
        "LaunchTemplateData": {"TagSpecifications": nodes},
        "TagSpecifications": tagged,
    }
    _, rules, _, versions = aws.ask_all(
        [
            ("ec2", REGION, "authorize_security_group_ingress", {"GroupId": group, "IpPermissions": [permission]}),
            ("ec2", REGION, "describe_security_group_rules", {"Filters": [{"Name": "group-id", "Values": [group]}]}),
            ("ec2", REGION, "create_launch_template", template),
            ("ec2", REGION, "describe_launch_template_versions", {"LaunchTemplateName": "nodes"}),
        ]
    )
    assert "inside" in [rule.get("Description") for rule in rules["SecurityGroupRules"]]
    (version,) = versions["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"]["TagSpecifications"] == nodes


@pytest.mark.slow
def test_the_copy_of_a_secret_has_the_key_that_it_was_given(aws: Aws) -> None:
    copies = [{"Region": OTHER, "KmsKeyId": KEY}]
    aws.ask("secretsmanager", "create_secret", Name="s", SecretString="x", AddReplicaRegions=copies)
    (copy,) = aws.ask("secretsmanager", "describe_secret", SecretId="s")["ReplicationStatus"]
    assert (copy["Region"], copy["KmsKeyId"]) == (OTHER, KEY)
