"""Only a tag of the version, of a commit that was merged, with an entry in the changelog, is released."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.tools import ROOT

CHANGELOG = """\
# Changelog

## Unreleased

- Later.

## 1.2.0 - 2026-12-01

### Added

- A [link](docs/x.md).

## 1.1.0 - 2026-11-01

- Before.
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a clone with the version 1.2.0, whose commit is on the branch that is deployed."""
    root = tmp_path / "clone"
    for name, text in {
        "constructs/quantacirc_cdk/version.py": '__version__ = "1.2.0"\n',
        "CHANGELOG.md": CHANGELOG,
        "tools/release.py": (ROOT / "tools" / "release.py").read_text(),
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=x")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    return root


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


def release(root: Path, tag: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "tools/release.py", tag, "build/notes.md"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_the_notes_are_the_section_of_the_version(repository: Path) -> None:
    done = release(repository, "v1.2.0")
    assert (done.returncode, done.stderr) == (0, "")
    assert (repository / "build" / "notes.md").read_text() == "### Added\n\n- A [link](docs/x.md).\n"


@pytest.mark.integration
def test_another_tag_is_refused(repository: Path) -> None:
    for tag in ("v1.2", "1.2.0", "v1.2.0-rc.1", "v1.1.0"):
        done = release(repository, tag)
        assert done.returncode == 2
        assert f"the tag is {tag}" in done.stderr
        assert "expected the tag v1.2.0" in done.stderr
        assert not (repository / "build").exists()


@pytest.mark.integration
def test_a_version_without_an_entry_is_refused(repository: Path) -> None:
    path = repository / "CHANGELOG.md"
    path.write_text(CHANGELOG.replace("1.2.0 - 2026-12-01", "1.2.0"))
    done = release(repository, "v1.2.0")
    assert (done.returncode, done.stderr) == (
        2,
        "error: CHANGELOG.md has no section `## 1.2.0 - <date>` with changes\n",
    )


def test_a_commit_that_was_not_merged_is_refused(repository: Path) -> None:
    git(repository, "commit", "--quiet", "--allow-empty", "--message=y")
    done = release(repository, "v1.2.0")
    assert done.returncode == 2
    assert "is not on origin/main" in done.stderr
