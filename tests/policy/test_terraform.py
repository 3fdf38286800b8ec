"""A policy scanner finds nothing in stacks and modules but what ``policy/waivers.yaml`` says and explains.

checkov reads Terraform's JSON badly: it stops at ``terraform.required_version``, and several of its checks fall over
nested blocks and are then left out without a word. So it is given the same stacks in Terraform's native syntax.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hcl2
import pytest

from quantacirc_cdk.terraform import schemas
from quantacirc_cdk.terraform.modules import modules
from support.checkov import Scan, scan
from support.terraform.hcl import native
from support.terraform.stacks import Json, read_stack, resources
from support.terraform.switched import ENVIRONMENTS, add_options, switch_project, synthesize
from support.waivers import load_waivers, refused, unused

CLOUDS = {"aws": "AWS", "gcp": "GCP", "azure": "AZURE"}
ONLY_IN_PLANS = {"CKV_GCP_63"}
"""See ``test_terraform_plan.py``."""
WAIVERS = {
    cloud: [
        waiver
        for waiver in (*load_waivers(f"CKV_{key}_"), *load_waivers(f"CKV2_{key}_"))
        if waiver.check not in ONLY_IN_PLANS
    ]
    for cloud, key in CLOUDS.items()
}
WRONG: dict[str, tuple[str, str, Callable[[Json], Any]]] = {
    "CKV_AWS_17": ("prod-aws", "aws_db_instance.ledger", lambda it: it.update(publicly_accessible=True)),
    "CKV_AWS_7": ("prod-aws", "aws_kms_key.ledger", lambda it: it.update(enable_key_rotation=False)),
    "CKV_GCP_54": ("prod-gcp", "google_sql_database_instance.ledger", lambda it: it["settings"].pop("database_flags")),
    "CKV_GCP_29": (
        "prod-gcp",
        "google_storage_bucket.artifacts",
        lambda it: it.update(uniform_bucket_level_access=False),
    ),
    "CKV_AZURE_9": (
        "prod-azure",
        "azurerm_network_security_group.network_public",
        lambda it: it["security_rule"][0]["destination_port_ranges"].append("3389"),
    ),
    "CKV_AZURE_116": (
        "prod-azure",
        "azurerm_kubernetes_cluster.cluster",
        lambda it: it.update(azure_policy_enabled=False),
    ),
}
"""What a check finds, and how to make it so: in a block, a nested one, and an attribute that looks like blocks."""


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """Return the stacks of every environment on every cloud, of a place of states, and the modules, by name."""
    found = {}
    for cloud in CLOUDS:
        folder = tmp_path_factory.mktemp(cloud)
        out = synthesize(add_options(switch_project(folder / "project", cloud), cloud), folder / "out")
        found |= {f"{name}-{cloud}": read_stack(out, f"{name}-{cloud}") for name in ENVIRONMENTS}
        found[f"prod-bootstrap-{cloud}"] = read_stack(out, f"prod-{cloud}-bootstrap")
    return found | {f"{one.name}-module-{one.cloud}": {"provider": {}, **one.document()} for one in modules()}


def scanned(stacks: dict[str, Json], folder: Path) -> Scan:
    for name, stack in stacks.items():
        (folder / name).mkdir()
        (folder / name / "main.tf").write_text(native(stack))
    return scan(folder, "terraform")


@pytest.fixture(scope="module")
def found(stacks: dict[str, Json], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scan]:
    """Return what checkov says of each cloud; resources are named ``stack/type.name``."""
    return {
        cloud: scanned(
            {name: stack for name, stack in stacks.items() if name.endswith(f"-{cloud}")},
            tmp_path_factory.mktemp(f"scan-{cloud}"),
        )
        for cloud in CLOUDS
    }


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS)
def test_everything_is_read(cloud: str, found: dict[str, Scan]) -> None:
    assert found[cloud].unreadable == 0
    assert found[cloud].passed > 100 * len(ENVIRONMENTS)


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS)
def test_nothing_is_found_that_is_not_waived(cloud: str, found: dict[str, Scan]) -> None:
    assert [str(finding) for finding in refused(found[cloud].findings, WAIVERS[cloud])] == []


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS)
def test_no_waiver_is_unused(cloud: str, found: dict[str, Scan]) -> None:
    assert unused(WAIVERS[cloud], found[cloud].findings) == []


@pytest.mark.slow
def test_the_scan_sees_what_is_wrong(stacks: dict[str, Json], tmp_path: Path) -> None:
    production = {name: dict(stack) for name, stack in stacks.items() if name.startswith("prod-")}
    for stack, address, spoil in WRONG.values():
        kind, name = address.split(".")
        spoil(production[stack]["resource"][kind][name])
    waivers = [waiver for listed in WAIVERS.values() for waiver in listed]
    seen = {(finding.check, finding.resource) for finding in refused(scanned(production, tmp_path).findings, waivers)}
    assert {(check, f"{stack}/{address}") for check, (stack, address, _) in WRONG.items()} <= seen


@pytest.mark.slow
@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_native_syntax_says_all_that_the_stack_says(cloud: str, stacks: dict[str, Json]) -> None:
    stack = stacks[f"prod-{cloud}"]
    parsed = hcl2.loads(native(stack))
    assert {next(iter(block)).strip('"') for block in parsed["output"]} == stack["output"].keys()
    assert "required_version" in parsed["terraform"][0]
    for block, expected in (("resource", resources(stack)), ("data", resources(stack, "data"))):
        written = {
            f"{kind}.{name}".replace('"', ""): {key for key in arguments if not key.startswith("__")}
            for entry in parsed.get(block, [])
            for kind, named in entry.items()
            for name, arguments in named.items()
        }
        assert written == {address: set(arguments) for address, arguments in expected.items()}


@pytest.mark.integration
def test_every_provider_of_the_stacks_is_known(stacks: dict[str, Json]) -> None:
    """Without its schema a resource's blocks would be written as arguments, and nothing found in them."""
    for stack in stacks.values():
        for kind in stack["resource"]:
            assert schemas.schemas_covering("resources", kind), kind
