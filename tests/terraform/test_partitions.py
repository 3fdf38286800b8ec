"""Regions of clouds that the constructs do not support."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import aws, azure
from quantacirc_cdk.terraform.interface import DnsZoneProps
from support.terraform.stacks import read_stack, synthesized
from support.terraform.switched import switch_project, synthesize
from support.tools import ROOT


@pytest.mark.parametrize(
    ("provider", "region", "recovery_region"),
    [
        (aws.Provider, "cn-north-1", None),
        (aws.Provider, "us-iso-east-1", None),
        (aws.Provider, "eusc-de-east-1", None),
        (aws.Provider, "eu-central-1", "cn-northwest-1"),
        (aws.Provider, "us-gov-west-1", "eu-west-1"),
        (aws.Provider, "eu-central-1", "us-gov-west-1"),
        (azure.Provider, "chinanorth3", None),
        (azure.Provider, "usgovvirginia", None),
    ],
)
def test_other_partitions_are_refused(provider: Any, region: str, recovery_region: str | None, tmp_path: Path) -> None:
    def declare(scope: Any) -> None:
        provider(scope, "provider", account="1", region=region, recovery_region=recovery_region, tags={"team": "shop"})

    with pytest.raises(PropsError, match=f"{recovery_region or region}, "):
        synthesized(tmp_path, declare)


def test_govcloud_is_a_region_like_others(tmp_path: Path) -> None:
    def declare(scope: Any) -> None:
        aws.Provider(scope, "provider", account="1", region="us-gov-west-1", tags={"team": "shop"})

    assert synthesized(tmp_path, declare)


def test_govcloud_has_no_public_zones(tmp_path: Path) -> None:
    def declare(scope: Any) -> None:
        aws.Provider(scope, "provider", account="1", region="us-gov-west-1", tags={"team": "shop"})
        aws.DnsZone(scope, "zone", DnsZoneProps(name="shop", domain="shop.example"))

    with pytest.raises(PropsError, match="shop: a public zone in us-gov-west-1, where Route 53 has only private ones"):
        synthesized(tmp_path, declare)


def test_an_environment_in_govcloud_has_its_zone_elsewhere(tmp_path: Path) -> None:
    edits = {
        "region: eu-central-1": "region: us-gov-west-1",
        "recovery_region: eu-west-1": "recovery_region: us-gov-east-1",
    }
    project = switch_project(tmp_path / "project", "aws", edits)
    stack = read_stack(synthesize(project, tmp_path / "out"), "prod-aws")
    assert "aws_route53_zone" not in stack["resource"]
    assert stack["output"]["name_servers"]["value"] == []
    text = json.dumps(stack["resource"])
    assert "arn:aws-us-gov:" in text
    assert "arn:aws:" not in text


def test_lock_files_of_stacks_are_not_ignored() -> None:
    lock = "dist/terraform/stacks/prod-aws/.terraform.lock.hcl"
    checked = subprocess.run(["git", "check-ignore", lock], cwd=ROOT, capture_output=True, check=False)
    assert checked.returncode == 1, checked
