"""``qcdk synth``: what it writes, says and returns."""

import json
from collections.abc import Callable

import pytest

from quantacirc_cdk.cli.main import main
from support.plain_apps import contents, with_plain_apps
from support.project import Project

Make = Callable[[], Project]


@pytest.fixture
def made(project: Make) -> Project:
    return with_plain_apps(project())


def synth(project: Project, *arguments: str) -> int:
    return main(["synth", "--project", str(project.root), *arguments])


def test_it_writes_every_part_and_sums_up(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert synth(made) == 0
    said = capsys.readouterr()
    assert "6 files (3 kubernetes, 3 terraform), 6 changed" in said.out
    assert "none for cicd, compose, gitops, helm, operations, report" in said.out
    assert "kubernetes: 3 files" in said.err


def test_check_writes_nothing_and_fails_with_a_diff_when_stale(
    made: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    synth(made)
    assert synth(made, "--check") == 0
    (made.root / "content").write_text("new\n")
    capsys.readouterr()
    assert synth(made, "--check") == 1
    said = capsys.readouterr().out
    assert "-old\n+new\n" in said
    assert "… 1 more files" in said
    assert "6 of 6 files are stale; run `qcdk synth`" in said
    assert contents(made) == {"old\n"}


def test_one_environment_and_one_part_leave_the_rest(made: Project) -> None:
    made.write_environment("away", "extends: home\n")
    assert synth(made, "home", "away") == 0
    (made.root / "content").write_text("new\n")
    assert synth(made, "away", "--only", "kubernetes") == 0
    texts = {path.parent.name: path.read_text() for path in (made.root / "dist").rglob("*.yaml")}
    assert texts == {"home": "old\n", "away": "new\n", "home-local": "old\n", "away-local": "old\n"}


def test_one_environment_leaves_the_others_even_where_a_part_runs_for_all(made: Project) -> None:
    made.write_environment("away", "extends: home\n")
    assert synth(made, "home", "away") == 0
    (made.root / "content").write_text("new\n")
    assert synth(made, "home", "--only", "terraform") == 0
    texts = {path.parent.name: path.read_text() for path in (made.root / "dist" / "terraform").rglob("*.yaml")}
    assert texts == {"home-local": "new\n", "away-local": "old\n"}


def test_json_is_all_there_is_on_standard_output(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert synth(made, "--json") == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert {part: count for part, count in report["files"].items() if count} == {"kubernetes": 3, "terraform": 3}
    assert report["files"]["gitops"] == 0
    assert report["changed"][0] == "kubernetes/home/000.yaml"
    assert said.err == ""


def test_an_unknown_environment_is_refused_with_the_nearest(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert synth(made, "hme") == 2
    assert capsys.readouterr().err == 'error: no environment "hme", expected "home"\n'
    assert not (made.root / "dist").exists()


def test_an_unknown_part_is_refused_with_the_nearest(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert synth(made, "--only", "kubernets") == 2
    assert 'no part "kubernets", expected "kubernetes"' in capsys.readouterr().err


def test_bad_input_is_refused_before_anything_is_written(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    made.replace_in_system("kind: agent", "kind: agnet")
    assert synth(made) == 2
    expected = 'error: apps/system.yaml:11: components.baker.kind: found "agnet", expected "agent"\n'
    assert capsys.readouterr().err == expected
    assert not (made.root / "dist").exists()


def test_an_app_that_fails_is_named_without_a_traceback(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    synth(made)
    (made.root / "apps" / "workloads.py").write_text("def synthesize(*_):\n    raise ValueError('no luck')\n")
    assert synth(made) == 2
    errors = capsys.readouterr().err
    assert errors.endswith("error: apps/workloads.py:2: workloads.py failed: ValueError: no luck\n")
    assert "Traceback" not in errors
    assert contents(made) == {"old\n"}


def test_outside_a_project_it_says_what_is_missing(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(str(tmp_path))
    assert main(["synth"]) == 2
    assert "apps/system.yaml: no such file here or above" in capsys.readouterr().err
