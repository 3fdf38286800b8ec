"""A name that only one side has is found, and both places are named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.contract import Contract, agree, disagreements
from quantacirc_cdk.errors import PropsError, SchemaError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, EnvironmentStack
from quantacirc_cdk.terraform.aws import SecretStore
from quantacirc_cdk.terraform.interface import SecretStoreProps
from support.tools import ROOT

Make = Callable[..., Contract]


def declared(contract: Contract) -> tuple[dict[str, str], dict[str, str]]:
    secrets = {binding.remote: "a/secret" for binding in contract.secrets.values()}
    accounts = {f"{one.namespace}/{one.service_account}": "an/identity" for one in contract.identities.values()}
    return secrets, accounts


def test_two_sides_with_the_same_names_agree(contract: Make) -> None:
    made = contract()
    secrets, accounts = declared(made)
    agree(made, "Kubernetes", secrets=secrets, accounts=accounts)


def test_every_difference_is_said_at_once_with_both_places(contract: Make) -> None:
    made = contract()
    secrets, accounts = declared(made)
    del secrets["quantacirc/prod/ledger"], accounts["quantacirc/planck-forge"]
    secrets["quantacirc/prod/leger"] = "prod/external-secrets/leger"
    found = list(disagreements(made, "Kubernetes", secrets=secrets, accounts=accounts))
    assert [(problem.key, problem.what.partition(" of prod is in ")[2], problem.expected) for problem in found] == [
        ("prod/external-secrets/leger", "Kubernetes and not in Terraform", '"quantacirc/prod/ledger"'),
        (
            "apps/system.yaml: components.ledger",
            "Terraform and not in Kubernetes",
            "it in a/secret, prod/external-secrets/leger",
        ),
        (
            "apps/system.yaml: components.planck-forge.reaches",
            "Terraform and not in Kubernetes",
            "it in an/identity",
        ),
    ]
    with pytest.raises(PropsError, match="is in Kubernetes and not in Terraform"):
        agree(made, "Kubernetes", secrets=secrets, accounts=accounts)


@pytest.mark.parametrize(
    ("target", "registry", "expected"),
    [
        ("aws", "333333333333.dkr.ecr.eu-central-1.amazonaws.com/quantacirc", "/quantacirc-prod"),
        ("aws", "333333333333.dkr.ecr.eu-central-1.amazonaws.com/quantacirc-prod", ""),
        ("aws", "999999999999.dkr.ecr.eu-central-1.amazonaws.com/shared", ""),
        ("gcp", "europe-west3-docker.pkg.dev/quantacirc-prod/images", "/quantacirc-prod/quantacirc-prod"),
        ("gcp", "europe-west3-docker.pkg.dev/another-project/images", ""),
        ("azure", "registry.example", ""),
    ],
)
def test_images_are_pulled_from_what_the_stack_makes_or_from_elsewhere(
    target: str, registry: str, expected: str, contract: Make
) -> None:
    made = contract(target, edits={"registry: registry.quantacirc.example/quantacirc": f"registry: {registry}"})
    secrets, accounts = declared(made)
    found = list(disagreements(made, "Kubernetes", secrets=secrets, accounts=accounts))
    assert [problem.key for problem in found] == (["apps/environments/prod.yaml: registry"] if expected else [])
    assert all(expected in problem.expected for problem in found)


@pytest.mark.integration
def test_a_secret_that_only_terraform_has_fails_synthesis_and_nothing_is_written(tmp_path: Path) -> None:
    project = load_project(ROOT)
    app = App(outdir=tmp_path)
    stack = EnvironmentStack(app, "prod-aws", system=project.system, environment=project.environments["prod"])
    props = SecretStoreProps(
        name="quantacirc/prod",
        region="eu-central-1",
        account="333333333333",
        keys=stack.keys,
        secrets={"orphan": "Nobody's."},
    )
    SecretStore(stack, "more", props)
    with pytest.raises(SchemaError) as caught:
        app.synth()
    (problem,) = caught.value.problems
    assert problem.key == "prod-aws/more"
    assert "is in Terraform and not in Kubernetes" in problem.what
    assert not list(tmp_path.rglob("*.json"))
