"""What the cluster takes from its cloud is there under the names of the contract, and nothing is missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.kubernetes.external_secret import ExternalSecretProps, external_secret_spec
from quantacirc_cdk.kubernetes.system.cloud import contract_problems
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.model import Environment, System, load_project
from support.kubernetes.manifests import ENVIRONMENTS, Object, find, of_kind, pod_templates
from support.kubernetes.synthesis import render
from support.tools import ROOT
from support.unseen import unseen_project

CLOUDS = ("aws", "gcp", "azure")


@dataclass(frozen=True)
class Plant:
    """A system of other names in one cloud."""

    system: System
    environment: Environment
    objects: Sequence[Object]


@pytest.fixture(scope="module")
def plants(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Plant]:
    """Return a system of other names in each cloud."""
    found = {}
    for cloud in CLOUDS:
        folder = tmp_path_factory.mktemp(cloud)
        made = unseen_project(folder / "project", 12)
        text = made.system_file.read_text()
        made.write_system(text + "externals: {maps: {hosts: [maps.example], secret: maps-key}}\n")
        made.replace_in_environment("north", "target: aws", f"target: {cloud}")
        made.environment_file("bench").unlink()
        model = load_project(made.root)
        (objects,) = render(made.root, folder / "out").values()
        found[cloud] = Plant(model.system, model.environments["north"], objects)
    return found


@pytest.fixture
def plant(plants: Mapping[str, Plant], cloud: str) -> Plant:
    return plants[cloud]


@pytest.fixture(params=CLOUDS)
def cloud(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def remote(spec: Object) -> list[Object]:
    """Return the references of an ExternalSecret to its cloud."""
    return [one["remoteRef"] for one in spec.get("data", [])] + [one["extract"] for one in spec.get("dataFrom", [])]


def made_secrets(objects: Sequence[Object]) -> Iterator[tuple[str, set[str] | None]]:
    """Yield every Secret that something makes with its keys; None when they are not known here."""
    for item in of_kind(objects, "ExternalSecret"):
        yield item["metadata"]["name"], {one["secretKey"] for one in item["spec"].get("data", [])} or None
    for item in of_kind(objects, "Certificate"):
        yield item["spec"]["secretName"], {"ca.crt", "tls.crt", "tls.key"}
    for item in of_kind(objects, "ConfigMap"):
        if item["metadata"]["name"] == "create-secrets":
            for line in item["data"]["secrets"].splitlines():
                name, *keys = line.split()
                yield name, {key.split("=")[0].split("@")[0] for key in keys}


def needed_secrets(objects: Sequence[Object]) -> Iterator[tuple[str, set[str]]]:
    """Yield every Secret that a pod cannot start without, with the keys it names."""
    for _, template in pod_templates(objects):
        spec = template["spec"]
        for volume in spec["volumes"]:
            source = volume.get("secret")
            if source and not source.get("optional"):
                yield source["secretName"], {item["key"] for item in source.get("items", [])}
        for container in spec["containers"]:
            for variable in container.get("env", []):
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                if reference and not reference.get("optional"):
                    yield reference["name"], {reference["key"]}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_secret_that_a_pod_needs_is_made_with_its_keys(
    rendered: Mapping[str, Sequence[Object]], name: str
) -> None:
    made = dict(made_secrets(rendered[name]))
    needed = list(needed_secrets(rendered[name]))
    assert len(needed) > 30
    for secret, keys in needed:
        assert secret in made
        known = made[secret]
        assert known is None or keys <= known, secret


@pytest.mark.integration
def test_external_secrets_read_exactly_the_contracts_names(
    plant: Plant,
) -> None:
    contract = contract_of(plant.system, plant.environment)
    found = {
        item["metadata"]["name"]: {one["key"] for one in remote(item["spec"])}
        for item in of_kind(plant.objects, "ExternalSecret")
    }
    assert found == {name: {binding.remote} for name, binding in contract.secrets.items()}
    assert sorted(found) == ["books", "maps-key"]


def test_nothing_in_an_external_secret_is_left_to_a_default(
    plant: Plant,
) -> None:
    for item in of_kind(plant.objects, "ExternalSecret"):
        for reference in remote(item["spec"]):
            spelled = {key: reference[key] for key in ("conversionStrategy", "decodingStrategy", "metadataPolicy")}
            assert spelled == {"conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None"}
        assert item["spec"]["target"]["creationPolicy"] == "Owner"
        assert item["spec"]["target"]["deletionPolicy"] == "Retain"


def test_a_secret_without_named_keys_gets_all_of_them() -> None:
    spec = external_secret_spec(ExternalSecretProps(name="a", store="s", remote="r"))
    assert "data" not in spec
    assert [one["key"] for one in remote(spec)] == ["r"]


def test_the_store_is_that_of_the_cloud_and_has_no_key_in_it(
    plants: Mapping[str, Plant],
) -> None:
    stores = {cloud: of_kind(plants[cloud].objects, "SecretStore")[0]["spec"]["provider"] for cloud in CLOUDS}
    assert stores["aws"] == {"aws": {"region": "eu-north-1", "service": "SecretsManager"}}
    assert stores["gcp"] == {"gcpsm": {"projectID": "plant-north"}}
    assert stores["azure"]["azurekv"]["authType"] == "WorkloadIdentity"
    assert stores["azure"]["azurekv"]["vaultUrl"].startswith("https://plant-north-")


def test_a_store_of_the_cloud_is_told_without_a_secret(
    plant: Plant,
) -> None:
    managed = contract_of(plant.system, plant.environment).managed["files"]
    files = find(plant.objects, "ConfigMap", "files")["data"]
    assert files == managed.files
    assert (files["provider"], "bucket" in files, "endpoint" in files) == (plant.environment.target, True, True)
    assert not {"access-key-id", "secret-access-key"} & files.keys()
    deployment = find(plant.objects, "Deployment", "unit-1")["spec"]["template"]["spec"]
    (volume,) = [one for one in deployment["volumes"] if one["name"] == "files"]
    assert volume["configMap"]["name"] == "files"
    mounts = {mount["name"]: mount["mountPath"] for mount in deployment["containers"][0]["volumeMounts"]}
    assert mounts["files"] == "/etc/secrets/files"


def test_azure_pods_ask_for_their_identity_once_it_is_known(out: Path) -> None:
    made = unseen_project(out / "project", 8)
    made.environment_file("bench").unlink()
    text = made.environment_file("north").read_text().replace("target: aws", "target: azure")
    made.write_environment("north", text + "wired: { target: azure, client_ids: { unit-1: 0-1-2 } }\n")
    (objects,) = render(made.root, out / "objects").values()
    account = find(objects, "ServiceAccount", "unit-1")["metadata"]["annotations"]
    assert account["azure.workload.identity/client-id"] == "0-1-2"
    labels = find(objects, "Deployment", "unit-1")["spec"]["template"]["metadata"]["labels"]
    assert labels["azure.workload.identity/use"] == "true"
    other = find(objects, "Deployment", "unit-0")["spec"]["template"]["metadata"]["labels"]
    assert "azure.workload.identity/use" not in other


def test_azure_jobs_and_stateful_pods_ask_for_their_identity_too(out: Path) -> None:
    """Without the label, nothing gives a pod the token, and its first request to the cloud is refused."""
    made = unseen_project(out / "project", 8)
    made.environment_file("bench").unlink()
    system = yaml.safe_load(made.system_file.read_text())
    system["components"]["nightly"] |= {"reaches": ["books", "files"]}
    system["components"]["by-hand"] |= {"reaches": ["files"]}
    made.write_system(yaml.safe_dump(system))
    text = made.environment_file("north").read_text().replace("target: aws", "target: azure")
    known = "{ nightly: 0-1, by-hand: 0-2, unit-0: 0-3, unit-1: 0-4 }"
    made.write_environment("north", f"{text}wired: {{ target: azure, client_ids: {known} }}\n")
    (objects,) = render(made.root, out / "objects").values()
    asked = {
        template["spec"]["serviceAccountName"]
        for _, template in pod_templates(objects)
        if template["metadata"]["labels"].get("azure.workload.identity/use") == "true"
    }
    assert asked == {"nightly", "by-hand", "unit-0", "unit-1"}
    ids = {
        item["metadata"]["name"]: item["metadata"].get("annotations", {}).get("azure.workload.identity/client-id")
        for item in of_kind(objects, "ServiceAccount")
    }
    assert {name: one for name, one in ids.items() if one} == {
        "nightly": "0-1", "by-hand": "0-2", "unit-0": "0-3", "unit-1": "0-4",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("drop", "what"),
    [
        ("ExternalSecret", 'the secret "quantacirc/prod/ledger" of prod is in Terraform and not in Kubernetes'),
        ("Deployment", 'the service account "quantacirc/orchestrator" of prod is in Terraform and not in Kubernetes'),
        ("SecretStore", 'the service account "external-secrets/external-secrets" of prod'),
    ],
)
def test_what_only_one_side_has_is_said(rendered: Mapping[str, Sequence[Object]], drop: str, what: str) -> None:
    model = load_project(ROOT)
    context = Context(model.system, model.environments["prod"])
    assert list(contract_problems(context, rendered["prod"], "prod")) == []
    fewer = [item for item in rendered["prod"] if item["kind"] != drop]
    assert any(what in str(problem) for problem in contract_problems(context, fewer, "prod"))


def test_a_secret_that_only_the_cluster_has_is_said(rendered: Mapping[str, Sequence[Object]]) -> None:
    model = load_project(ROOT)
    context = Context(model.system, model.environments["prod"])
    stray = {
        "kind": "ExternalSecret",
        "metadata": {"name": "stray"},
        "spec": external_secret_spec(ExternalSecretProps(name="stray", store="cloud", remote="quantacirc/prod/ledgr")),
    }
    (problem,) = contract_problems(context, [*rendered["prod"], stray], "prod")
    assert problem.what == 'the secret "quantacirc/prod/ledgr" of prod is in Kubernetes and not in Terraform'
    assert problem.expected == '"quantacirc/prod/ledger"'


def test_a_laptop_needs_no_cloud(rendered: Mapping[str, Sequence[Object]]) -> None:
    assert not of_kind(rendered["local"], "ExternalSecret", "SecretStore")
