"""The examples are short, run as they are, and give what a cluster takes."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.manifests import Object, identity, of_kind, pod_templates, read_folder
from support.kubernetes.schemas import CORE, NEWEST, OLDEST, errors
from support.tools import ROOT

pytestmark = pytest.mark.integration

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda path: path.stem)
def objects(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sequence[Object]:
    """Return what one example writes, run in an empty folder as its reader would."""
    folder = tmp_path_factory.mktemp(request.param.stem)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "constructs")}
    command = [sys.executable, str(request.param)]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return read_folder(folder / "manifests")


def test_there_are_four() -> None:
    assert {path.stem for path in EXAMPLES} == {"stateful_service", "web_service", "with_cdk8s_plus", "worker_pool"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_shorter_than_40_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 40


@pytest.mark.slow
def test_every_object_is_valid(objects: Sequence[Object]) -> None:
    core = [item for item in objects if item["apiVersion"] in CORE]
    assert len(core) >= 5
    assert [error for item in core for version in (OLDEST, NEWEST) for error in errors(item, version)] == []


def test_what_each_is_about_is_there(request: pytest.FixtureRequest, objects: Sequence[Object]) -> None:
    wanted = {
        "stateful_service": {
            ("StatefulSet", "books"),
            ("CronJob", "books-backup"),
            ("CronJob", "books-backup-restore"),
        },
        "web_service": {("HTTPRoute", "storefront"), ("NetworkPolicy", "storefront"), ("Deployment", "storefront")},
        "with_cdk8s_plus": {("Ingress", "web"), ("HorizontalPodAutoscaler", "web"), ("CronJob", "report")},
        "worker_pool": {("Deployment", "resizer"), ("HorizontalPodAutoscaler", "resizer"), ("CronJob", "scan")},
    }
    name = request.node.callspec.params["objects"].stem
    assert wanted[name] <= {identity(item) for item in objects}


def test_every_pod_is_restricted(objects: Sequence[Object]) -> None:
    templates = list(pod_templates(objects))
    assert templates
    assert [what for _, template in templates for what in violations(template)] == []
    (namespace,) = of_kind(objects, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_everything_is_in_the_examples_namespace(objects: Sequence[Object]) -> None:
    (namespace,) = of_kind(objects, "Namespace")
    for item in objects:
        if item is not namespace:
            assert item["metadata"]["namespace"] == namespace["metadata"]["name"], identity(item)
