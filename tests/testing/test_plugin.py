"""The pytest plugin: one test for each environment, over what the model says now."""

import subprocess
import sys

import pytest

from quantacirc_cdk.cli.main import main
from support.command import environment

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


@pytest.mark.slow
def test_a_test_runs_for_the_environments_that_it_is_about(tmp_path) -> None:
    root = tmp_path / "shop"
    assert main(["init", "--bare", str(root)]) == 0
    (root / "test_it.py").write_text(TESTS)
    plugins = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "quantacirc_cdk.testing.plugin"]
    command = [sys.executable, "-m", "pytest", "-v", *plugins]
    run = subprocess.run(command, cwd=root, env=environment(PYTEST_ADDOPTS=""), capture_output=True, text=True)
    assert "test_it.py::test_parity PASSED" in run.stdout
    lines = [line for line in run.stdout.splitlines() if "[" in line.partition(" ")[0] and "%" in line]
    results = dict(line.split("::")[1].split()[:2] for line in lines)
    assert results == {
        "test_names[local]": "PASSED",
        "test_names[prod]": "PASSED",
        "test_one[local]": "FAILED",
        "test_cloud[prod]": "PASSED",
    }
    assert 'no Deployment "nothing" in the manifests, expected "api"' in run.stdout
    assert not (root / "dist").exists()
