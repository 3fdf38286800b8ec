"""The modules are usable by whoever writes Terraform by hand, on every cloud alike."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from quantacirc_cdk.contract.names import unique_name
from quantacirc_cdk.errors import SchemaError
from quantacirc_cdk.terraform import Resource, schemas
from quantacirc_cdk.terraform.modules import CLOUDS, NAMES, Module, write_modules
from support.terraform.stacks import Json, read_stack
from support.terraform.terraform import Terraform
from support.tools import unavailable

HERE = Path(__file__).parent
SCHEMAS = {"gcp": ("google", 2), "azure": ("azurerm", 1)}
"""Provider, and how many of its versions, oldest first, are tried."""
ACCOUNT = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with all modules."""
    made = tmp_path_factory.mktemp("modules")
    write_modules(made)
    return made


@pytest.fixture(scope="module")
def documents(folder: Path) -> dict[tuple[str, str], Json]:
    """Return every module by cloud and name."""
    return {
        (cloud, name): json.loads((folder / cloud / name / "main.tf.json").read_text())
        for cloud in CLOUDS
        for name in NAMES
    }


def by_hand(cloud: str, folder: Path, place: Path) -> Path:
    """Prepare ``place``: Terraform as somebody wrote it by hand, and the modules beside it."""
    shutil.copytree(HERE / cloud, place, dirs_exist_ok=True)
    shutil.copytree(folder, place / "modules")
    tests = place / "main.tftest.hcl"
    name = unique_name("shop-prod-files", ACCOUNT, 24, dashes=False)
    tests.write_text(tests.read_text().replace("UNIQUE_NAME", name))
    return place


def with_a_password(module: Path) -> None:
    """Have an ephemeral variable take the place of the ephemeral resource: mocked providers have none yet."""
    document = json.loads(module.read_text())
    ((kind, named),) = document.pop("ephemeral").items()
    (name,) = named
    attribute = "random_password" if kind.startswith("aws_") else "result"
    document["variable"]["password"] = {"type": "string", "default": "x", "ephemeral": True}
    module.write_text(json.dumps(document).replace(f"ephemeral.{kind}.{name}.{attribute}", "var.password"))


@contextmanager
def published(cloud: str, version: int, place: Path) -> Iterator[Terraform]:
    """Yield Terraform with stand-ins that have the schema of one version of a cloud's provider."""
    if find_spec("grpc") is None:
        unavailable("grpcio", "pip install grpcio")
    from support.terraform.schema_provider import RANDOM, document, serve

    together: Json = {"resource": {}, "data": {}}
    for module in (place / "modules" / cloud).glob("*/main.tf.json"):
        declared = json.loads(module.read_text())
        for block, types in together.items():
            for kind, named in declared.get(block, {}).items():
                types.setdefault(kind, {}).update({f"{module.parent.name}-{name}": one for name, one in named.items()})
    schema = schemas.provider_schemas(SCHEMAS[cloud][0])[version]
    served = _with_certificates(document(schema, together))
    with serve({schema.source: served, "hashicorp/random": RANDOM}) as environment:
        yield Terraform(place, environment)


def _with_certificates(schema: Json) -> Json:
    """Return a schema with what the bindings do not say of a cluster: attributes of a block that the provider sets."""
    schema = json.loads(json.dumps(schema))
    if google := schema["resources"].get("google_container_cluster"):
        google["arguments"]["master_auth"]["block"].setdefault("computed", []).append("cluster_ca_certificate")
    if azure := schema["resources"].get("azurerm_kubernetes_cluster"):
        azure["computed"] = [name for name in azure["computed"] if name != "kube_config"]
        azure["arguments"]["kube_config"] = {"objects": {"arguments": {"cluster_ca_certificate": "string"}}}
    return schema


def passes(terraform: Terraform, cloud: str) -> None:
    with_a_password(terraform.folder / "modules" / cloud / "database" / "main.tf.json")
    runs = len(re.findall("^run ", (terraform.folder / "main.tftest.hcl").read_text(), re.MULTILINE))
    result = terraform.run("test", "-no-color", check=False)
    assert f"{runs} passed, 0 failed" in result.stdout, result.stdout[-2000:] + result.stderr[:4000]


@pytest.mark.slow
@pytest.mark.terraform
def test_on_aws_the_real_provider_accepts_a_root_that_uses_them(folder: Path, tmp_path: Path) -> None:
    terraform = Terraform(by_hand("aws", folder, tmp_path))
    terraform.init()
    assert terraform.validate() == []
    passes(terraform, "aws")


@pytest.mark.slow
@pytest.mark.terraform
@pytest.mark.parametrize(
    ("cloud", "version"), [(cloud, version) for cloud, (_, count) in SCHEMAS.items() for version in range(count)]
)
def test_elsewhere_terraform_accepts_it_given_the_published_schema(
    cloud: str, version: int, folder: Path, tmp_path: Path
) -> None:
    with published(cloud, version, by_hand(cloud, folder, tmp_path)) as terraform:
        terraform.init()
        assert terraform.validate() == []
        passes(terraform, cloud)


