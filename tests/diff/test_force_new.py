"""The tables of arguments that force a new resource fit the providers' schemas, and what the AWS provider plans."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.diff import Impact, compare_stacks, terraform_types
from quantacirc_cdk.diff.terraform_types import EVERY_TYPE, WHOLE
from quantacirc_cdk.terraform import schemas
from support.terraform.terraform import mirror
from support.tools import ROOT, unavailable

FOLDER = Path(terraform_types.__file__).parent / "force_new"
PROVIDERS = {"aws": "aws.*.json", "google": "google.*.json", "azurerm": "azurerm.*.json"}


def blocks(provider: str) -> dict[str, list[dict[str, Any]]]:
    """Return the arguments of each type in use, in every version of the provider that is supported."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(Path(schemas.__file__).parent.glob(PROVIDERS[provider])):
        for kind, block in json.loads(path.read_text())["resources"].items():
            found.setdefault(kind, []).append(block)
    return found


def has(block: dict[str, Any], steps: list[str]) -> bool:
    if steps[-1] == WHOLE:
        steps = steps[:-1]
    argument = block["arguments"].get(steps[0])
    if argument is None or len(steps) == 1:
        return argument is not None
    nested = argument.get("block") or argument.get("blocks") if isinstance(argument, dict) else None
    return nested is not None and has(nested, steps[1:])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_type_in_use_is_covered(provider: str) -> None:
    assert sorted(kind for kind in blocks(provider) if not terraform_types.covered(kind)) == []


def known(kind: str, in_use: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the arguments of a type in each version; of all types for ``*``."""
    return [block for blocks in in_use.values() for block in blocks] if kind == EVERY_TYPE else in_use.get(kind, [])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_argument_of_the_table_is_one_of_the_provider(provider: str) -> None:
    table = json.loads((FOLDER / f"{provider}.json").read_text())
    in_use = blocks(provider)
    unknown = [
        f"{kind}.{argument}"
        for kind, arguments in (*table["types"].items(), *table.get("documented", {}).items())
        for argument in arguments
        if not any(has(block, argument.split(".")) for block in known(kind, in_use))
    ]
    assert unknown == []


def tool(name: str) -> Any:
    """Return a module of ``tools/``."""
    spec = util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def binary() -> Path:
    """The AWS provider."""
    version = json.loads((Path(schemas.__file__).parent / "aws.5.json").read_text())["version"]
    folder = mirror("hashicorp/aws")
    found = sorted((folder or Path()).glob(f"registry.terraform.io/hashicorp/aws/{version}/*/terraform-provider-aws_*"))
    if not folder or not found:
        unavailable(f"version {version} of the Terraform provider hashicorp/aws", "put it into a mirror")
    return found[0]


@pytest.mark.slow
def test_the_provider_plans_what_the_table_says_for_every_argument_of_every_type(binary: Path) -> None:
    command = [sys.executable, ROOT / "tools" / "force_new.py", binary]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture(scope="module")
def provider(binary: Path) -> Iterator[Any]:
    """The AWS provider, running, with the arguments of every type in use."""
    plugin = tool("provider_plugin")
    with plugin.running(binary) as running:
        own, types = running.schema()
        running.configure(own.empty() | tool("force_new").SETTINGS)
        yield running, types


EKS: dict[str, Any] = {"name": "a", "role_arn": "arn:aws:iam::123456789012:role/a"}
KEY: dict[str, Any] = {
    "provider": [{"key_arn": "arn:aws:kms:eu-central-1:123456789012:key/a"}],
    "resources": ["secrets"],
}
BY_VALUE: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("aws_eks_cluster", {**EKS, "version": "1.34"}, {**EKS, "version": "1.33"}, ""),
    ("aws_eks_cluster", {**EKS, "version": "1.33"}, {**EKS, "version": "1.34"}, ""),
    ("aws_eks_cluster", {**EKS, "encryption_config": [KEY]}, EKS, "encryption_config"),
    ("aws_eks_cluster", EKS, {**EKS, "encryption_config": [KEY]}, ""),
    ("aws_vpc", {"instance_tenancy": "default"}, {"instance_tenancy": "dedicated"}, "instance_tenancy"),
    ("aws_vpc", {"instance_tenancy": "dedicated"}, {"instance_tenancy": "default"}, ""),
    ("aws_db_instance", {"allocated_storage": 100}, {"allocated_storage": 50}, ""),
    ("aws_db_instance", {"engine_version": "17"}, {"engine_version": "16"}, ""),
    ("aws_elasticache_replication_group", {"engine_version": "8.0"}, {"engine_version": "7.2"}, "engine_version"),
    ("aws_elasticache_replication_group", {"engine_version": "7.2"}, {"engine_version": "8.0"}, ""),
    ("aws_kms_key", {"is_enabled": True}, {"is_enabled": False}, ""),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "before", "after", "forcing"), BY_VALUE, ids=[f"{case[0]}-{place}" for place, case in enumerate(BY_VALUE)]
)
def test_the_provider_plans_what_is_said_of_values(
    provider: Any, kind: str, before: dict[str, Any], after: dict[str, Any], forcing: str
) -> None:
    running, types = provider
    base = types[kind].empty() | {"id": "a"}
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    replaced = {path[0] for path in running.replaced_for(kind, base | before, base | after)} & changed
    assert replaced == ({forcing} if forcing else set())
    stacks = ({"resource": {kind: {"a": arguments}}} for arguments in (before, after))
    ((_, (finding,)),) = compare_stacks(*stacks).items()
    assert (finding.impact in (Impact.REPLACE, Impact.STATEFUL_DESTROY)) == bool(forcing)
