"""Keys on AWS."""

from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.aws import KeyRing
from quantacirc_cdk.terraform.interface import PURPOSES, KeyRingProps
from support.terraform.stacks import Json


def ring(declared: Any, **changes: Any) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        del shared["keys"]
        KeyRing(scope, "keys", KeyRingProps(**{"name": "main", **shared, **changes}))

    return dict(declared(declare))


def test_every_purpose_has_a_key_that_is_rotated(prod: dict[str, Json]) -> None:
    keys = {a.partition(".")[2]: v for a, v in prod.items() if a.startswith("aws_kms_key.")}
    stores = {"artifacts", "backups", "ledger"}
    copies = {f"{name}_recovery" for name in (*stores, "secrets")}
    assert keys.keys() == {*PURPOSES, *stores, *copies} - {"database", "objects"}
    for key in keys.values():
        assert (key["enable_key_rotation"], key["deletion_window_in_days"]) == (True, 30)


def test_keys_in_the_recovery_region_are_their_own(prod: dict[str, Json]) -> None:
    for purpose in ("artifacts", "ledger", "secrets"):
        assert prod[f"aws_kms_key.{purpose}_recovery"]["provider"] == "aws.recovery"
    assert not [address for address in prod if address.startswith("aws_kms_replica_key.")]


def test_only_the_service_that_encrypts_may_use_a_key_for_this_account(prod: dict[str, Json], statements: Any) -> None:
    logs = statements(prod["aws_kms_key.logs"]["policy"])
    assert logs["CloudWatchLogs"]["Principal"] == {"Service": "logs.eu-central-1.amazonaws.com"}
    context = logs["CloudWatchLogs"]["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert context == "arn:aws:logs:eu-central-1:333333333333:*"
    volumes = statements(prod["aws_kms_key.volumes"]["policy"])["DisksOfNodes"]
    assert volumes["Condition"]["StringEquals"] == {
        "kms:CallerAccount": "333333333333",
        "kms:ViaService": "ec2.eu-central-1.amazonaws.com",
    }
    roles = "arn:aws:iam::333333333333:role/aws-service-role"
    assert volumes["Condition"]["ArnLike"]["aws:PrincipalArn"] == [
        f"{roles}/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling*",
        f"{roles}/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
    ]
    assert statements(prod["aws_kms_key.ledger"]["policy"]).keys() == {"AccountDelegatesToIam"}


def test_a_ring_makes_the_keys_it_is_asked_for(declared: Any) -> None:
    found = ring(declared, purposes=("logs",), recovery_region="eu-west-1")
    assert {a for a in found if a.startswith("aws_kms_key.")} == {"aws_kms_key.logs"}


def test_a_key_that_is_not_there_is_named(declared: Any) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        del shared["keys"]
        made = KeyRing(scope, "keys", KeyRingProps(name="main", **shared, purposes=("logs",)))
        with pytest.raises(PropsError, match="no key for database in a recovery region"):
            made.recovery_key_id("database")
        with pytest.raises(PropsError, match="no key for database"):
            made.key_id("database")

    declared(declare)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"deletion_days": 6}, "expected 7 to 30 days"),
        ({"purposes": ("fun",)}, "one of audit-trail, cache"),
        ({"recovery_region": "eu-central-1"}, "is the primary region"),
    ],
)
def test_what_kms_does_not_take_is_refused(changes: dict[str, Any], said: str, declared: Any) -> None:
    with pytest.raises(PropsError, match=said):
        ring(declared, **changes)
