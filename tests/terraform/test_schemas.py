"""Every resource type in use is covered by every supported version, and a misspelt argument in each is refused."""

import re
from pathlib import Path

import pytest

from quantacirc_cdk.terraform import App, Resource, Stack, schemas
from support.tools import ROOT
from terraform_support.stacks import read_stack, resources

CONSTRUCTS = ROOT / "constructs" / "quantacirc_cdk" / "terraform"
PROVIDERS = {"aws": 2}
"""Providers, and in how many major versions each is supported."""


def types_in_use(provider: str, declaration: str) -> set[str]:
    pattern = re.compile(rf'{declaration}\(\s*(?:self,\s*)?"({provider}_\w+)"')
    return {name for path in (CONSTRUCTS / provider).glob("*.py") for name in pattern.findall(path.read_text())}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_type_in_use_is_in_every_version(provider: str) -> None:
    versions = schemas.provider_schemas(provider)
    assert len(versions) == PROVIDERS[provider]
    for version in versions:
        declared = types_in_use(provider, "Resource") | types_in_use(provider, r"\.part")
        assert declared
        assert declared <= set(version.types()), str(version)
        assert types_in_use(provider, "DataSource") <= set(version.types("data")), str(version)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_schemas_hold_no_type_that_is_not_in_use(provider: str) -> None:
    words = {word for path in CONSTRUCTS.rglob("*.py") for word in re.findall(r'"([a-z0-9_]+)"', path.read_text())}
    for version in schemas.provider_schemas(provider):
        assert {*version.types(), *version.types("data")} <= words


def test_aws_is_checked_against_5_100_and_a_newer_major_version() -> None:
    assert [version.version.split(".")[0] for version in schemas.provider_schemas("aws")] == ["5", "6"]
    assert schemas.provider_schemas("aws")[0].version == "5.100.0"


def test_a_misspelt_argument_is_refused_in_every_resource_of_every_stack(stacks: Path, tmp_path: Path) -> None:
    """Take each type as the project uses it, misspell each of its arguments in turn, and see that it is refused."""
    samples: dict[str, dict[str, object]] = {}
    for folder in sorted((stacks / "stacks").iterdir()):
        for address, arguments in resources(read_stack(stacks, folder.name)).items():
            samples.setdefault(address.partition(".")[0], {}).update(arguments)
    stack = Stack(App(outdir=tmp_path), "test")
    for kind, arguments in samples.items():
        meta = Resource.meta & arguments.keys()
        for name in arguments.keys() - meta:
            misspelt = {(key + "x" if key == name else key): value for key, value in arguments.items()}
            misspelt.pop("depends_on", None)
            resource = Resource(stack, kind, f"{name}_misspelt", **misspelt)
            refused = [problem.key for problem in resource.problems()]
            assert f"{resource.path}: {name}x" in refused, f"{kind}.{name} may be misspelt"


def test_a_project_can_bring_schemas_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "random.json").write_text(
        '{"source": "hashicorp/random", "version": "3.7.2", "provider": {}, "data": {},'
        ' "resources": {"random_id": {"arguments": {"byte_length": "number"}, "required": ["byte_length"]}}}'
    )
    schemas.add_folder(tmp_path)
    try:
        resource = Resource(Stack(App(outdir=tmp_path), "test"), "random_id", "suffix", byte_lenght=4)
        assert [problem.what for problem in resource.problems()] == ["missing", "no such argument"]
    finally:
        schemas._FOLDERS.remove(tmp_path)
        schemas.provider_schemas.cache_clear()
        schemas.schemas_covering.cache_clear()
