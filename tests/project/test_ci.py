"""``.ci/run`` installs what is missing on a new machine and then runs the README's command."""

import os
import subprocess
from pathlib import Path

import pytest

from support.tools import ROOT

LISTED = [line for line in (ROOT / ".ci" / "packages.txt").read_text().splitlines() if line and line[0] != "#"]


def ran(folder: Path, installed: list[str], *, venv: bool) -> list[str]:
    """Return the calls of ``.ci/run`` on a machine with these packages; the programs it calls only write them down."""
    have = " ".join(installed)
    programs = {
        "sudo": 'exec "$@"',
        "google-chrome": "exit 0",
        "apt-get": 'echo "apt-get $*" >>"$CALLS"',
        "make": 'echo "make $* CI=$CI" >>"$CALLS"',
        "python3": f"exit {0 if venv else 1}",
        "dpkg-query": f'case " {have} " in *" ${{!#}} "*) echo "install ok installed" ;; *) exit 1 ;; esac',
    }
    for name, body in programs.items():
        (folder / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
        (folder / name).chmod(0o755)
    environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "CALLS": str(folder / "calls")}
    run = subprocess.run([ROOT / ".ci" / "run"], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return (folder / "calls").read_text().splitlines()


def test_a_machine_that_has_all_installs_nothing(tmp_path: Path) -> None:
    assert ran(tmp_path, LISTED, venv=True) == ["make test CI=true"]


@pytest.mark.parametrize(("venv", "more"), [(True, []), (False, ["python3-venv"])])
def test_a_new_machine_gets_every_package_and_venv_where_python_has_none(
    tmp_path: Path, venv: bool, more: list[str]
) -> None:
    update, install, test = ran(tmp_path, LISTED[1:], venv=venv)
    assert update == "apt-get update -qq"
    assert install == " ".join(["apt-get install -qq --yes --no-install-recommends", LISTED[0], *more])
    assert test == "make test CI=true"
