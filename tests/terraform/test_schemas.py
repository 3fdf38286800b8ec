"""Every resource type in use is covered by every supported version, and a misspelt argument in each is refused."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from quantacirc_cdk.errors import SchemaError
from quantacirc_cdk.terraform import App, DataSource, Resource, Stack, schemas
from quantacirc_cdk.terraform.schemas.block import Block
from support.tools import ROOT

CONSTRUCTS = ROOT / "constructs" / "quantacirc_cdk" / "terraform"
PROVIDERS = {"aws": 2}
"""Providers, and in how many major versions each is supported."""

NEWEST_ONLY = {
    "aws_elasticache_parameter_group",
    "aws_elasticache_replication_group",
    "aws_elasticache_subnet_group",
}
"""Types of a construct that raises the lower bound of its provider, as ``aws.Cache`` does: 5 has no password of these
that is in no state."""


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
        known = declared if version is versions[-1] else declared - NEWEST_ONLY
        assert known <= set(version.types()), str(version)
        assert types_in_use(provider, "DataSource") <= set(version.types("data")), str(version)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_schemas_hold_no_type_that_is_not_in_use(provider: str) -> None:
    words = {word for path in CONSTRUCTS.rglob("*.py") for word in re.findall(r'"([a-z0-9_]+)"', path.read_text())}
    for version in schemas.provider_schemas(provider):
        assert {*version.types(), *version.types("data")} <= words


def test_aws_is_checked_against_5_100_and_a_newer_major_version() -> None:
    assert [version.version.split(".")[0] for version in schemas.provider_schemas("aws")] == ["5", "6"]
    assert schemas.provider_schemas("aws")[0].version == "5.100.0"


def covered() -> list[tuple[str, str, str]]:
    return [
        (name, kind, declared)
        for name in (*PROVIDERS, "google", "azurerm", "kubernetes", "helm", "random", "tls")
        for kind in ("resources", "data")
        for version in schemas.provider_schemas(name)
        for declared in version.types(kind)  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("provider", ["google", "azurerm", "kubernetes", "helm", "random", "tls"])
def test_every_provider_has_a_published_schema(provider: str) -> None:
    versions = schemas.provider_schemas(provider)
    assert {version.source.split("-")[0] for version in versions} == {f"hashicorp/{provider}"}
    assert all(version.types() for version in versions)


@pytest.mark.slow
def test_a_misspelt_argument_is_refused_in_every_type(tmp_path: Path) -> None:
    """Misspell every argument of every type there is a schema for, one by one, and see each refused with its mend."""
    stack = Stack(App(outdir=tmp_path), "test")
    types = sorted(set(covered()))
    assert len(types) > 150
    for _, kind, name in types:
        versions = schemas.schemas_covering(kind, name)  # type: ignore[arg-type]
        known = {argument for _, block in versions for argument in (*block.arguments, *block.computed)}
        declare = Resource if kind == "resources" else DataSource
        misspelt = {f"{one}x" for one in known if f"{one}x" not in known}
        assert misspelt, name
        element = declare(stack, name, "misspelt", **dict.fromkeys(misspelt, "1"))
        refused = {
            problem.key.removeprefix(f"{element.path}: ")
            for problem in element.problems()
            if "no such argument" in problem.what
        }
        assert refused == misspelt, f"{name}: {misspelt - refused} may be misspelt"


def test_a_misspelt_argument_is_refused_in_every_nested_block() -> None:
    blocks = 0
    for _, kind, name in sorted(set(covered())):
        for _, block in schemas.schemas_covering(kind, name):  # type: ignore[arg-type]
            for path, inner in nested(block):
                complaints = list(inner.complaints(dict.fromkeys((*inner.required, "x_misspelt"), "${var.x}"), path))
                assert [(key, what) for key, what, _ in complaints if what == "no such argument"] == [
                    (f"{path}x_misspelt", "no such argument")
                ]
                blocks += 1
    assert blocks > 500


def nested(block: Block, prefix: str = "") -> Iterator[tuple[str, Block]]:
    for name, kind in block.arguments.items():
        for form in ("block", "blocks", "object", "objects"):
            if isinstance(kind, dict) and form in kind:
                yield f"{prefix}{name}.", kind[form]
                yield from nested(kind[form], f"{prefix}{name}.")


ARCHIVE = (
    '{"source": "hashicorp/archive", "version": "2.7.1", "provider": {}, "data": {},'
    ' "resources": {"archive_id": {"arguments": {"byte_length": "number"}, "required": ["byte_length"]}}}'
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in an empty folder of a project; its schemas are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / schemas.PROJECT_FOLDER).mkdir()
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    schemas._FOLDERS.clear()
    schemas.provider_schemas.cache_clear()
    schemas.schemas_covering.cache_clear()


@pytest.mark.parametrize("told", [True, False])
def test_a_project_brings_schemas_of_its_own(project: Path, told: bool) -> None:
    (project / schemas.PROJECT_FOLDER / "archive.json").write_text(ARCHIVE)
    if told:
        schemas.add_folder(project / schemas.PROJECT_FOLDER)
    resource = Resource(Stack(App(outdir=project), "test"), "archive_id", "suffix", byte_lenght=4)
    assert [problem.what for problem in resource.problems()] == ["missing", "no such argument"]


def test_a_provider_that_the_project_locks_is_checked_against_that_version_alone(project: Path) -> None:
    locked = ARCHIVE.replace("hashicorp/archive", "hashicorp/aws").replace("archive_id", "aws_sqs_queue")
    (project / schemas.PROJECT_FOLDER / "aws.json").write_text(locked)
    stack = Stack(App(outdir=project), "test")
    assert list(Resource(stack, "aws_sqs_queue", "jobs", byte_length=4).problems()) == []
    (problem,) = Resource(stack, "aws_s3_bucket", "jobs").problems()
    assert "no type aws_s3_bucket in the schemas of hashicorp/aws 2.7.1" in problem.what
    assert "qcdk provider-schema" in problem.expected


def test_a_pipe_in_place_of_a_schema_is_named(project: Path) -> None:
    os.mkfifo(project / schemas.PROJECT_FOLDER / "archive.json")
    with pytest.raises(SchemaError, match=r"archive\.json: cannot be read: it is a pipe"):
        list(Resource(Stack(App(outdir=project), "test"), "archive_id", "suffix").problems())


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100000, '{"source": "x"}'])
def test_a_file_that_is_no_schema_is_named(project: Path, text: str) -> None:
    (project / schemas.PROJECT_FOLDER / "archive.json").write_text(text)
    with pytest.raises(SchemaError, match=r"archive\.json"):
        list(Resource(Stack(App(outdir=project), "test"), "archive_id", "suffix").problems())
