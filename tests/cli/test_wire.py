"""``qcdk wire``: what only an apply can know is recorded where synthesis finds it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.model import load_project
from support.terraform.switched import switch_project

OUTPUTS = {
    "artifacts_bucket": {"sensitive": False, "type": "string", "value": "bucket"},
    "client_ids": {"sensitive": False, "type": ["map", "string"], "value": {"planck-forge": "11-22"}},
    "cluster_endpoint": {"sensitive": False, "type": "string", "value": "https://api.example"},
    "cluster_name": {"sensitive": False, "type": "string", "value": "quantacirc-prod"},
    "ledger_host": {"sensitive": False, "type": "string", "value": "ledger.example"},
    "name_servers": {"sensitive": False, "type": ["list", "string"], "value": ["ns1.example", "ns2.example"]},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return switch_project(tmp_path / "project", "azure")


def wire(root: Path, outputs: Any, *more: str) -> int:
    file = root / "outputs.json"
    file.write_text(outputs if isinstance(outputs, str) else json.dumps(outputs))
    return main(["wire", "prod", str(file), "--project", str(root), *more])


def test_the_values_are_recorded_and_the_rest_of_the_file_stays(root: Path) -> None:
    path = root / "apps" / "environments" / "prod.yaml"
    before = path.read_text()
    assert wire(root, OUTPUTS) == 0
    assert path.read_text().startswith(before)
    project = load_project(root)
    wired = project.environments["prod"].wired
    assert wired is not None
    assert (wired.target, wired.cluster_endpoint) == ("azure", "https://api.example")
    assert wired.name_servers == ["ns1.example", "ns2.example"]
    identities = contract_of(project.system, project.environments["prod"]).identities
    assert identities["planck-forge"].client_id == "11-22"


def test_recording_the_same_again_changes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "apps" / "environments" / "prod.yaml"
    wire(root, OUTPUTS)
    first = path.read_bytes()
    assert wire(root, OUTPUTS) == 0
    assert path.read_bytes() == first
    assert "nothing new" in capsys.readouterr().out


def test_an_identity_that_is_gone_is_forgotten(root: Path) -> None:
    wire(root, OUTPUTS)
    wire(root, OUTPUTS | {"client_ids": {"value": {"bose-boost": "33-44"}}})
    wired = load_project(root).environments["prod"].wired
    assert wired is not None
    assert wired.client_ids == {"bose-boost": "33-44"}


def test_check_writes_nothing_and_says_what_differs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (root / "apps" / "environments" / "prod.yaml").read_bytes()
    assert wire(root, OUTPUTS, "--check") == 1
    assert (root / "apps" / "environments" / "prod.yaml").read_bytes() == before
    assert 'prod: hosts: {"ledger": "ledger.example"}' in capsys.readouterr().out


def test_standard_input_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(OUTPUTS)))
    assert main(["wire", "prod", "--project", str(root)]) == 0
    assert load_project(root).environments["prod"].wired is not None


def test_a_sensitive_value_is_never_recorded(root: Path) -> None:
    assert wire(root, OUTPUTS | {"ledger_host": {"sensitive": True, "value": "secret.example"}}) == 0
    assert "secret.example" not in (root / "apps" / "environments" / "prod.yaml").read_text()


def test_what_was_recorded_in_another_cloud_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wire(root, OUTPUTS)
    dev = root / "apps" / "environments" / "dev.yaml"
    dev.write_text(dev.read_text().replace("target: azure", "target: gcp"))
    assert main(["synth", "--project", str(root)]) == 2
    said = capsys.readouterr().err
    assert 'wired.target: recorded in azure, but the target is "gcp"' in said
    assert "apps/environments/prod.yaml:" in said


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ("No outputs found", "not the output of `terraform output -json`"),
        ("[]", "expected an object of objects with a value"),
        ({}, "no output client_ids, cluster_endpoint, ledger_host, name_servers (found none)"),
        (OUTPUTS | {"name_servers": {"value": "ns1"}}, 'name_servers: found "ns1", expected a list'),
    ],
)
def test_anything_else_is_refused_and_nothing_written(
    outputs: Any, said: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (root / "apps" / "environments" / "prod.yaml").read_bytes()
    assert wire(root, outputs) == 2
    assert said in capsys.readouterr().err
    assert (root / "apps" / "environments" / "prod.yaml").read_bytes() == before


def test_a_local_environment_has_nothing_to_record(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wire", "local", "--project", str(root)]) == 2
    assert "is local" in capsys.readouterr().err
