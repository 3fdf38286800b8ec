"""The project of another user is refused unless somebody trusts it: its ``apps/*.py`` would run."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import project_root
from quantacirc_cdk.cli.ownership import check_owner
from quantacirc_cdk.errors import ModelError
from support.project import Project

Make = Callable[[], Project]
STRANGER = 12345


@pytest.fixture
def foreign(project: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a project of a user who is not who runs the test, nor root, for whom no setting of this machine speaks."""
    root = project().root.resolve()
    files = [root / "apps", *(root / "apps").rglob("*")]
    for name in ("QCDK_TRUST", "SUDO_UID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    if os.geteuid() == 0:
        for path in files:
            os.chown(path, STRANGER, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    return root


def test_the_project_of_another_user_is_refused_and_the_way_out_is_said(foreign: Path) -> None:
    with pytest.raises(ModelError, match=rf"apps: belongs to user .+, or QCDK_TRUST={foreign}"):
        project_root(foreign)


def test_a_project_above_is_refused_as_well(foreign: Path) -> None:
    (foreign / "mine").mkdir()
    with pytest.raises(ModelError, match="belongs to user"):
        project_root(foreign / "mine")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_single_file_of_another_user_is_refused(foreign: Path) -> None:
    for path in (foreign / "apps", *(foreign / "apps").rglob("*")):
        os.chown(path, 0, -1)
    check_owner(foreign)
    (foreign / "apps" / "workloads.py").write_text("")
    os.chown(foreign / "apps" / "workloads.py", STRANGER, -1)
    with pytest.raises(ModelError, match=r"apps/workloads\.py: belongs to user"):
        check_owner(foreign)


@pytest.mark.parametrize("told", ["{root}", "/elsewhere:{root}", "*"])
def test_the_setting_trusts_a_project(told: str, foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QCDK_TRUST", told.format(root=foreign))
    assert project_root(foreign) == foreign


def test_trusting_another_project_is_not_enough(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QCDK_TRUST", f"{foreign.parent}::")
    monkeypatch.chdir(foreign)
    with pytest.raises(ModelError, match="belongs to user"):
        project_root(foreign)


def test_what_git_was_told_counts_and_what_the_project_tells_git_does_not(foreign: Path, tmp_path: Path) -> None:
    (foreign / ".git").mkdir()
    (foreign / ".git" / "config").write_text(f"[safe]\n\tdirectory = {foreign}\n")
    with pytest.raises(ModelError, match="belongs to user"):
        project_root(foreign)
    (tmp_path / "gitconfig").write_text(f"[safe]\n\tdirectory = {foreign}\n")
    assert project_root(foreign) == foreign


@pytest.mark.skipif(os.geteuid() != 0, reason="sudo makes root of a user")
def test_root_by_sudo_is_who_called_it(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_UID", str(STRANGER))
    assert project_root(foreign) == foreign
