"""Files that Git can give back may be replaced: a merge or a checkout of the output locks nobody out."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.synth import synthesize
from quantacirc_cdk.synth.edits import kept_by_git
from quantacirc_cdk.synth.ownership import MARKER
from support.plain_apps import contents, with_plain_apps
from support.project import Project

pytestmark = pytest.mark.integration


@pytest.fixture
def made(project: Callable[[], Project]) -> Project:
    """Return a project in Git with its output, generated from the content "old"."""
    made = with_plain_apps(project())
    synthesize(made.root, out=made.root / "dist")
    git(made, "init", "--quiet", "--initial-branch", "main")
    commit(made, "old")
    return made


def git(made: Project, *arguments: str) -> int:
    identity = ["-c", "user.name=Baker", "-c", "user.email=baker@bakery.example", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(made.root), *identity, *arguments]
    return subprocess.run(command, capture_output=True, check=False).returncode


def commit(made: Project, message: str) -> None:
    assert git(made, "add", "--all") == 0
    assert git(made, "commit", "--quiet", "--message", message) == 0


def manifest(made: Project, number: int = 0) -> Path:
    return made.root / "dist" / "kubernetes" / "home" / f"{number:03}.yaml"


def generate(made: Project, content: str) -> None:
    (made.root / "content").write_text(content)
    synthesize(made.root, out=made.root / "dist")


def test_committed_and_staged_files_are_kept_and_others_are_not(made: Project) -> None:
    names = [f"kubernetes/home/{number:03}.yaml" for number in range(3)]
    manifest(made, 1).write_text("staged\n")
    git(made, "add", "dist")
    manifest(made, 2).write_text("edited\n")
    assert kept_by_git(made.root / "dist", names) == {*names[:2]}


def test_outside_a_repository_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert kept_by_git(tmp_path, ["a"]) == set()


def test_an_edit_that_is_committed_is_replaced_and_reported(made: Project) -> None:
    manifest(made).write_text("by hand\n")
    commit(made, "edit")
    (made.root / "content").write_text("new\n")
    summary = synthesize(made.root, out=made.root / "dist")
    assert summary.edited == ["kubernetes/home/000.yaml"]
    assert contents(made) == {"new\n"}


def test_the_output_of_another_branch_is_replaced_beside_this_marker(made: Project) -> None:
    git(made, "switch", "--quiet", "--create", "other")
    generate(made, "other\n")
    commit(made, "other")
    git(made, "switch", "--quiet", "main")
    assert git(made, "checkout", "other", "--", "dist/kubernetes") == 0
    generate(made, "new\n")
    assert contents(made) == {"new\n"}


@pytest.mark.slow
@pytest.mark.parametrize("side", [None, "--ours", "--theirs"])
def test_a_conflict_in_the_output_ends_with_a_run(made: Project, side: str | None) -> None:
    git(made, "switch", "--quiet", "--create", "other")
    generate(made, "other\n")
    commit(made, "other")
    git(made, "switch", "--quiet", "main")
    generate(made, "mine\n")
    commit(made, "mine")
    assert git(made, "merge", "other") == 1
    assert "<<<<<<<" in (made.root / "dist" / MARKER).read_text()
    if side:
        git(made, "checkout", side, "--", "dist/kubernetes")
    generate(made, "both\n")
    assert contents(made) == {"both\n"}
    assert "<<<<<<<" not in (made.root / "dist" / MARKER).read_text()
