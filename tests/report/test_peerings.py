"""The summary says what the owners of peered networks do."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.report.peerings import other_sides
from support.rich import scenarios, write
from support.terraform.stacks import read_stack
from support.terraform.switched import synthesize

pytestmark = pytest.mark.integration

AWS = "aws with machines by name"
SCENARIOS = {
    AWS: {
        "data": "the owner of vpc-0a1b2c3d4e5f67890 adds routes to 10.77.0.0/16",
        "hub": "the owner of vpc-0b1b2c3d4e5f67891 (account 123456789012, eu-west-1) accepts the connection in the "
        "output `peerings` within 7 days, and adds routes to 10.77.0.0/16",
    },
    "gcp": {
        "data": "the owner of projects/data-prod/global/networks/data peers it with this network, whose id is in the "
        "output `peerings`"
    },
    "aws": {},
    "local": {},
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_other_side_of_each_peering_is_noted(name: str, tmp_path: Path) -> None:
    loaded = load_project(write(tmp_path, *scenarios()[name]).root)
    found = [*other_sides(Site(loaded.system, loaded.environments["north"]))]
    assert {one.subject.rpartition(" ")[2]: one.why for one in found} == SCENARIOS[name]
    assert {one.output for one in found} <= {"terraform/north"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (AWS, {name: f"${{aws_vpc_peering_connection.network_{name}.id}}" for name in ("data", "hub")}),
        ("gcp", {"data": "${google_compute_network.network.id}"}),
        ("azure", {"data": "${azurerm_virtual_network.network.id}"}),
        ("aws", None),
    ],
)
def test_a_stack_outputs_what_they_need(name: str, expected: Any, tmp_path: Path) -> None:
    project = write(tmp_path / "project", *scenarios()[name])
    loaded = load_project(project.root)
    environment = loaded.environments["north"]
    assert ("peerings" in contract_of(loaded.system, environment).outputs) == bool(expected)
    outputs = read_stack(synthesize(project.root, tmp_path / "out"), f"north-{environment.target}")["output"]
    assert outputs.get("peerings", {}).get("value") == expected
