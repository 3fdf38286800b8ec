"""Production on AWS, applied by the real Terraform and provider to an account on loopback."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from aws.gaps import unexplained
from aws.inventory import inventory
from aws.service import Aws, served
from aws.stack import AppliedStack, synthesized
from quantacirc_cdk.contract import Contract, contract_of
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import bootstrap_name, stack_name
from support.tools import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.terraform]

UNPROTECTED = {"prod": {("components", "ledger", "deletion_protection"): False}}


def test_production_is_applied_settles_is_guarded_and_goes(stacks: Path, tmp_path: Path) -> None:
    project = load_project(ROOT)
    environment = project.environments["prod"]
    cloud, contract = environment.clouds["aws"], contract_of(project.system, environment)
    name, admins = stack_name(environment), [f"arn:aws:iam::{cloud.account}:role/admin"]
    protected = stacks / "stacks" / name
    unprotected = synthesized(tmp_path / "unprotected", UNPROTECTED) / name
    with served(cloud.account, cloud.region, tmp_path) as aws:
        bootstrapped(tmp_path / "bootstrap", protected.parent / bootstrap_name(environment), aws)
        it_is_where_the_backend_looks(aws, cloud.state.bucket, f"{bootstrap_name(environment)}.tfstate")
        before = inventory(aws, cloud.region, cloud.recovery_region or cloud.region)
        stack = AppliedStack.of(tmp_path / "one", unprotected, aws, f"cluster_admins={json.dumps(admins)}")

        applying = stack.start_apply()
        a_second_one_at_the_same_time_is_refused(stack, aws, cloud.state.bucket, f"{name}.tfstate.tflock")
        printed, _ = applying.communicate()
        assert applying.returncode == 0, printed[-6000:]
        assert len(stack.addresses()) > 150

        assert unexplained(stack.plan()) == []
        both_sides_find_what_the_contract_names(contract, aws, stack)

        stack.replace(protected)
        changed = stack.plan("-refresh=false")
        assert changed == {"aws_db_instance.ledger": (["update"], {"deletion_protection": [False, True]})}
        it_refuses_to_be_destroyed(stack)

        stack.replace(unprotected)
        stack.unprotect("aws_eks_cluster.cluster")
        nothing_is_left(stack, aws, before, cloud.region, cloud.recovery_region or cloud.region)


def bootstrapped(folder: Path, stack: Path, aws: Aws) -> None:
    aws.ask("iam", "create_role", RoleName="deployer", AssumeRolePolicyDocument="{}")
    bootstrap = AppliedStack.first(folder, stack, aws, 'operators=["deployer"]')
    bootstrap.apply()
    bootstrap.migrate()
    assert bootstrap.plan() == {}, "the state did not arrive in the bucket, or a second plan finds something to do"


def it_is_where_the_backend_looks(aws: Aws, bucket: str, key: str) -> None:
    aliases, kept, encryption, policies = aws.ask_all(
        [
            ("kms", aws.region, "list_aliases", {}),
            ("s3", aws.region, "head_object", {"Bucket": bucket, "Key": key}),
            ("s3", aws.region, "get_bucket_encryption", {"Bucket": bucket}),
            ("iam", aws.region, "list_role_policies", {"RoleName": "deployer"}),
        ]
    )
    (made,) = (alias for alias in aliases["Aliases"] if alias["AliasName"] == f"alias/{bucket}-state")
    assert kept["ServerSideEncryption"] == "aws:kms"
    assert kept["SSEKMSKeyId"].endswith((f"alias/{bucket}-state", made["TargetKeyId"]))
    assert kept["VersionId"] not in ("", "null")
    (default,) = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    assert default["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"].endswith(made["TargetKeyId"])
    assert policies["PolicyNames"] == [f"{bucket}-access"]


def a_second_one_at_the_same_time_is_refused(stack: AppliedStack, aws: Aws, bucket: str, lock: str) -> None:
    aws.await_object(bucket, lock)
    refused = stack.start_apply("-lock-timeout=0s")
    printed, _ = refused.communicate()
    assert refused.returncode == 1, printed[-6000:]
    assert "Error acquiring the state lock" in printed
    assert "OperationTypeApply" in printed


def both_sides_find_what_the_contract_names(contract: Contract, aws: Aws, stack: AppliedStack) -> None:
    outputs = stack.terraform.outputs()
    assert outputs.keys() == contract.outputs.keys()
    (written,) = (binding for binding in contract.secrets.values() if binding.written_by == "terraform")
    (bucket,) = contract.managed["artifacts"].outputs
    secrets, value, associations, versions = aws.ask_all(
        [
            ("secretsmanager", aws.region, "list_secrets", {}),
            ("secretsmanager", aws.region, "get_secret_value", {"SecretId": written.remote}),
            (
                "eks",
                aws.region,
                "list_pod_identity_associations",
                {"clusterName": outputs["cluster_name"]["value"]},
            ),
            ("s3", aws.region, "get_bucket_versioning", {"Bucket": outputs[bucket]["value"]}),
        ]
    )
    assert {secret["Name"] for secret in secrets["SecretList"]} == {one.remote for one in contract.secrets.values()}
    credentials = json.loads(value["SecretString"])
    assert set(written.keys.values()) == credentials.keys()
    assert credentials["host"] == outputs["ledger_host"]["value"]
    assert len(credentials["password"]) == 40
    assert credentials["password"] not in stack.state()
    bound = {(item["namespace"], item["serviceAccount"]) for item in associations["associations"]}
    expected = {(identity.namespace, identity.service_account) for identity in contract.identities.values()}
    assert {pair for pair in bound if pair[0] != "kube-system"} == expected
    assert versions["Status"] == "Enabled"


def it_refuses_to_be_destroyed(stack: AppliedStack) -> None:
    refused = stack.terraform.run("plan", "-destroy", "-refresh=false", "-no-color", *stack.variables, check=False)
    assert refused.returncode == 1
    assert "Instance cannot be destroyed" in refused.stderr
    for address in ("aws_db_instance.ledger", "aws_eks_cluster.cluster"):
        assert address in refused.stderr


def nothing_is_left(stack: AppliedStack, aws: Aws, before: dict[str, set[str]], *regions: str) -> None:
    first = stack.destroy()
    assert first.returncode == 1, "S3 deletes a bucket with something in it"
    assert "BucketNotEmpty" in first.stderr, first.stderr[-6000:]
    logs = [
        f"aws_s3_bucket.{name}_access_logs"
        for name in ("artifacts", "artifacts_recovery", "backups", "backups_recovery")
    ]
    assert stack.addresses() == logs
    for bucket in inventory(aws, *regions)["buckets"]:
        if bucket.endswith(("-access-logs", "-recovery-logs")):
            _empty(aws, bucket)
    last: subprocess.CompletedProcess[str] = stack.destroy()
    assert last.returncode == 0, last.stderr[-6000:]
    assert stack.addresses() == []
    assert inventory(aws, *regions) == before
    snapshots = aws.ask("rds", "describe_db_snapshots", SnapshotType="manual")["DBSnapshots"]
    (snapshot,) = snapshots
    assert re.fullmatch("quantacirc-prod-ledger-final-[0-9a-f]{17}", snapshot["DBSnapshotIdentifier"])


def _empty(aws: Aws, bucket: str) -> None:
    listed = aws.ask("s3", "list_object_versions", Bucket=bucket)
    assert not listed["IsTruncated"]
    versions = [{key: one[key] for key in ("Key", "VersionId")} for one in listed.get("Versions", [])]
    aws.ask("s3", "delete_objects", Bucket=bucket, Delete={"Objects": versions})
