"""Regions of clouds that the constructs do not support."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import aws, azure
from support.terraform.stacks import synthesized
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


def test_lock_files_of_stacks_are_not_ignored() -> None:
    lock = "dist/terraform/stacks/prod-aws/.terraform.lock.hcl"
    checked = subprocess.run(["git", "check-ignore", lock], cwd=ROOT, capture_output=True, check=False)
    assert checked.returncode == 1, checked