def test_each_declares_its_providers_and_configures_none(documents: dict[tuple[str, str], Json]) -> None:
    sources = {"aws": {"hashicorp/aws"}, "gcp": {"hashicorp/google"}, "azure": {"hashicorp/azurerm"}}
    for (cloud, name), document in documents.items():
        required = document["terraform"]["required_providers"]
        used = {
            kind.partition("_")[0] for block in ("resource", "data", "ephemeral") for kind in document.get(block, {})
        }
        # terraform_data is Terraform's own.
        assert used - {"terraform"} == set(required), f"{cloud}/{name}"
        assert {one["source"] for one in required.values()} - {"hashicorp/random"} == sources[cloud]
        assert all(re.search(r">= \d.*, < \d", one["version"]) for one in required.values())
        assert document["terraform"]["required_version"] == ">= 1.11.0"
        assert not document.keys() & {"provider", "backend"}
        assert "backend" not in document["terraform"]


def test_the_same_module_gives_the_same_back_on_every_cloud(documents: dict[tuple[str, str], Json]) -> None:
    for name in NAMES:
        aws, gcp, azure = (set(documents[cloud, name]["output"]) for cloud in CLOUDS)
        assert aws == gcp == azure - {"control_plane_subnet_id"}


def test_a_variable_means_the_same_on_every_cloud(documents: dict[tuple[str, str], Json]) -> None:
    for name in NAMES:
        for variable in set.intersection(*(set(documents[cloud, name]["variable"]) for cloud in CLOUDS)):
            assert len({documents[cloud, name]["variable"][variable]["type"] for cloud in CLOUDS}) == 1


def test_every_variable_says_what_it_is_and_numbers_have_bounds(documents: dict[tuple[str, str], Json]) -> None:
    for (cloud, name), document in documents.items():
        for variable, declared in document["variable"].items():
            assert declared["description"], f"{cloud}/{name}: {variable}"
            assert declared["nullable"] is False
            if declared["type"] == "number":
                assert declared["validation"], f"{cloud}/{name}: {variable}"


def test_nothing_in_a_module_refuses_to_be_destroyed_for_ever(documents: dict[tuple[str, str], Json]) -> None:
    assert not [key for key, document in documents.items() if "prevent_destroy" in json.dumps(document)]


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("name", NAMES)
def test_the_readme_lists_every_variable_and_output(
    cloud: str, name: str, folder: Path, documents: dict[tuple[str, str], Json]
) -> None:
    readme, document = (folder / cloud / name / "README.md").read_text(), documents[cloud, name]
    _, variables, outputs = re.split("^## (?:Variables|Outputs)$", readme, flags=re.MULTILINE)
    assert re.findall(r"^\| `(\w+)`", variables, re.MULTILINE) == sorted(document["variable"])
    assert re.findall(r"^\| `(\w+)`", outputs, re.MULTILINE) == sorted(document["output"])
    (example,) = re.findall("```hcl\n(.*?)```", readme, re.DOTALL)
    required = {key for key, declared in document["variable"].items() if "default" not in declared}
    assert set(re.findall(r"^  (\w+) +=", example, re.MULTILINE)) - {"source"} == required


def test_a_variable_that_nothing_depends_on_is_an_error() -> None:
    module = Module("aws", "object-store", "", {})
    module.text("name")
    with pytest.raises(TypeError, match=r"aws/object-store: nothing depends on var\.name"):
        module.document()


def test_a_reference_to_what_may_not_exist_is_an_error() -> None:
    module = Module("aws", "network", "", {})
    vpc = Resource(module.root, "aws_vpc", "network", cidr_block=module.text("cidr"))
    Resource(module.root, "aws_subnet", "network", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
    module.text("private_services")
    module.only_if("var.private_services", "aws_vpc.network")
    with pytest.raises(TypeError, match=r"aws/network: aws_subnet\.network refers to aws_vpc\.network, which may not"):
        module.document()


@pytest.mark.parametrize(("cloud", "type"), [("aws", "aws_eks_node_group"), ("gcp", "google_container_node_pool")])
def test_the_only_pool_of_an_earlier_version_keeps_its_nodes(
    cloud: str, type: str, documents: dict[tuple[str, str], Json]
) -> None:
    moved = {"from": f"{type}.cluster_general", "to": f'{type}.cluster_pools["general"]'}
    assert moved in documents[cloud, "cluster"]["moved"]


def test_what_the_schema_refuses_is_an_error() -> None:
    module = Module("aws", "network", "", {})
    Resource(module.root, "aws_vpc", "network", cidr_blok=module.text("cidr"))
    with pytest.raises(SchemaError, match=r"modules/aws/network/aws_vpc\.network: cidr_blok: no such argument"):
        module.document()


def test_a_module_is_what_a_stack_has_of_the_same_construct(
    documents: dict[tuple[str, str], Json], stacks: Path
) -> None:
    """The stack has more where production has more: copies in a second region."""
    production = read_stack(stacks, "prod-aws")
    for name, construct, called in (
        ("network", "network", "network"),
        ("cluster", "cluster", "cluster"),
        ("object-store", "artifacts", "objects"),
        ("database", "ledger", "database"),
    ):
        there = {
            f"{kind}.{re.sub(rf'^{construct}', called, address)}"
            for kind, named in production["resource"].items()
            for address, one in named.items()
            if one["//"]["metadata"]["path"].split("/")[1] == construct
        }
        here = {
            f"{kind}.{address.replace('cluster_pools', 'cluster_general')}"
            for kind, named in documents["aws", name]["resource"].items()
            for address, one in named.items()
            if not re.search("var.zones >= [4-6]", one.get("count", ""))
        }
        assert here <= there, name
        assert {address for address in there - here if not re.search("recovery|replication", address)} == set(), name
