"""``qcdk report``: the page, with what changed since a revision or a folder, outside of ``dist/``."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from support.project import ENVIRONMENT, SYSTEM, Project

pytestmark = pytest.mark.slow


@pytest.fixture
def before(project: Callable[[], Project], tmp_path: Path) -> tuple[Project, Path]:
    """Return a project, and a copy of its output."""
    found = project()
    found.write_system(SYSTEM)
    found.write_environment("home", ENVIRONMENT)
    assert main(["synth", "--project", str(found.root), "--only", "kubernetes,terraform"]) == 0
    shutil.copytree(found.root / "dist", tmp_path / "before")
    return found, tmp_path / "before"


def report(project: Project, since: Path | str, to: Path) -> int:
    return main(["report", "--project", str(project.root), "--since", str(since), "--destination", str(to)])


def test_the_page_shows_the_changes_since_a_folder_and_dist_stays(
    before: tuple[Project, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, folder = before
    project.write_environment("home", ENVIRONMENT.replace("version: 1.0.0", "version: 1.0.1"))
    stored = {path: path.read_bytes() for path in project.root.joinpath("dist").rglob("*") if path.is_file()}
    page = tmp_path / "made" / "page.html"
    assert report(project, folder, page) == 0
    assert f"changed objects since {folder}" in capsys.readouterr().out
    text = page.read_text()
    assert f"Changes since {folder}</h2>" in text
    assert "1.0.0 → " in text
    assert "rolling restart" in text
    assert {path: path.read_bytes() for path in project.root.joinpath("dist").rglob("*") if path.is_file()} == stored


def test_the_same_output_is_said_to_be_the_same(before: tuple[Project, Path], tmp_path: Path) -> None:
    project, folder = before
    assert report(project, folder, tmp_path / "page.html") == 0
    assert "The output is the same." in (tmp_path / "page.html").read_text()


def test_an_unknown_revision_is_refused_and_nothing_is_written(
    before: tuple[Project, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, _ = before
    subprocess.run(["git", "init", "--quiet", project.root], check=True)
    assert report(project, "nowhere", tmp_path / "page.html") == 2
    assert "no commit yet" in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()
