"""The oldest dependencies that ``pyproject.toml`` allows, and the newest of today, write the output that is in Git.

Each set is installed into an environment of its own, from the registry.
"""

import os
import subprocess
from pathlib import Path

import pytest

from support.tools import ROOT, require

pytestmark = [pytest.mark.trust, pytest.mark.slow]


@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
def test_other_versions_of_the_dependencies_write_the_same_output(resolution: str, tmp_path: Path) -> None:
    uv = require("uv")
    wanted = tmp_path / "requirements.txt"
    python = tmp_path / "venv" / "bin" / "python"
    for command in (
        ["pip", "compile", "pyproject.toml", "--resolution", resolution, "--quiet", "--output-file", wanted],
        ["venv", "--quiet", tmp_path / "venv"],
        ["pip", "install", "--quiet", "--python", python, "--requirement", wanted],
    ):
        done = subprocess.run([uv, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    versions = [line for line in wanted.read_text().splitlines() if "==" in line]
    print(*versions, sep="\n")
    assert len(versions) > 20
    command = [python, "-P", "-m", "quantacirc_cdk.cli", "synth", "--out", tmp_path / "dist"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "constructs"), "HOME": str(tmp_path)}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1"}  # another Python than this one may compile the package's files
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert different(ROOT / "dist", tmp_path / "dist") == []


def different(one: Path, other: Path) -> list[str]:
    """Return the files that are not the same in two folders."""
    first, second = (
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (one, other)
    )
    first.pop("images.json", None)  # what the last build of images made
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
