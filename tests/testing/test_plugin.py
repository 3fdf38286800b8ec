"""The pytest plugin: one test for each environment, over what the model says now."""

import subprocess
import sys
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from support.command import environment

pytestmark = pytest.mark.integration

TESTS = """\
import pytest


def test_names(manifests, qcdk_environment):
    assert (manifests.one("Namespace", "shop") is not None) == (qcdk_environment != "nowhere")


@pytest.mark.environments("local")
def test_one(manifests):
    manifests.one("Deployment", "nothing")


def test_parity(parity):
    from quantacirc_cdk.testing import assert_parity

    assert sorted(parity["environments"]) == ["local", "prod"]
    assert_parity(parity)


def test_cloud(stack):
    assert stack.one("aws_db_instance")
"""


def run(root: Path, text: str) -> str:
    """Return what pytest prints for the tests in ``text``, in the project ``root``."""
    (root / "test_it.py").write_text(text)
    plugins = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "quantacirc_cdk.testing.plugin"]
    command = [sys.executable, "-m", "pytest", "-v", *plugins]
    return subprocess.run(command, cwd=root, env=environment(PYTEST_ADDOPTS=""), capture_output=True, text=True).stdout


WRONG = """\
import pytest


@pytest.mark.environments("prdo")
def test_wrong(manifests):
    pass


@pytest.mark.environments("prod", name="prod")
def test_keyword(stack):
    pass


def test_other():
    pass
"""


def test_an_unknown_environment_is_an_error_of_its_test_only(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    assert main(["init", "--bare", str(root)]) == 0
    said = run(root, WRONG)
    assert "test_it.py::test_wrong[prdo] ERROR" in said
    assert "test_it.py::test_other PASSED" in said
    assert 'no environment "prdo", expected "prod"' in said
    assert 'environments("prod", name=...): takes only names, expected @pytest.mark.environments("prod")' in said
    assert "pluggy/" not in said
    assert "1 passed, 2 errors" in said


def test_a_folder_without_a_model_is_an_error_of_the_tests_that_need_it(tmp_path: Path) -> None:
    text = "def test_a(manifests): pass\ndef test_b(parity): pass\ndef test_c(): pass\n"
    said = run(tmp_path, text)
    assert "1 passed, 2 errors" in said
    assert said.count("apps/system.yaml") >= 2
    assert "pluggy/" not in said
    assert "Traceback" not in said
    assert "quantacirc_cdk/model" not in said


@pytest.mark.slow
def test_a_test_runs_for_the_environments_that_it_is_about(tmp_path) -> None:
    root = tmp_path / "shop"
    assert main(["init", "--bare", str(root)]) == 0
    said = run(root, TESTS)
    assert "test_it.py::test_parity PASSED" in said
    lines = [line for line in said.splitlines() if "[" in line.partition(" ")[0] and "%" in line]
    results = dict(line.split("::")[1].split()[:2] for line in lines)
    assert results == {
        "test_names[local]": "PASSED",
        "test_names[prod]": "PASSED",
        "test_one[local]": "FAILED",
        "test_cloud[prod]": "PASSED",
    }
    assert 'no Deployment "nothing" in the manifests, expected "api"' in said
    assert not (root / "dist").exists()
