"""The Compose project of QuantaCirc, from its local environment's manifests."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.tools import ROOT


@pytest.fixture(scope="session")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the local environment's manifests."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "quantacirc_cdk.cli", "synth", "local", "--project", ROOT, "--out", out]
    done = subprocess.run(
        [*command, "--only", "compose", "--only", "kubernetes"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out / "kubernetes" / "local"


@pytest.fixture(scope="session")
def folder(manifests: Path) -> Path:
    """The folder of the Compose file."""
    return manifests.parents[1] / "compose"


@pytest.fixture(scope="session")
def document(folder: Path) -> dict[str, Any]:
    """The Compose file."""
    loaded: dict[str, Any] = yaml.safe_load((folder / "compose.yaml").read_text())
    return loaded
