"""Files that a user names: ``--destination`` and its like."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.cli.written import write_file
from quantacirc_cdk.errors import OutputError
from quantacirc_cdk.synth.ownership import MARKER
from support.project import Project

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("place", ["apps/system.yaml", "apps/environments/home.yaml", "apps/new.html"])
@pytest.mark.parametrize("command", [["report"], ["graph", "home", "--format", "json"]])
def test_a_source_is_not_overwritten(
    project: Callable[[], Project], command: list[str], place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    before = {path: path.read_bytes() for path in made.root.rglob("*.yaml")}
    since = ["--since", str(made.root)] if command == ["report"] else []
    destination = made.root / place
    assert main([*command, *since, "--project", str(made.root), "--destination", str(destination)]) == 2
    assert "among the sources of a project, which would be overwritten" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in made.root.rglob("*.yaml")} == before


def test_a_generated_file_is_not_overwritten_and_others_beside_it_are(
    project: Callable[[], Project], tmp_path: Path
) -> None:
    made = project()
    assert main(["synth", "--project", str(made.root), "--only", "compose"]) == 0
    generated = next((made.root / "dist").rglob("compose.yaml"))
    with pytest.raises(OutputError, match="a generated file of"):
        write_file(generated, "x", made.root)
    with pytest.raises(OutputError, match="a generated file of"):
        write_file(made.root / "dist" / MARKER, "x", made.root)
    write_file(generated.with_name("mine.txt"), "mine", made.root)
    write_file(tmp_path / "other" / "graph.json", b"{}", made.root)
    assert (tmp_path / "other" / "graph.json").read_bytes() == b"{}"


def test_the_sources_of_another_project_are_safe_too(
    project: Callable[[], Project], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    other = tmp_path / "other" / "apps" / "system.yaml"
    other.parent.mkdir(parents=True)
    other.write_text("name: other\n")
    with pytest.raises(OutputError, match="among the sources of a project"):
        write_file(other, "x", made.root)
    for place in (made.root / "apps", other.parent):
        assert main(["package", "--project", str(made.root), "--destination", str(place)]) == 2
        assert "among the sources of a project" in capsys.readouterr().err


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "page.html"
    target.write_text("before")
    target.chmod(0o640)
    write_file(target, "after", tmp_path / "project")
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("after", 0o640)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_file(target, "lost", tmp_path / "project")
    assert target.read_text() == "after"
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    write_file(Path(f"/dev/fd/{writer}"), "text", tmp_path)
    assert os.read(reader, 100) == b"text"
    os.close(reader)
    os.close(writer)


def test_a_file_that_is_mounted_by_itself_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container: its name cannot be given to another file."""

    def busy(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    (tmp_path / "page.html").write_text("before")
    monkeypatch.setattr(Path, "replace", busy)
    write_file(tmp_path / "page.html", "after", tmp_path / "project")
    assert (tmp_path / "page.html").read_text() == "after"
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]
