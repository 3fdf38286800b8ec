"""``qcdk synth`` does not run the generators when nothing changed, and always does when something did."""

import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.synth.cache import Cache
from support.project import Project

pytestmark = pytest.mark.integration

APP = """\
import os, sys
from pathlib import Path

def synthesize(root, out, environments):
    with open(os.environ["RAN"], "a") as log:
        log.write("run\\n")
    out.mkdir(exist_ok=True)
    (out / "file.txt").write_text({text})
"""


@dataclass
class Case:
    """A project with an app of its own for one part, which is all that runs."""

    project: Project
    folder: Path
    printed: pytest.CaptureFixture[str]

    def app(self, text: str = '"text"') -> None:
        (self.project.root / "apps" / "operations.py").write_text(APP.replace("{text}", text))

    def synth(self, *more: str, part: str = "operations") -> dict[str, Any]:
        status, found = self.run("--json", *more, part=part)
        assert status == 0, found
        summary: dict[str, Any] = json.loads(found)
        return summary

    def run(self, *more: str, part: str = "operations") -> tuple[int, str]:
        """Run ``qcdk synth`` in the project; return its exit status and what it prints."""
        status = main(["synth", "--project", str(self.project.root), "--only", part, *more])
        output = self.printed.readouterr()
        return status, output.out + output.err

    @property
    def runs(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    @property
    def log(self) -> Path:
        return self.folder / "ran.log"

    @property
    def written(self) -> Path:
        return self.project.root / "dist" / "operations" / "file.txt"

    @property
    def records(self) -> list[Path]:
        """The records of requests."""
        return sorted((self.folder / "cache").glob("*.json"))

    @property
    def all_records(self) -> list[Path]:
        """The records of requests, and that of the output."""
        return sorted((self.folder / "cache").rglob("*.json"))


@pytest.fixture
def case(
    project: Callable[[], Project],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Case:
    made = Case(project(), tmp_path, capsys)
    made.app()
    monkeypatch.setenv("QCDK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("RAN", str(made.log))
    monkeypatch.chdir(made.project.root)
    return made


def test_nothing_runs_when_nothing_changed(case: Case) -> None:
    first, second = case.synth(), case.synth()
    assert case.runs == 1
    assert first["changed"] == ["operations/file.txt"]
    assert second["changed"] == []
    assert second["files"] == first["files"]
    assert case.synth("--check")["changed"] == []
    assert case.runs == 1


def test_no_cache_runs_everything(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.synth()
    case.synth("--no-cache")
    assert case.runs == 2
    monkeypatch.setenv("QCDK_CACHE_DIR", "")
    case.synth()
    assert case.runs == 3


def module(case: Case) -> None:
    (case.project.root / "apps" / "words.py").write_text("WORD = 'other'\n")


def comment(case: Case) -> None:
    path = case.project.environment_file("home")
    path.write_text(path.read_text() + "# a comment\n")


def edited(case: Case) -> None:
    case.written.unlink()


def new_file(case: Case) -> None:
    (case.project.root / "apps" / "environments" / "notes.txt").write_text("a note\n")


def schema(case: Case) -> None:
    (case.project.root / "provider-schemas").mkdir()


@pytest.mark.parametrize("change", [module, comment, edited, new_file, schema])
def test_a_change_runs_the_generators(case: Case, change: Callable[[Case], None]) -> None:
    (case.project.root / "apps" / "words.py").write_text("WORD = 'one'\n")
    case.app("__import__('words').WORD")
    case.synth()
    change(case)
    case.synth()
    assert case.runs == 2
    assert case.written.read_text() == ("other" if change is module else "one")
    case.synth()
    assert case.runs == 2


def test_a_file_that_an_app_reads_counts(case: Case) -> None:
    read = case.folder / "elsewhere.txt"
    read.write_text("one")
    os.utime(read, (1e9, 1e9))
    case.app(f"Path({str(read)!r}).read_text()")
    case.synth()
    case.synth()
    assert case.runs == 1
    read.write_text("two")
    case.synth()
    assert (case.runs, case.written.read_text()) == (2, "two")


def test_a_file_that_changes_during_the_run_is_not_recorded(case: Case) -> None:
    read = case.folder / "elsewhere.txt"
    read.write_text("one")
    case.app(f"(lambda path: (path.read_text(), path.write_text('two'))[0])(Path({str(read)!r}))")
    case.synth()
    case.synth()
    assert (case.runs, case.written.read_text()) == (2, "two")


def test_an_app_that_starts_a_program_always_runs(case: Case) -> None:
    case.app("__import__('subprocess').run(['date', '+%N'], capture_output=True, text=True).stdout")
    case.synth()
    case.synth()
    assert case.runs == 2


def test_an_environment_variable_counts_where_the_project_has_apps(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.app("os.environ.get('WORD', 'none')")
    case.synth()
    monkeypatch.setenv("WORD", "one")
    case.synth()
    assert (case.runs, case.written.read_text()) == (2, "one")
    monkeypatch.setenv("COLUMNS", "60")
    case.synth()
    assert case.runs == 2


def test_other_parts_and_environments_have_records_of_their_own(case: Case) -> None:
    case.synth()
    assert case.synth(part="cicd")["files"].keys() == {"cicd"}
    case.synth("home")
    assert case.runs == 1, "a run for other environments finds the part current"
    assert len(case.records) == 3


def test_an_edited_file_is_refused_as_ever(case: Case) -> None:
    case.synth()
    case.written.write_text("by hand")
    status, said = case.run()
    assert status == 2
    assert "edited since it was generated" in said


def spoil(record: Path, damage: str) -> None:
    data = record.read_bytes()
    record.unlink()
    if damage == "folder":
        record.mkdir()
    elif damage == "pipe":
        os.mkfifo(record)
    else:
        at = random.randrange(len(data))
        record.write_bytes(
            {
                "cut": data[:at],
                "flipped": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
                "empty": b"",
                "other JSON": b"[]",
            }[damage]
        )


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "folder", "pipe", "other JSON"])
def test_a_damaged_record_is_as_good_as_none(case: Case, damage: str) -> None:
    case.synth()
    assert len(case.all_records) == 2
    for record in case.all_records:
        spoil(record, damage)
    assert case.synth()["changed"] == []
    assert case.runs == 2


def test_a_cache_that_cannot_be_written_does_no_harm(case: Case) -> None:
    (case.folder / "cache").write_text("a file")
    assert case.synth()["changed"] == ["operations/file.txt"]
    assert case.synth()["changed"] == []
    assert case.runs == 2


def test_a_user_without_a_home_has_no_cache(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenShift runs containers as users that no file knows."""
    monkeypatch.delenv("QCDK_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    case.synth()
    assert case.synth()["changed"] == []
    assert case.runs == 2


def test_apps_that_cannot_be_read_are_left_to_the_run(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.synth()
    monkeypatch.setattr("os.scandir", lambda *_: (_ for _ in ()).throw(PermissionError()))
    assert Cache(root=case.project.root, out=case.project.root / "dist", only=["operations"]).unchanged() is None


@pytest.mark.slow
def test_what_a_part_that_is_only_needed_reads_counts(case: Case) -> None:
    read = case.folder / "elsewhere.txt"
    read.write_text("one")
    os.utime(read, (1e9, 1e9))
    (case.project.root / "apps" / "workloads.py").write_text(
        f"""\
import os
from quantacirc_cdk.apps.workloads import synthesize as original

def synthesize(root, out, environments):
    with open(os.environ["RAN"], "a") as log:
        log.write(open({str(read)!r}).read() + "\\n")
    original(root, out, environments)
"""
    )
    case.synth(part="compose")
    case.synth(part="compose")
    assert case.log.read_text() == "one\n"
    read.write_text("two")
    case.synth(part="compose")
    assert case.log.read_text() == "one\ntwo\n"


def test_a_hundred_records_are_kept(case: Case) -> None:
    folder = case.folder / "cache"
    folder.mkdir()
    for number in range(120):
        path = folder / f"{number:03}.json"
        path.write_text("")
        os.utime(path, (1e9 + number, 1e9 + number))
    case.synth()
    assert len(case.records) == 100
    assert not (folder / "020.json").exists()


def test_the_cache_of_one_project_says_nothing_of_its_copy(case: Case) -> None:
    case.synth()
    shutil.copytree(case.project.root, case.folder / "copy")
    (case.folder / "copy" / "dist" / "operations" / "file.txt").unlink()
    case.project = Project(case.folder / "copy")
    assert case.synth()["changed"] == ["operations/file.txt"]
