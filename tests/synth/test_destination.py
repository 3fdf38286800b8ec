"""Folders that are no place for generated output are refused by name."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import OutputError
from quantacirc_cdk.synth.destination import check_destination, check_not_inside
from quantacirc_cdk.synth.ownership import MARKER
from support.project import Project
from support.tools import ROOT


@pytest.fixture
def root(
    project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    home = tmp_path_factory.mktemp("homes") / "me"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return project().root


def refusal(root: Path, out: Path, *, force: bool = True) -> str:
    with pytest.raises(OutputError) as caught:
        check_destination(root, out, force=force)
    return str(caught.value)


def test_the_root_is_refused(root: Path) -> None:
    assert "/: the root of the file system, expected a folder for generated output" in refusal(root, Path("/"))
    assert "the root of the file system" in refusal(root, Path("/tmp/../."))


def test_the_home_folder_and_those_above_are_refused(root: Path) -> None:
    assert "your home folder" in refusal(root, Path.home())
    assert f"a folder above your home folder, {Path.home()}" in refusal(root, Path.home().parent)


def test_the_project_and_those_above_are_refused(root: Path) -> None:
    assert "project: the project, expected" in refusal(root, root)
    assert f"a folder above the project, {root}" in refusal(root, root.parent)
    assert "the project, expected" in refusal(root, root / "apps" / "..")


@pytest.mark.parametrize("name", ["apps", "apps/environments", "apps/new/deep", ".git", ".git/x"])
def test_sources_are_refused(root: Path, name: str) -> None:
    assert f"a part of the project's sources, {name.split('/')[0]}/" in refusal(root, root / name)


@pytest.mark.parametrize("name", ["constructs", "constructs/new", "constructs/quantacirc_cdk/model"])
def test_the_sources_of_this_package_are_refused(name: str) -> None:
    assert "a part of the project's sources, constructs/" in refusal(ROOT, ROOT / name)


@pytest.mark.integration
def test_folders_that_git_has_files_of_are_refused(root: Path) -> None:
    (root / "src" / "deep").mkdir(parents=True)
    (root / "src" / "main.py").write_text("")
    (root / "build").mkdir()
    git = ["git", "-C", str(root)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "src"], check=True)
    for place in ("src", "src/deep", "src/new"):
        assert "a part of the project's sources: Git has files of src/" in refusal(root, root / place)
    check_destination(root, root / "build" / "out")
    (root / "src" / MARKER).write_text("")
    check_destination(root, root / "src")


def test_links_to_these_are_refused_by_what_they_lead_to(root: Path, tmp_path: Path) -> None:
    expected = {root: "the project", Path.home(): "your home folder", root / "apps": "sources, apps/"}
    for number, (target, said) in enumerate(expected.items()):
        link, way = tmp_path / f"link{number}", tmp_path / f"way{number}"
        link.symlink_to(target)
        way.symlink_to(target.parent)
        assert said in refusal(root, link)
        assert said in refusal(root, way / target.name)


def test_a_folder_that_is_not_empty_needs_a_marker(root: Path) -> None:
    out = root / "dist"
    check_destination(root, out)
    out.mkdir()
    check_destination(root, out)
    (out / "notes").write_text("")
    assert f"the folder is not empty and has no {MARKER}" in refusal(root, out, force=False)
    check_destination(root, out, force=True)
    (out / MARKER).write_text("")
    check_destination(root, out)


@pytest.mark.parametrize("kind", ["file", "link"])
def test_an_output_that_is_no_folder_is_refused(root: Path, kind: str) -> None:
    out = root / "dist"
    out.write_text("") if kind == "file" else out.symlink_to("build")
    assert "expected a folder that exists or can be created" in refusal(root, out)


def test_a_read_only_output_is_refused(root: Path) -> None:
    out = root / "dist"
    out.mkdir(mode=0o555)
    assert "the folder is read-only" in refusal(root, out)


def test_the_current_folder_is_not_replaced(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "dist" / "kubernetes").mkdir(parents=True)
    check_not_inside(root / "dist")
    monkeypatch.chdir(root / "dist" / "kubernetes")
    with pytest.raises(OutputError, match=r"a folder above the current folder, .*expected another folder, or a run"):
        check_not_inside(root / "dist")
    with pytest.raises(OutputError, match="the current folder, expected"):
        check_not_inside(Path())
    (root / "dist" / "kubernetes").rmdir()
    check_not_inside(root / "dist")


def test_the_output_of_another_project_is_refused(root: Path) -> None:
    inner = root / "services" / "api"
    (inner / "apps").mkdir(parents=True)
    (inner / "apps" / "system.yaml").write_text("name: api\n")
    (root / "apps" / "system.yaml").write_text("name: shop\n")
    for place in (root / "dist", root / "dist" / "api"):
        with pytest.raises(OutputError, match="the output of another project"):
            check_destination(inner, place)
    for place in (inner / "dist", root / "build" / "api"):
        check_destination(inner, place)


def test_a_folder_inside_an_output_is_refused(root: Path) -> None:
    (root / "build").mkdir()
    (root / "build" / MARKER).write_text("")
    with pytest.raises(OutputError, match="inside the output"):
        check_destination(root, root / "build" / "inner")
