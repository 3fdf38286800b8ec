"""The pytest plugin: ``manifests`` and ``stack`` of the current model for each environment, and its ``parity``.

Add it to the top-level ``conftest.py``: ``pytest_plugins = ["quantacirc_cdk.testing.plugin"]``. The project is the
folder in which pytest starts. ``@pytest.mark.environments("prod")`` runs a test for these environments only. A test
with ``stack`` runs for the environments in a cloud. An environment that does not exist, or a folder without a model, is
an error of each test that needs it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from quantacirc_cdk.errors import Problem, QuantacircError

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
    wanted = list(marker.args) if marker else None
    names: list[Any]
    try:
        _check_marker(marker)
        chosen = _project(metafunc.config).select(wanted)
    except QuantacircError as error:
        # Raised here, it would end the collection of all tests.
        names = [pytest.param(error, id="-".join(map(str, wanted or ["model"])))]
    else:
        in_cloud = "stack" in metafunc.fixturenames
        names = [name for name, one in chosen.items() if one.target != "local" or not in_cloud]
    metafunc.parametrize("qcdk_environment", names, scope="session", indirect=True)


def _check_marker(marker: pytest.Mark | None) -> None:
    """Raise ``QuantacircError`` for arguments of the marker that are not names."""
    if marker is not None and (marker.kwargs or not all(isinstance(name, str) for name in marker.args)):
        given = [*map(repr, marker.args), *(f"{name}=..." for name in marker.kwargs)]
        what = f"environments({', '.join(given)}): takes only names".replace("'", '"')
        raise QuantacircError(Problem(what=what, expected='@pytest.mark.environments("prod")'))


@contextmanager
def _errors_of_tests() -> Iterator[None]:
    """Show the message of an error about the project, without Python's frames."""
    try:
        yield
    except QuantacircError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def qcdk_environment(request: pytest.FixtureRequest) -> str:
    """The name of the environment that a test runs for."""
    with _errors_of_tests():
        if isinstance(request.param, QuantacircError):
            raise request.param
    return str(request.param)


@pytest.fixture(scope="session")
def qcdk_output(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of the model in a temporary folder: ``dist/`` is neither read nor written."""
    from quantacirc_cdk.synth import synthesize

    out = tmp_path_factory.mktemp("qcdk") / "dist"
    with _errors_of_tests():
        synthesize(pytestconfig.rootpath, out=out, environments=[], only=["kubernetes", "terraform"])
    return out


@pytest.fixture(scope="session")
def parity(pytestconfig: pytest.Config, qcdk_output: Path) -> "Data":
    """The differences between all environments, for ``assert_parity``."""
    from quantacirc_cdk.helm import system_chart
    from quantacirc_cdk.helm.parity import parity as differences

    with _errors_of_tests():
        return differences(system_chart(_project(pytestconfig), qcdk_output / "kubernetes").derived())


@pytest.fixture
def manifests(qcdk_environment: str, qcdk_output: Path) -> "Manifests":
    """The Kubernetes objects of an environment."""
    from quantacirc_cdk.testing.manifests import Manifests

    return Manifests.read(qcdk_output / "kubernetes" / qcdk_environment)


@pytest.fixture
def stack(pytestconfig: pytest.Config, qcdk_environment: str, qcdk_output: Path) -> "Stack":
    """The Terraform stack of an environment in a cloud."""
    from quantacirc_cdk.testing.stack import Stack

    target = _project(pytestconfig).environments[qcdk_environment].target
    return Stack.read(qcdk_output / "terraform" / "stacks" / f"{qcdk_environment}-{target}")
