"""What a managed database cannot be restored from."""

import pytest

from quantacirc_cdk.limits.restores import restore_refusals

ACCOUNT = "123456789012"
SERVERS = "resourceGroups/a/providers/Microsoft.DBforPostgreSQL/flexibleServers"
ARN_IN_GOVCLOUD = "arn:aws-us-gov:rds:us-gov-west-1:…"
ITSELF = "plant-prod-books, the database itself, which cannot be created from what it is still"
OTHER_SUBSCRIPTION = "/subscriptions/55555555-5555-4555-8555-555555555555"


def refusals(target: str, region: str, source: str, *, aurora: bool = False) -> list[str]:
    time = "2026-01-14T01:17:00Z" if target == "azure" else None
    own = (ACCOUNT if target == "aws" else "plant-north", "plant-prod-books")
    return [
        f"{what}, expected {expected}"
        for _, what, expected in restore_refusals(target, region, source, time, None, None, own=own, aurora=aurora)
    ]


@pytest.mark.parametrize(
    ("region", "source", "aurora", "said"),
    [
        (
            "eu-west-1",
            f"arn:aws-us-gov:rds:us-gov-west-1:{ACCOUNT}:snapshot:a",
            False,
            "an ARN of the partition aws-us-gov, and eu-west-1 is in aws, expected arn:aws:rds:eu-west-1:…",
        ),
        (
            "us-gov-west-1",
            f"arn:aws:rds:us-gov-west-1:{ACCOUNT}:cluster:a",
            True,
            "an ARN of the partition aws, and us-gov-west-1 is in aws-us-gov, expected " + ARN_IN_GOVCLOUD,
        ),
        (
            "eu-west-1",
            f"arn:aws-cn:rds:cn-north-1:{ACCOUNT}:cluster-snapshot:a",
            True,
            "an ARN of the partition aws-cn, and eu-west-1 is in aws, expected arn:aws:rds:eu-west-1:…",
        ),
        (
            "eu-west-1",
            f"arn:aws:rds:eu-west-2:{ACCOUNT}:cluster:a",
            True,
            "backups in another region, eu-west-2, expected those in eu-west-1, where RDS restores them",
        ),
        (
            "eu-west-1",
            f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:plant-prod-books",
            True,
            f"{ITSELF}, expected the ARN of a snapshot, or of a cluster with another name",
        ),
    ],
)
def test_a_restore_in_aws_stays_in_its_partition_and_region_and_is_not_of_itself(
    region: str, source: str, aurora: bool, said: str
) -> None:
    assert refusals("aws", region, source, aurora=aurora) == [said]


@pytest.mark.parametrize(
    ("region", "source", "aurora"),
    [
        ("us-gov-west-1", f"arn:aws-us-gov:rds:us-gov-west-1:{ACCOUNT}:auto-backup:ab-1", False),
        ("eu-west-1", f"arn:aws:rds:eu-west-1:{ACCOUNT}:snapshot:plant-prod-books", False),
        # A snapshot outlives what it is of, and another account's cluster is another one.
        ("eu-west-1", f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster-snapshot:plant-prod-books", True),
        ("eu-west-1", "arn:aws:rds:eu-west-1:999999999999:cluster:plant-prod-books", True),
        ("${var.region}", f"arn:aws:rds:eu-west-1:{ACCOUNT}:snapshot:a", False),
    ],
)
def test_other_sources_in_aws_are_restored(region: str, source: str, aurora: bool) -> None:
    assert refusals("aws", region, source, aurora=aurora) == []


@pytest.mark.parametrize(
    ("target", "source", "expected"),
    [
        (
            "gcp",
            "projects/plant-north/instances/plant-prod-books/backupRuns/1",
            "a backup of an instance with another name",
        ),
        ("gcp", "projects/plant-south/instances/plant-prod-books/backupRuns/1", None),
        ("gcp", "projects/plant-north/instances/plant-prod-old/backupRuns/1", None),
        ("azure", f"{OTHER_SUBSCRIPTION}/{SERVERS}/plant-prod-books", "a server with another name"),
        ("azure", f"{OTHER_SUBSCRIPTION}/{SERVERS}/plant-prod-old", None),
    ],
)
def test_a_database_is_not_restored_from_itself(target: str, source: str, expected: str | None) -> None:
    assert refusals(target, "x", source) == ([f"{ITSELF}, expected {expected}"] if expected else [])
