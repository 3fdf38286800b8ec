"""A policy scanner finds nothing in the plan of production on AWS, in which references and defaults are resolved."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws.service import served
from aws.stack import AppliedStack, synthesized
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import stack_name
from support.checkov import Scan, scan
from support.tools import ROOT
from support.waivers import load_waivers, refused
from terraform_support.stacks import Json

WAIVERS = [*load_waivers("CKV_AWS_"), *load_waivers("CKV2_AWS_")]

pytestmark = [pytest.mark.slow, pytest.mark.terraform]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    """Return what the real provider plans for an empty account."""
    folder = tmp_path_factory.mktemp("plan")
    environment = load_project(ROOT).environments["prod"]
    cloud, name = environment.clouds["aws"], stack_name(environment)
    with served(cloud.account, cloud.region, folder) as aws:
        place = {"LocationConstraint": cloud.region}
        aws.ask("s3", "create_bucket", Bucket=cloud.state.bucket, CreateBucketConfiguration=place)
        stack = AppliedStack.of(folder / "stack", synthesized(folder / "project", {}) / name, aws)
        assert len(stack.plan()) > 150
        yield json.loads(stack.terraform.run("show", "-json", "plan").stdout)


def scanned(plan: Json, folder: Path) -> Scan:
    (folder / "prod-aws").mkdir()
    (folder / "prod-aws" / "plan.json").write_text(json.dumps(plan))
    return scan(folder, "terraform_plan")


def test_nothing_is_found_in_a_plan_that_is_not_waived(plan: Json, tmp_path: Path) -> None:
    found = scanned(plan, tmp_path)
    assert found.passed > 300
    assert found.unreadable == 0
    assert [str(finding) for finding in refused(found.findings, WAIVERS)] == []


def test_the_scan_sees_a_public_database(plan: Json, tmp_path: Path) -> None:
    changed = json.loads(json.dumps(plan))
    places = [
        *(item["values"] for item in changed["planned_values"]["root_module"]["resources"] if _is_ledger(item)),
        *(item["change"]["after"] for item in changed["resource_changes"] if _is_ledger(item)),
    ]
    for values in places:
        values["publicly_accessible"] = True
    found = refused(scanned(changed, tmp_path).findings, WAIVERS)
    assert ("CKV_AWS_17", "prod-aws/aws_db_instance.ledger") in {(one.check, one.resource) for one in found}


def _is_ledger(item: Json) -> bool:
    return bool(item["address"] == "aws_db_instance.ledger")
