"""What identifies a resource in its cloud."""

import json

import pytest

from quantacirc_cdk.limits.cloud_identities import _PLACE, _WORLD, KNOWN, identity
from support.tools import ROOT

PACKAGE = ROOT / "constructs" / "quantacirc_cdk"
SCHEMAS = [
    json.loads(path.read_text())
    for provider in ("aws", "azurerm", "google")
    for path in sorted((PACKAGE / "terraform" / "schemas").glob(f"{provider}.[0-9]*.json"))
]
NAMES = ("name", "bucket", "identifier", "alarm_name", "addon_name", "role_id", "secret_id", "account_id", "bucket_id")
"""Arguments that name a resource."""
ANY_NAME = {
    "aws_route53_zone",  # a domain can have several zones
    "aws_secretsmanager_secret_version",
    "google_cloud_tasks_queue_iam_member",
    "google_secret_manager_secret_iam_member",
    "google_storage_bucket_iam_member",
    "google_storage_transfer_job",
}
"""Types in which it may be that of another resource, which several of them can have."""


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda one: f"{one['source']}-{one['version']}")
def test_every_type_with_a_name_is_known_by_it(schema: dict[str, dict[str, dict[str, dict[str, object]]]]) -> None:
    named = {
        kind
        for kind, block in schema["resources"].items()
        if any(block["arguments"].get(name) == "string" for name in NAMES)
    }
    assert named - KNOWN == ANY_NAME & named


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda one: f"{one['source']}-{one['version']}")
def test_what_identifies_a_resource_is_an_argument_of_it(
    schema: dict[str, dict[str, dict[str, dict[str, object]]]],
) -> None:
    wrong = [
        f"{kind}.{key}"
        for kind, keys in (_WORLD | _PLACE).items()
        if kind in schema["resources"]
        for key in keys.split()
        if key not in schema["resources"][kind]["arguments"]
    ]
    assert wrong == []
    every = {kind for one in SCHEMAS for kind in one["resources"]}
    assert every >= KNOWN


def test_another_place_is_another_resource() -> None:
    def same(kind: str, *both: dict[str, object]) -> bool:
        one, other = (identity(kind, arguments) for arguments in both)
        return one is not None and one == other

    here = {"name": "a", "region": "r"}
    assert same("google_compute_address", here, here | {"description": "d"})
    assert not same("google_compute_address", here, here | {"region": "s"})
    assert not same("google_compute_firewall", {"name": "a"}, {"name": "a", "project": "host"})
    assert not same("aws_sqs_queue", {"name": "a"}, {"name": "a", "provider": "aws.recovery"})
    assert same("aws_s3_bucket", {"bucket": "a"}, {"bucket": "a", "provider": "aws.recovery"})
    assert same("azurerm_subnet", {"name": "a"}, {"name": "A"})
    instances = (
        identity("aws_db_instance", {"identifier": "a"}),
        identity("aws_rds_cluster_instance", {"identifier": "a"}),
    )
    assert instances[0] == instances[1]
    # One of two that are created in turn, and a name that the provider makes up.
    assert identity("aws_sqs_queue", {"name": "a", "count": "${var.on ? 1 : 0}"}) is None
    assert identity("aws_sqs_queue", {"name_prefix": "a"}) is None
