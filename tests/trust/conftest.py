"""A copy of what Git has of this project, for tests that build it elsewhere."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.tools import ROOT


@pytest.fixture(scope="session")
def copy_of_sources() -> Callable[[Path], Path]:
    """Return a function that copies the files that Git has, or would take, to a folder that it creates."""

    def copy(folder: Path) -> Path:
        command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        for name in filter(None, listed):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, folder / name)
                shutil.copymode(ROOT / name, folder / name)
        return folder

    return copy
