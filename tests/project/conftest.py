"""A copy of this repository that a test may change."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.tools import ROOT


def tracked() -> list[str]:
    """Return the files that are in Git or would be after `git add .`, and exist."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


@pytest.fixture
def clone(tmp_path: Path) -> Callable[[], Path]:
    """Return a maker of clean clones of the working tree, with the virtual environment of this one."""

    def make() -> Path:
        root = tmp_path / "clone"
        for name in tracked():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        (root / ".venv").symlink_to(ROOT / ".venv")
        for name in ("pyproject.toml", "requirements/run.lock", "requirements/dev.lock"):
            os.utime(root / name, (0, 0))  # `make` would find them newer and install the clone in place of the project
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        for arguments in (
            ["init", "--quiet", "--initial-branch", "main"],
            ["add", "--all", "."],
            [*identity, "commit", "--quiet", "--message", "The tree under test"],
        ):
            subprocess.run(["git", *arguments], cwd=root, check=True)
        (root / ".git" / "info" / "exclude").write_text(".venv\n")
        return root

    return make
