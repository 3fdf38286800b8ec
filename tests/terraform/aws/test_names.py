"""Steps and partitions on AWS."""

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.aws import database_type, node_type
from quantacirc_cdk.terraform.aws.iam import arn, partition
from quantacirc_cdk.terraform.aws.names import log_retention_days


@pytest.mark.parametrize(
    ("days", "offered"), [(1, 1), (2, 3), (30, 30), (31, 60), (365, 365), (366, 400), (3650, 3653)]
)
def test_logs_are_kept_at_least_as_long_as_asked(days: int, offered: int) -> None:
    assert log_retention_days(days) == offered


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"), [(4, 16, "m7i.xlarge"), (4, 8, "c7i.xlarge"), (8, 64, "r7i.2xlarge")]
)
def test_the_smallest_machine_that_fits(cpu: int, memory: int, expected: str) -> None:
    assert node_type(cpu, memory) == expected


def test_what_no_machine_has_is_refused_with_a_way_out() -> None:
    with pytest.raises(PropsError, match="set the instance type explicitly"):
        node_type(2, 100_000)
    with pytest.raises(PropsError, match="set the instance type explicitly"):
        database_type(500, 8)
    larger = r"the largest is db\.r7g\.16xlarge with 64 cores and 512 GiB, and db\.r7i\.24xlarge has an Intel processor"
    with pytest.raises(PropsError, match=larger):
        database_type(96, 768)
    with pytest.raises(PropsError, match=r"the largest is r7i\.48xlarge with 192 cores and 1536 GiB"):
        node_type(193, 8)
    with pytest.raises(PropsError, match=r"r7g\.16xlarge with 64 cores and 512 GiB"):
        node_type(65, 8, "arm64")


@pytest.mark.parametrize(
    ("region", "expected"),
    [("eu-central-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("us-east-1", "aws")],
)
def test_a_region_is_in_its_partition(region: str, expected: str) -> None:
    assert partition(region) == expected
    assert arn("sqs", region, "1", "q") == f"arn:{expected}:sqs:{region}:1:q"
