"""The summary names registries that the nodes of an environment may not pull from."""

import json
from pathlib import Path

import pytest

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.report.registries import foreign_registry
from support.unseen import unseen_project

OWN = "444455556666.dkr.ecr.eu-north-1.amazonaws.com"
OTHER = OWN.replace("444455556666", "999999999999")
AWS = "let the account 444455556666 pull in the policies of its repositories"
GCP = "give the nodes of project plant-north `roles/artifactregistry.reader` there"
AZURE = "set `existing_registry`, which gives the nodes `AcrPull`, or give it to them yourself"
UNUSED = "which the stack creates without `existing_registry`"


@pytest.mark.parametrize(
    ("target", "registry", "more", "said"),
    [
        ("aws", OTHER, {}, [AWS, UNUSED]),
        ("aws", f"{OTHER}/plant", {"existing_registry": {}}, [AWS]),
        ("aws", f"{OWN}/shared", {}, []),
        ("aws", "registry.plant.example/plant", {}, []),
        ("aws", OTHER, {"pull_secrets": ["registry"]}, []),
        ("gcp", "europe-docker.pkg.dev/plant-images/all", {}, [GCP, UNUSED]),
        ("gcp", "europe-docker.pkg.dev/plant-north/all", {}, []),
        ("azure", "other.azurecr.io/plant", {}, [AZURE, UNUSED]),
        ("azure", "other.azurecr.io", {"existing_registry": {"resource_group": "images"}}, []),
    ],
)
def test_a_registry_of_others_is_noted(
    tmp_path: Path, target: str, registry: str, more: dict[str, object], said: list[str]
) -> None:
    made = unseen_project(tmp_path)
    made.environment_file("bench").unlink()
    made.replace_in_environment("north", "target: aws", f"target: {target}")
    text = made.environment_file("north").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith("registry:"))
    lines = [f"registry: {registry}", *(f"{key}: {json.dumps(value)}" for key, value in more.items())]
    made.write_environment("north", text.replace(line, "\n".join(lines)))
    loaded = load_project(made.root)
    site = Site(loaded.system, loaded.environments["north"])
    found = [str(one) for one in foreign_registry(site)]
    assert len(found) == bool(said)
    assert all(part in found[0] for part in said)
    assert [UNUSED in one for one in found] == [UNUSED in said] * len(found)


def test_the_registry_of_the_stack_is_not_noted(tmp_path: Path) -> None:
    made = unseen_project(tmp_path)
    made.environment_file("bench").unlink()
    made.replace_in_environment("north", "target: aws", "target: azure")
    loaded = load_project(made.root)
    host = contract_of(loaded.system, loaded.environments["north"]).registry.host
    environment = loaded.environments["north"].model_copy(update={"registry": host})
    assert list(foreign_registry(Site(loaded.system, environment))) == []
