"""``qcdk provider-schema``: every type of the providers that a configuration locks, checked as those that ship."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.terraform import App, Resource, Stack, schemas
from support.tools import require

PUBLISHED: dict[str, Any] = {
    "format_version": "1.0",
    "provider_schemas": {
        "registry.example/acme/queue": {
            "provider": {"block": {"attributes": {"url": {"type": "string", "required": True}}}},
            "resource_schemas": {
                "queue_topic": {
                    "block": {
                        "attributes": {
                            "name": {"type": "string", "required": True},
                            "labels": {"type": ["map", "string"], "optional": True},
                            "id": {"type": "string", "computed": True},
                        },
                        "block_types": {"retention": {"nesting_mode": "list", "max_items": 1, "block": {}}},
                    }
                }
            },
        }
    },
}
LOCK = 'provider "registry.example/acme/queue" {\n  version     = "1.4.2"\n  constraints = "~> 1.4"\n}\n'


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, and forget the schemas of others."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(schemas, "_FOLDERS", [])
    for cached in (schemas.provider_schemas, schemas.schemas_covering):
        cached.cache_clear()
    return tmp_path


def problems(type: str, **arguments: Any) -> list[str]:
    """Return what is wrong with a resource."""
    resource = Resource(Stack(App(outdir=Path.cwd() / "out"), "test"), type, "one", **arguments)
    return [f"{problem.key}: {problem.what}" for problem in resource.problems()]


@pytest.mark.integration
def test_a_provider_that_nobody_here_knows_is_checked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert problems("queue_topic", name="jobs") == [
        "test/queue_topic.one: no type queue_topic in any provider's schema"
    ]
    (project / "schema.json").write_text(json.dumps(PUBLISHED))
    (project / ".terraform.lock.hcl").write_text(LOCK)
    assert main(["provider-schema", "--from", "schema.json"]) == 0
    said = capsys.readouterr().out
    assert said == "provider-schemas/queue.json: acme/queue 1.4.2, 1 resource types, 0 data sources\n"
    for cached in (schemas.provider_schemas, schemas.schemas_covering):
        cached.cache_clear()
    assert problems("queue_topic", name="jobs", labels={"a": "b"}, retention={}) == []
    assert problems("queue_topic", nane="jobs") == [
        "test/queue_topic.one: name: missing",
        "test/queue_topic.one: nane: no such argument",
    ]


@pytest.mark.terraform
def test_terraform_itself_is_asked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    terraform = require("terraform", "install Terraform")
    (project / "main.tf").write_text('resource "terraform_data" "one" {}\n')
    subprocess.run([terraform, "init", "-backend=false"], cwd=project, check=True, capture_output=True)
    assert main(["provider-schema", "--terraform", str(terraform)]) == 0
    assert "terraform.json: builtin/terraform" in capsys.readouterr().out
    for cached in (schemas.provider_schemas, schemas.schemas_covering):
        cached.cache_clear()
    assert problems("terraform_data", input={"a": 1}, triggers_replace=["x"]) == []
    assert problems("terraform_data", inptu=1) == ["test/terraform_data.one: inptu: no such argument"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"provider_schemas": {}}', '{"provider_schemas": {"a/b/c": []}}'])
def test_what_is_no_schema_is_refused_and_nothing_written(
    project: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "schema.json").write_text(text)
    assert main(["provider-schema", "--from", "schema.json"]) == 2
    assert "terraform" in capsys.readouterr().err.lower()
    assert not (project / "provider-schemas").exists()


def test_an_unknown_type_is_refused_with_the_nearest(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "schema.json").write_text(json.dumps(PUBLISHED))
    assert main(["provider-schema", "--from", "schema.json", "--types", "queue_topik"]) == 2
    assert '"queue_topic"' in capsys.readouterr().err


NOT_INITIALISED = r"""#!/bin/sh
case "$*" in *-no-color*) ;; *) red=$(printf '\033[31m') ;; esac
cat >&2 <<END
There are some problems with the CLI configuration:
╷
│ Warning: Unable to open CLI configuration file
╵
$red╷
│ Error: Inconsistent dependency lock file
│
│ The following dependency selections are missing:
│   - provider registry.terraform.io/hashicorp/random
╵
END
exit 1
"""


def test_a_folder_that_is_not_initialised_is_told_what_to_do_first(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = project / "terraform"
    program.write_text(NOT_INITIALISED)
    program.chmod(0o755)
    assert main(["provider-schema", "--terraform", str(program)]) == 2
    command = f"`{program} providers schema -no-color -json`"
    assert capsys.readouterr().err.splitlines() == [
        f"error: .: run `{program} init` here first: {command} failed",
        "  Error: Inconsistent dependency lock file",
        "  The following dependency selections are missing:",
        "    - provider registry.terraform.io/hashicorp/random",
    ]


def test_without_terraform_it_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["provider-schema", "--terraform", "no-such-program"]) == 2
    assert "no-such-program" in capsys.readouterr().err
