"""``qcdk synth``: what it writes, says and returns."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.synth.ownership import MARKER
from support.plain_apps import contents, with_plain_apps
from support.project import Project

pytestmark = pytest.mark.slow

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


def test_check_names_a_file_that_is_too_large_to_compare(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    synth(made)
    (made.root / "dist" / "kubernetes" / "home" / "000.yaml").write_bytes(b"a\n" * 500_001)
    capsys.readouterr()
    assert synth(made, "--check") == 1
    assert "kubernetes/home/000.yaml: the file is too large\n" in capsys.readouterr().out


def test_one_environment_and_one_part_leave_the_rest(made: Project) -> None:
    made.write_environment("away", "extends: home\nshares: [home]\n")
    assert synth(made, "home", "away") == 0
    (made.root / "content").write_text("new\n")
    assert synth(made, "away", "--only", "kubernetes") == 0
    texts = {path.parent.name: path.read_text() for path in (made.root / "dist").rglob("*.yaml")}
    assert texts == {"home": "old\n", "away": "new\n", "home-local": "old\n", "away-local": "old\n"}


def test_one_environment_leaves_the_others_even_where_a_part_runs_for_all(made: Project) -> None:
    made.write_environment("away", "extends: home\nshares: [home]\n")
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


def test_what_an_app_prints_is_no_part_of_the_report(made: Project) -> None:
    app = made.root / "apps" / "infrastructure.py"
    app.write_text(f"print('loading')\n{app.read_text()}\nprint('loaded')\n")
    done = subprocess.run(
        [sys.executable, "-m", "quantacirc_cdk.cli", "synth", "--json"],
        cwd=made.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["files"]["terraform"] == 3
    assert done.stderr == "loading\nloaded\n"


def test_an_unknown_environment_is_refused_with_the_nearest(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert synth(made, "hme") == 2
    assert capsys.readouterr().err == 'error: no environment "hme", expected "home"\n'
    assert not (made.root / "dist").exists()


def test_an_unknown_part_is_refused_with_the_nearest(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert synth(made, "--only", "kubernets") == 2
    assert 'no part "kubernets", expected "kubernetes"' in capsys.readouterr().err


def test_bad_input_is_refused_before_anything_is_written(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    made.replace_in_system("kind: worker", "kind: wroker")
    assert synth(made) == 2
    expected = 'error: apps/system.yaml:11: components.baker.kind: found "wroker", expected "worker"\n'
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


@pytest.mark.parametrize("out", ["/", "", ".", "..", "apps", "apps/environments", "~"])
def test_folders_that_hold_other_things_are_refused(
    made: Project, out: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made.root)
    before = sorted(made.root.rglob("*"))
    for force in ([], ["--force"]):
        assert synth(made, "--out", str(Path(out).expanduser()), *force) == 2
        assert "expected a folder for generated output only" in capsys.readouterr().err
    assert sorted(made.root.rglob("*")) == before


def test_a_folder_with_other_files_is_refused_and_kept_by_force(
    made: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "out" / "kubernetes" / "mine"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    for arguments in ([], ["--check"]):
        assert synth(made, "--out", str(tmp_path / "out"), *arguments) == 2
        assert "the folder is not empty and has no .qcdk.sha256" in capsys.readouterr().err
    assert synth(made, "--out", str(tmp_path / "out"), "--force") == 0
    assert synth(made, "--out", str(tmp_path / "out"), "--check") == 0
    assert mine.read_text() == "mine"


def test_an_edited_file_is_reported_and_replaced_by_force(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    synth(made)
    edited = made.root / "dist" / "kubernetes" / "home" / "000.yaml"
    edited.write_text("by hand\n")
    capsys.readouterr()
    assert synth(made) == 2
    expected = f"error: {edited}: edited since it was generated, expected no such file, or --force to replace it\n"
    assert capsys.readouterr().err.endswith(expected)
    assert edited.read_text() == "by hand\n"
    assert synth(made, "--force") == 0
    assert "kubernetes/home/000.yaml: edited by hand, replaced" in capsys.readouterr().err
    assert edited.read_text() == "old\n"


def test_a_file_that_is_deployed_but_not_generated_is_named(made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    synth(made)
    capsys.readouterr()
    (made.root / "dist" / "kubernetes" / "home" / "Deployment.gone.k8s.yaml").write_text("mine\n")
    for arguments in ([], [], ["--check"]):
        assert synth(made, *arguments) == 0
        said = "/dist/kubernetes/home: Deployment.gone.k8s.yaml: deployed with the folder, but not generated\n"
        assert said in capsys.readouterr().err
    assert synth(made, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["unlisted"] == ["kubernetes/home/Deployment.gone.k8s.yaml"]


def test_check_prints_nothing_of_files_that_are_not_generated(
    made: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    synth(made)
    stack = made.root / "dist" / "terraform" / "stacks" / "home-local"
    secret = "s3cr3t\n"
    for name in ("terraform.tfstate", "terraform.tfstate.backup", "prod.tfplan", ".terraform.lock.hcl", "mine"):
        (stack / name).write_text(secret)
    (stack / ".terraform").mkdir()
    (stack / ".terraform" / "terraform.tfstate").write_text(secret)
    assert synth(made, "--check") == 0
    (made.root / "apps" / "environments" / "away.yaml").write_bytes(made.environment_file("home").read_bytes())
    made.replace_in_environment("away", "kind-bakery", "kind-away")
    made.replace_in_environment("away", "domain: bakery.example", "domain: away.example")
    for folder in ("kubernetes/away", "terraform/stacks/away-local"):
        (made.root / "dist" / folder).mkdir()
        (made.root / "dist" / folder / "000.yaml").write_text(secret)
    (made.root / "secret").write_text(secret)
    (made.root / "dist" / "kubernetes" / "home" / "001.yaml").unlink()
    (made.root / "dist" / "kubernetes" / "home" / "001.yaml").symlink_to(made.root / "secret")
    capsys.readouterr()
    assert synth(made, "--check") == 1
    said = capsys.readouterr()
    assert "s3cr3t" not in said.out + said.err
    assert "kubernetes/away/000.yaml: not a generated file, but it has the name of one" in said.out
    assert "kubernetes/home/001.yaml: not a generated file, but it has the name of one" in said.out
    assert "tfstate" not in said.out + said.err


def test_check_says_that_the_list_of_generated_files_is_stale(
    made: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    synth(made)
    marker = made.root / "dist" / MARKER
    text = marker.read_text()
    marker.write_text(text + f"\n{'0' * 64}  kubernetes/home/000.yaml\n")
    assert synth(made, "--check") == 1
    assert "1 of 6 files are stale" in capsys.readouterr().out
    assert synth(made) == 0
    assert marker.read_text() == text


def test_outside_a_project_it_says_what_is_missing(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(str(tmp_path))
    assert main(["synth"]) == 2
    assert "apps/system.yaml: no such file in this folder or above" in capsys.readouterr().err


def test_keep_going_writes_the_others_names_what_is_missing_and_ends_with_1(
    made: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (made.root / "apps" / "gitops.py").write_text("def synthesize(*_):\n    raise ValueError('no luck')\n")
    assert synth(made) == 2
    assert not (made.root / "dist").exists()
    capsys.readouterr()
    assert synth(made, "--keep-going") == 1
    said = capsys.readouterr()
    assert "error: apps/gitops.py:2: gitops.py failed: ValueError: no luck" in said.err
    assert "6 files (3 kubernetes, 3 terraform), 6 changed" in said.out
    assert "NOT WRITTEN: gitops" in said.out
    assert synth(made, "--keep-going", "--json") == 1
    assert json.loads(capsys.readouterr().out)["failed"]["gitops"]


def test_a_long_line_of_a_stale_file_is_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from types import SimpleNamespace

    from quantacirc_cdk.cli.synth import SHOWN_CHARACTERS, _show

    old, new = tmp_path / "old", tmp_path / "new"
    for folder, letter in ((old, "a"), (new, "b")):
        folder.mkdir()
        (folder / "index.html").write_text(letter * 1000 + "\n", encoding="utf-8")
    found: Any = SimpleNamespace(changed=["index.html"], listed=["index.html"], edited=[])
    _show(new, old, found)
    lines = capsys.readouterr().out.splitlines()
    assert f"+{'b' * (SHOWN_CHARACTERS - 2)}…" in lines
    assert max(map(len, lines)) == SHOWN_CHARACTERS
