"""What the real Terraform refuses when all it knows of a provider is the published schema."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.terraform import Stack, schemas
from quantacirc_cdk.terraform.engine import TerraformProvider
from quantacirc_cdk.terraform.resource import Resource
from support.terraform.stacks import synthesized
from support.terraform.validate import validated

pytestmark = pytest.mark.terraform


def declare_user(stack: Stack, **arguments: object) -> None:
    TerraformProvider(
        stack,
        "google",
        terraform_resource_type="google",
        terraform_provider_source="hashicorp/google",
        terraform_generator_metadata={"provider_name": "google", "provider_version_constraint": ">= 6.50.0"},
    )
    stack.add_override("terraform.required_providers.random", {"source": "hashicorp/random"})
    stack.add_override("ephemeral.random_password.one", {"length": 40})
    Resource(stack, "google_sql_user", "one", name="one", instance="ledger", **arguments)


def complaints(tmp_path: Path, declare: Callable[[Stack], object]) -> list[str]:
    synthesized(tmp_path / "out", declare)
    (tmp_path / "work").mkdir()
    found = validated(tmp_path / "out", "test", schemas.provider_schemas("google")[:1], tmp_path / "work")
    return [diagnostic["summary"] for diagnostic in found]


def test_a_password_that_is_written_only_is_accepted(tmp_path: Path) -> None:
    password = "${ephemeral.random_password.one.result}"
    assert complaints(tmp_path, lambda stack: declare_user(stack, password_wo=password, password_wo_version=1)) == []


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        # A password that would be kept in the state.
        ({"password": "${ephemeral.random_password.one.result}"}, "Invalid use of ephemeral value"),
        ({"password": "${ephemeral.random_password.other.result}"}, "Reference to undeclared resource"),
        ({"password": "${jsonencod(1)}"}, "Call to unknown function"),
        ({"password_wo_version": "${tolist([1])}"}, "Incorrect attribute value type"),
    ],
)
def test_what_no_schema_says_is_refused(arguments: dict[str, object], said: str, tmp_path: Path) -> None:
    assert said in complaints(tmp_path, lambda stack: declare_user(stack, **arguments))
