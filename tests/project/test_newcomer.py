"""A newcomer with nothing but the wheel follows the tutorial, and sees what it prints."""

import subprocess
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest

from support.documents import blocks, expected_outputs, unlike
from support.tools import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
PLACE = "/tmp/qcdk-tutorial"


@pytest.mark.slow
def test_the_tutorial_works_from_the_wheel_as_printed(wheel_venv: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, module in (("qcdk", "quantacirc_cdk.cli"), ("pytest", "pytest")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{wheel_venv}/bin/python" -m {module} "$@"\n')
        (programs / name).chmod(0o755)
    known = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    expected = expected_outputs(TUTORIAL)
    assert len(expected) >= 7
    for block in blocks(TUTORIAL):
        if block.info == "sh":
            script = block.text.replace(PLACE, str(tmp_path / "tutorial"))
            command = ["bash", "-euo", "pipefail", "-c", script]
            run = subprocess.run(command, cwd=tmp_path, env=known, stdout=PIPE, stderr=STDOUT, text=True, check=False)
            assert run.returncode == 0, f"{block.place}:\n{script}\n{run.stdout}"
            difference = unlike(expected[block.place], run.stdout) if block.place in expected else ""
            assert not difference, f"{block.place}:\n{script}\n{difference}"
