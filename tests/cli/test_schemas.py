"""The JSON Schemas are current, and agree with the model about the project's own files."""

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.model.document import read

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FILES = [ROOT / "apps" / "system.yaml", *sorted((ROOT / "apps" / "environments").glob("*.yaml"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_fits_the_schema_it_names(path: Path) -> None:
    reference = path.read_text().splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    schema = json.loads((path.parent / reference).read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(read(path, path.name).plain())


def test_the_schema_refuses_what_the_model_refuses() -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "environment.schema.json").read_text())
    validator = Draft202012Validator(schema)
    assert not validator.is_valid({"domian": "x"})
    assert not validator.is_valid({"target": "awz"})
    assert not validator.is_valid({"replicas": {"min": -1, "max": 1}})


def test_a_stale_schema_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "system.yaml").write_text("")
    assert main(["schemas", "--check", "--project", str(tmp_path)]) == 1
    assert main(["schemas", "--project", str(tmp_path)]) == 0
    assert main(["schemas", "--check", "--project", str(tmp_path)]) == 0
    assert "stale" in capsys.readouterr().out


def test_a_schema_that_is_no_text_is_stale_and_written_anew(tmp_path: Path) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "system.yaml").write_text("")
    assert main(["schemas", "--project", str(tmp_path)]) == 0
    schema = tmp_path / "docs" / "schemas" / "system.schema.json"
    written = schema.read_bytes()
    schema.write_bytes(b"\xff\xfe")
    assert main(["schemas", "--check", "--project", str(tmp_path)]) == 1
    assert main(["schemas", "--project", str(tmp_path)]) == 0
    assert schema.read_bytes() == written


@pytest.mark.parametrize("words", [[], ["--check"]])
def test_a_pipe_in_place_of_a_schema_is_an_error(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "system.yaml").write_text("")
    (tmp_path / "docs" / "schemas").mkdir(parents=True)
    os.mkfifo(tmp_path / "docs" / "schemas" / "system.schema.json")
    assert main(["schemas", *words, "--project", str(tmp_path)]) == 2
    assert "docs/schemas/system.schema.json: cannot be read: it is a pipe" in capsys.readouterr().err
