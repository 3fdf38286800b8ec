"""``qcdk init``: a project that is green at once, or an untouched folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.model import load_project
from support.command import environment, qcdk
from support.tools import ROOT

COMPOSE = """\
services:
  web:
    image: ghcr.io/shop/web:1.4
    ports: ["8080"]
"""


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_has_a_service_a_database_and_two_environments(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path / "corner-shop")]) == 0
    project = load_project(tmp_path / "corner-shop")
    assert project.system.name == "corner-shop"
    assert {name: one.kind for name, one in project.system.components.items()} == {
        "api": "service",
        "database": "postgresql",
    }
    assert {name: one.target for name, one in project.environments.items()} == {"local": "local", "prod": "aws"}
    assert [name for name, data in held(tmp_path).items() if b"@NAME@" in data or b"@PREFIX@" in data] == []


@pytest.mark.slow
def test_it_synthesizes_tests_and_lints_green_at_once(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    for arguments in (["init", root], ["validate", "--project", root], ["synth", "--project", root]):
        run = qcdk(*arguments)
        assert run.returncode == 0, run.stderr
    run = qcdk("synth", "--check", "--project", root)
    assert run.returncode == 0, run.stdout
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    known = environment(PYTEST_ADDOPTS="")
    tested = subprocess.run(command, cwd=root, env=known, capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout
    assert "6 passed" in tested.stdout
    for arguments in (["check", "--select", "E,F,I,D1", "--ignore", "D104,D100"], ["format", "--check"]):
        ruff = [str(ROOT / ".venv" / "bin" / "ruff"), *arguments[:1], "--isolated", *arguments[1:], "tests"]
        linted = subprocess.run(ruff, cwd=root, capture_output=True, text=True, check=False)
        assert linted.returncode == 0, linted.stdout


@pytest.mark.slow
def test_a_compose_file_becomes_a_project_with_tests(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    run = qcdk("init", tmp_path / "shop", "--from", tmp_path / "compose.yaml")
    assert run.returncode == 0, run.stderr
    assert list(load_project(tmp_path / "shop").system.components) == ["web"]
    assert {"tests/test_output.py", "README.md", "import.md", ".gitignore"} <= held(tmp_path / "shop").keys()
    assert "tests/test_service.py" not in held(tmp_path / "shop")


def test_bare_is_the_model_alone(tmp_path: Path) -> None:
    assert main(["init", "--bare", str(tmp_path / "shop")]) == 0
    assert sorted(held(tmp_path / "shop")) == [
        "apps/environments/local.yaml",
        "apps/environments/prod.yaml",
        "apps/system.yaml",
    ]


def test_an_empty_folder_and_the_current_one_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--name", "shop"]) == 0
    assert load_project(tmp_path).system.name == "shop"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".qcdk")] == []


def test_what_is_in_the_way_is_named_and_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("notes.txt", "apps"):
        (tmp_path / name).write_text("mine")
    before = held(tmp_path)
    assert main(["init", "--name", "shop", str(tmp_path)]) == 2
    assert "holds apps, notes.txt, expected an empty folder" in capsys.readouterr().err
    assert held(tmp_path) == before


@pytest.mark.parametrize("name", ["null", "true", "yes", "y", "off", "nan"])
def test_a_word_of_yaml_is_a_name(tmp_path: Path, name: str) -> None:
    assert main(["init", str(tmp_path / "x"), "--name", name]) == 0
    assert load_project(tmp_path / "x").system.name == name


@pytest.mark.parametrize("name", ["Shop", "1shop", "shop.example", "a b"])
def test_a_name_that_cannot_be_used_writes_nothing(tmp_path: Path, name: str) -> None:
    assert main(["init", "--name", name, str(tmp_path / "new")]) == 2
    assert not (tmp_path / "new").exists()


def test_a_failure_while_files_are_placed_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename, moved = Path.rename, []

    def failing(self: Path, target: Path) -> Path:
        moved.append(target)
        if len(moved) == 3:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    assert main(["init", str(tmp_path / "shop")]) == 2
    assert list(tmp_path.iterdir()) == []
