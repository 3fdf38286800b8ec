"""Stacks with peers on Google Cloud and Azure, as the real Terraform reads them; `tests/aws` applies one on AWS."""

from pathlib import Path

import pytest

from quantacirc_cdk.terraform import schemas
from support.rich import scenarios, write
from support.terraform.graph import order
from support.terraform.stacks import read_stack
from support.terraform.switched import synthesize
from support.terraform.validate import validated

pytestmark = [pytest.mark.slow, pytest.mark.terraform]

VERSIONS = {
    "gcp": [("google", 0), ("google", 2)],
    "azure": [("azurerm", 0)],
}


@pytest.mark.parametrize("name", VERSIONS)
def test_terraform_accepts_and_orders_a_stack_with_peers(name: str, tmp_path: Path) -> None:
    system, environment = scenarios()[name]
    out = synthesize(write(tmp_path / "project", system, environment).root, tmp_path / "out")
    stack = f"north-{environment['target']}"
    assert environment["network"]["peers"]
    versions = [schemas.provider_schemas(provider)[index] for provider, index in VERSIONS[name]]
    (tmp_path / "terraform").mkdir()
    assert validated(out, stack, versions, tmp_path / "terraform") == []
    assert len(order(read_stack(out, stack))) > 80
