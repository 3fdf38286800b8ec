"""The manifests of this project, as files."""

import runpy
from pathlib import Path

import pytest

from support.tools import ROOT


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the manifests of every environment, as they are synthesized now."""
    out = tmp_path_factory.mktemp("kubernetes")
    runpy.run_path(str(ROOT / "apps" / "workloads.py"))["synthesize"](ROOT, out, None)
    return out
