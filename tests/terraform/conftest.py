"""The project's own stacks, synthesized once for all tests of a worker."""

import runpy
from pathlib import Path

import pytest

from support.tools import ROOT


def synthesize_project(outdir: Path) -> None:
    app = runpy.run_path(str(ROOT / "apps" / "infrastructure.py"))
    app["synthesize"](ROOT, outdir)


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``manifest.json`` and ``stacks/``."""
    outdir = tmp_path_factory.mktemp("terraform")
    synthesize_project(outdir)
    return outdir
