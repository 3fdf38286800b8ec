"""The names that both sides take from the contract."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.contract import Contract, contract_of
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, EnvironmentStack
from support.terraform.switched import switch_project
from support.tools import ROOT

CLOUDS = ("aws", "gcp", "azure")
Make = Callable[..., Contract]


@pytest.mark.parametrize(
    ("cloud", "names"),
    [
        ("aws", {"ledger": "quantacirc/prod/ledger", "llm-providers": "quantacirc/prod/llm-providers"}),
        ("gcp", {"ledger": "quantacirc-prod-ledger", "llm-providers": "quantacirc-prod-llm-providers"}),
        ("azure", {"ledger": "quantacirc-prod-ledger", "llm-providers": "quantacirc-prod-llm-providers"}),
    ],
)
def test_secrets_have_the_names_their_cloud_takes(cloud: str, names: dict[str, str], contract: Make) -> None:
    assert {name: binding.remote for name, binding in contract(cloud).secrets.items()} == names


def test_a_secret_says_who_writes_it_and_where_it_is_declared(contract: Make) -> None:
    secrets = contract().secrets
    assert secrets["ledger"].written_by == "terraform"
    assert set(secrets["ledger"].keys) == {"database", "host", "password", "port", "username"}
    assert secrets["llm-providers"].written_by == "people"
    assert secrets["llm-providers"].keys == {name: name for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")}
    assert secrets["llm-providers"].declared == "apps/system.yaml: externals.llm.secret"


def test_who_reaches_the_object_store_has_an_identity_and_nobody_else(contract: Make) -> None:
    made = contract()
    project = load_project(ROOT)
    stores = {"artifacts", "backups"}
    reaching = {name for name, part in project.system.components.items() if stores & set(part.reaches)}
    assert {name for name, identity in made.identities.items() if identity.stores} == reaching
    assert made.identities.keys() - reaching == {"external-secrets"}
    assert made.reader is not None
    assert made.reader.secrets == ("ledger", "llm-providers")
    assert {identity.secrets for name, identity in made.identities.items() if name != "external-secrets"} == {()}


def test_without_external_secrets_nobody_reads_the_store(contract: Make) -> None:
    assert contract(edits={"external_secrets: true": "external_secrets: false"}).reader is None


def test_the_object_store_is_named_as_its_cloud_takes_it(contract: Make) -> None:
    for cloud, bucket in (
        ("aws", "quantacirc-prod-artifacts-333333333333"),
        ("gcp", "quantacirc-prod-artifacts-quantacirc-prod"),
    ):
        files = contract(cloud).managed["artifacts"].files
        assert (files["bucket"], files["provider"], "container" in files) == (bucket, cloud, False)
    files = contract("azure").managed["artifacts"].files
    assert len(files["bucket"]) == 24
    assert files["endpoint"] == f"https://{files['bucket']}.blob.core.windows.net"
    assert files["container"] == "artifacts"


def test_only_azure_needs_what_an_apply_tells(contract: Make) -> None:
    assert "client_ids" in contract("azure").outputs
    for cloud in ("aws", "gcp"):
        made = contract(cloud)
        assert "client_ids" not in made.outputs
        assert all(identity.annotations == {} for identity in made.identities.values())


def test_a_recorded_client_id_is_an_annotation_and_asks_for_a_token(tmp_path: Path) -> None:
    root = switch_project(tmp_path, "azure")
    prod = root / "apps" / "environments" / "prod.yaml"
    prod.write_text(prod.read_text() + "wired:\n  target: azure\n  client_ids: { planck-forge: 0000-1111 }\n")
    project = load_project(root)
    identities = contract_of(project.system, project.environments["prod"]).identities
    assert identities["planck-forge"].annotations == {"azure.workload.identity/client-id": "0000-1111"}
    assert identities["planck-forge"].pod_labels == {"azure.workload.identity/use": "true"}
    assert identities["bose-boost"].annotations == {}


@pytest.mark.parametrize(
    ("cloud", "prefix"),
    [
        ("aws", "333333333333.dkr.ecr.eu-central-1.amazonaws.com/quantacirc-prod"),
        ("gcp", "europe-west3-docker.pkg.dev/quantacirc-prod/quantacirc-prod"),
    ],
)
def test_the_registry_is_where_the_stack_makes_it(cloud: str, prefix: str, contract: Make) -> None:
    registry = contract(cloud).registry
    assert registry.prefix == prefix
    assert registry.pulled_from == "registry.quantacirc.example/quantacirc"


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_registry_of_the_contract_is_the_one_that_is_made(cloud: str, tmp_path: Path) -> None:
    project = load_project(switch_project(tmp_path / "project", cloud))
    environment = project.environments["prod"]
    stack = EnvironmentStack(App(outdir=tmp_path), "x", system=project.system, environment=environment)
    if cloud == "azure":  # the name is known, and the host is told by Azure
        assert stack.contract.registry.host == f"{stack.registry.registry.arguments['name']}.azurecr.io"
    else:
        assert stack.contract.registry.host == stack.registry.host
    repository = next(iter(stack.registry.repositories.values())).arguments
    if cloud == "aws":
        assert repository["name"].startswith(stack.contract.registry.prefix.partition("/")[2] + "/")


def test_exposed_components_answer_below_the_zone(contract: Make) -> None:
    made = contract()
    assert made.hosts.keys() == {"orchestrator"}
    assert all(host == made.domain or host.endswith(f".{made.domain}") for host in made.hosts.values())


def test_a_local_environment_has_no_contract() -> None:
    project = load_project(ROOT)
    with pytest.raises(PropsError, match="local, and has no contract with a cloud"):
        contract_of(project.system, project.environments["local"])


def test_who_runs_as_an_account_that_is_there_gets_no_identity(contract: Make) -> None:
    edits = {"\ncomponents:\n": "\ncomponents:\n  pauli-guard: { service_account: shared }\n"}
    assert "pauli-guard" in contract().identities
    assert contract("gcp", edits=edits).identities.keys() == contract("azure").identities.keys() - {"pauli-guard"}
