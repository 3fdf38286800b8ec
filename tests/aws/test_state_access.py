"""What an operator may do with a state is enough for Terraform and no more: the role's policy judges each request."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aws.service import Aws, served
from support.terraform.stacks import Json, read_stack, resources
from support.terraform.terraform import Terraform

pytestmark = pytest.mark.terraform

ROLE = "deployer"


@contextmanager
def judged(aws: Aws) -> Iterator[None]:
    """Have the emulator judge each request by the policies of who makes it."""
    _judge(aws, "0")
    try:
        yield
    finally:
        _judge(aws, "inf")


def _judge(aws: Aws, unjudged: str) -> None:
    text = {"Content-Type": "text/plain"}
    wanted = urllib.request.Request(f"{aws.url}/moto-api/reset-auth", data=unjudged.encode(), headers=text)
    urllib.request.urlopen(wanted).close()


def bucket_and_role(aws: Aws, made: dict[str, Json]) -> dict[str, str]:
    """Make the bucket and the role with the policy that the stack gives it; return the role's credentials."""
    granted = made["aws_iam_role_policy.state"]
    key = f"arn:aws:kms:{aws.region}:{aws.account}:key/11111111-1111-4111-8111-111111111111"
    bucket = {"Bucket": made["aws_s3_bucket.state"]["bucket"]}
    place = {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
    policy = {"RoleName": ROLE, "PolicyName": granted["name"]}
    trust = {"Version": "2012-10-17", "Statement": []}
    answers = aws.ask_all(
        [
            ("s3", aws.region, "create_bucket", bucket | place),
            ("s3", aws.region, "put_bucket_versioning", {**bucket, "VersioningConfiguration": {"Status": "Enabled"}}),
            ("iam", aws.region, "create_role", {"RoleName": ROLE, "AssumeRolePolicyDocument": json.dumps(trust)}),
            (
                "iam",
                aws.region,
                "put_role_policy",
                {**policy, "PolicyDocument": granted["policy"].replace("${aws_kms_key.state.arn}", key)},
            ),
            (
                "sts",
                aws.region,
                "assume_role",
                {"RoleArn": f"arn:aws:iam::{aws.account}:role/{ROLE}", "RoleSessionName": "apply"},
            ),
        ]
    )
    assert not [answer for answer in answers if "Error" in answer]
    found = answers[-1]["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["SessionToken"],
    }


def root(folder: Path, backend: Json, aws: Aws, credentials: dict[str, str], **resources: Json) -> Terraform:
    """Return a folder with nothing in any cloud whose state is kept with ``backend``."""
    folder.mkdir()
    document: Json = {"terraform": {"backend": {"s3": backend}}, "output": {"answer": {"value": 42}}}
    if resources:
        document["resource"] = resources
    (folder / "main.tf.json").write_text(json.dumps(document))
    return Terraform(folder, aws.environment | credentials)


@pytest.mark.slow
def test_an_operator_reads_writes_and_locks_the_state_of_the_environment_alone(stacks: Path, tmp_path: Path) -> None:
    backend = {**read_stack(stacks, "prod-aws")["terraform"]["backend"]["s3"], "use_path_style": True}
    made = resources(read_stack(stacks, "prod-aws-bootstrap"))
    account, region = backend["allowed_account_ids"][0], backend["region"]
    with served(account, region, tmp_path) as aws:
        credentials = bucket_and_role(aws, made)
        with judged(aws):
            own = root(tmp_path / "own", backend, aws, credentials)
            own.init()
            for _ in range(2):
                own.run("apply", "-auto-approve", "-input=false")
            assert own.outputs()["answer"]["value"] == 42
            other = root(tmp_path / "other", backend | {"key": "prod-aws-bootstrap.tfstate"}, aws, credentials)
            refused = other.run("init", "-input=false", "-no-color", check=False)
            assert refused.returncode == 1
            assert "403" in refused.stderr
        versions = aws.ask("s3", "list_object_versions", Bucket=backend["bucket"])
    assert {one["Key"] for one in versions["Versions"]} == {"prod-aws.tfstate", "prod-aws.tfstate.tflock"}
    assert {one["Key"] for one in versions["DeleteMarkers"]} == {"prod-aws.tfstate.tflock"}


@pytest.mark.slow
def test_of_applies_at_the_same_time_one_works_one_waits_and_one_is_refused(stacks: Path, tmp_path: Path) -> None:
    backend = {**read_stack(stacks, "prod-aws")["terraform"]["backend"]["s3"], "use_path_style": True}
    assert backend["use_lockfile"] is True
    account, region = backend["allowed_account_ids"][0], backend["region"]
    release = tmp_path / "release"
    held = {"one": {"provisioner": {"local-exec": {"command": f"until [ -e {release} ]; do sleep 0.1; done"}}}}
    quietly = ("-auto-approve", "-input=false", "-no-color")
    with served(account, region, tmp_path) as aws:
        bucket_and_role(aws, resources(read_stack(stacks, "prod-aws-bootstrap")))
        terraform = root(tmp_path / "root", backend, aws, {}, terraform_data=held)
        terraform.init()
        works = terraform.start("apply", *quietly)
        aws.await_object(backend["bucket"], f"{backend['key']}.tflock")
        waits = terraform.start("apply", *quietly, "-lock-timeout=2m")
        refused = terraform.run("apply", *quietly, "-lock-timeout=0s", check=False)
        assert refused.returncode == 1
        assert "Error acquiring the state lock" in refused.stderr
        assert (works.poll(), waits.poll()) == (None, None)
        release.touch()
        first, second = works.communicate()[0], waits.communicate()[0]
        assert "Apply complete! Resources: 1 added, 0 changed, 0 destroyed." in first, first
        assert "Apply complete! Resources: 0 added, 0 changed, 0 destroyed." in second, (
            "it did not see what the first did"
        )
        assert not aws.has_object(backend["bucket"], f"{backend['key']}.tflock")
