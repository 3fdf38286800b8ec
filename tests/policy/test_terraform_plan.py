"""A policy scanner finds nothing in the plans of production, in which references and defaults are resolved.

On AWS the real provider plans for an emulated account. The other providers' binaries are in no package registry that
the tests use: there the real Terraform plans with the providers' schemas.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aws.service import served
from aws.stack import AppliedStack, synthesized
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import schemas, stack_name
from support.checkov import Scan, scan
from support.terraform.stacks import Json, read_stack
from support.terraform.switched import switch_project, synthesize
from support.terraform.validate import plan_document
from support.tools import ROOT
from support.waivers import load_waivers, refused, unused

CHECKS = {"aws": "AWS", "gcp": "GCP", "azure": "AZURE"}
ONLY_IN_PLANS = {"CKV_GCP_63"}
"""Checks that look at what a plan alone says."""
WRONG: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "aws": ("CKV_AWS_17", "aws_db_instance.ledger", {"publicly_accessible": True}),
    "gcp": ("CKV_GCP_29", "google_storage_bucket.artifacts", {"uniform_bucket_level_access": False}),
    "azure": ("CKV_AZURE_116", "azurerm_kubernetes_cluster.cluster", {"azure_policy_enabled": False}),
}
"""What a check finds, and how to make it so."""

pytestmark = [pytest.mark.slow, pytest.mark.terraform]


@pytest.fixture(scope="module", params=CHECKS)
def plan(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Json]:
    """Return a cloud and the plan of production there."""
    cloud, folder = request.param, tmp_path_factory.mktemp("plan")
    if cloud == "aws":
        return cloud, plan_by_the_provider(folder)
    stack = read_stack(synthesize(switch_project(folder / "project", cloud), folder / "out"), f"prod-{cloud}")
    google, azure = schemas.provider_schemas("google"), schemas.provider_schemas("azurerm")
    known: dict[str, Mapping[str, Any]] = {
        "google_project": {"number": "1"},
        "google_compute_zones": {"names": ["a", "b", "c"]},
        "azurerm_client_config": {"tenant_id": "11111111-1111-4111-8111-111111111111", "object_id": "1"},
    }
    (folder / "work").mkdir()
    return cloud, plan_document(stack, [google[0], google[2]] if cloud == "gcp" else azure, folder / "work", known)


def plan_by_the_provider(folder: Path) -> Json:
    environment = load_project(ROOT).environments["prod"]
    cloud, name = environment.clouds["aws"], stack_name(environment)
    with served(cloud.account, cloud.region, folder) as aws:
        place = {"LocationConstraint": cloud.region}
        aws.ask("s3", "create_bucket", Bucket=cloud.state.bucket, CreateBucketConfiguration=place)
        stack = AppliedStack.of(folder / "stack", synthesized(folder / "project", {}) / name, aws)
        assert len(stack.plan()) > 150
        return dict(json.loads(stack.terraform.run("show", "-json", "plan").stdout))


def scanned(cloud: str, plan: Json, folder: Path) -> Scan:
    (folder / f"prod-{cloud}").mkdir()
    (folder / f"prod-{cloud}" / "plan.json").write_text(json.dumps(plan))
    return scan(folder, "terraform_plan")


def test_nothing_is_found_in_a_plan_that_is_not_waived(plan: tuple[str, Json], tmp_path: Path) -> None:
    cloud, document = plan
    waivers = [*load_waivers(f"CKV_{CHECKS[cloud]}_"), *load_waivers(f"CKV2_{CHECKS[cloud]}_")]
    found = scanned(cloud, document, tmp_path)
    assert found.passed > 100
    assert found.unreadable == 0
    assert [str(finding) for finding in refused(found.findings, waivers)] == []
    assert unused([waiver for waiver in waivers if waiver.check in ONLY_IN_PLANS], found.findings) == []


def test_the_scan_sees_what_is_wrong_in_a_plan(plan: tuple[str, Json], tmp_path: Path) -> None:
    cloud, document = plan
    check, address, spoilt = WRONG[cloud]
    changed = json.loads(json.dumps(document))
    resources = changed["planned_values"]["root_module"]["resources"]
    planned = {item["address"]: item.get("values", {}) for item in resources}
    changes = {item["address"]: item["change"]["after"] for item in changed["resource_changes"]}
    planned[address].update(spoilt)
    changes[address].update(spoilt)
    found = {(finding.check, finding.resource) for finding in scanned(cloud, changed, tmp_path).findings}
    assert (check, f"prod-{cloud}/{address}") in found
