"""Development on AWS is destroyed with everything in it, and created again at once under the same names."""

from pathlib import Path

import pytest

from aws.service import Aws, served
from aws.stack import AppliedStack
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import stack_name
from support.tools import ROOT

pytestmark = [pytest.mark.cloud, pytest.mark.terraform]


def test_a_disposable_environment_is_destroyed_whole_and_created_again(stacks: Path, tmp_path: Path) -> None:
    environment = load_project(ROOT).environments["dev"]
    cloud, source = environment.clouds["aws"], stacks / "stacks" / stack_name(environment)
    assert environment.disposable
    with served(cloud.account, cloud.region, tmp_path) as aws:
        for turn in ("first", "second"):
            stack = AppliedStack.first(tmp_path / turn, source, aws)
            stack.apply()
            buckets = fill(aws)
            assert len(buckets) >= 2, buckets
            done = stack.destroy()
            assert done.returncode == 0, done.stderr[-6000:]
            assert stack.addresses() == []
    # Whatever kept its name would have made the second apply fail.


def fill(aws: Aws) -> list[str]:
    """Put an object, and an old version of it, into every bucket."""
    buckets = [bucket["Name"] for bucket in aws.ask("s3", "list_buckets")["Buckets"]]
    for bucket in buckets:
        for body in ("1", "2"):
            aws.ask("s3", "put_object", Bucket=bucket, Key="left", Body=body)
    return buckets
