"""The pytest plugin: ``manifests`` and ``stack`` of the current model for each environment, and its ``parity``.

Add it to the top-level ``conftest.py``: ``pytest_plugins = ["quantacirc_cdk.testing.plugin"]``. The project is the
folder in which pytest starts. ``@pytest.mark.environments("prod")`` runs a test for these environments only. A test
with ``stack`` runs for the environments in a cloud.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from quantacirc_cdk.manifests import Data
    from quantacirc_cdk.model import Project
    from quantacirc_cdk.testing.manifests import Manifests
    from quantacirc_cdk.testing.stack import Stack

_PROJECT = pytest.StashKey["Project"]()


def _project(config: pytest.Config) -> "Project":
    """Return the project, which is loaded once for all tests."""
    from quantacirc_cdk.model import load_project

    if _PROJECT not in config.stash:
        config.stash[_PROJECT] = load_project(config.rootpath)
    return config.stash[_PROJECT]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "environments(*names): run for these environments only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of manifests or a stack for each environment."""
    if "qcdk_environment" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("environments")
    chosen = _project(metafunc.config).select(list(marker.args) if marker else None)
    in_cloud = "stack" in metafunc.fixturenames
    names = [name for name, one in chosen.items() if one.target != "local" or not in_cloud]
    metafunc.parametrize("qcdk_environment", names, scope="session")


@pytest.fixture(scope="session")
def qcdk_output(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of the model in a temporary folder: ``dist/`` is neither read nor written."""
    from quantacirc_cdk.synth import synthesize

    out = tmp_path_factory.mktemp("qcdk") / "dist"
    synthesize(pytestconfig.rootpath, out=out, environments=[], only=["kubernetes", "terraform"])
    return out


@pytest.fixture(scope="session")
def parity(pytestconfig: pytest.Config, qcdk_output: Path) -> "Data":
    """The differences between all environments, for ``assert_parity``."""
    from quantacirc_cdk.helm import system_chart
    from quantacirc_cdk.helm.parity import parity as differences

    return differences(system_chart(_project(pytestconfig), qcdk_output / "kubernetes").derived())


@pytest.fixture
def manifests(qcdk_output: Path, qcdk_environment: str) -> "Manifests":
    """The Kubernetes objects of an environment."""
    from quantacirc_cdk.testing.manifests import Manifests

    return Manifests.read(qcdk_output / "kubernetes" / qcdk_environment)


@pytest.fixture
def stack(pytestconfig: pytest.Config, qcdk_output: Path, qcdk_environment: str) -> "Stack":
    """The Terraform stack of an environment in a cloud."""
    from quantacirc_cdk.testing.stack import Stack

    target = _project(pytestconfig).environments[qcdk_environment].target
    return Stack.read(qcdk_output / "terraform" / "stacks" / f"{qcdk_environment}-{target}")
