"""Without Node.js, an app writes and passes on what cdk8s does, byte for byte, and refuses the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.apps import workloads
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.handover import FOLDER
from quantacirc_cdk.kubernetes.engine import Chart, Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.plain_app import PlainApp
from support.project import Project
from support.rich import scenarios, write
from support.tools import ROOT

SCENARIOS = scenarios()
PATCH = """
patches:
  texts:
    kind: Deployment
    name: shop
    merge:
      spec: { template: { metadata: { annotations: {"10": "%s", "9": "1:30", "07": "---\\nx", b: "1e3", ? %s : x } } } }
"""


def written(root: Path, out: Path, **added: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the files of all environments, and what other parts read, with the order of its keys."""
    (out / FOLDER).mkdir(parents=True)
    workloads.synthesize(root, out / "kubernetes", None, **added)
    files = {str(path.relative_to(out)): path.read_bytes() for path in (out / "kubernetes").rglob("*.yaml")}
    return files, {path.name: json.loads(path.read_text(), object_pairs_hook=list) for path in (out / FOLDER).iterdir()}


def both(root: Path, out: Path, patch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Return what is written without cdk8s and with it, which an app that can add constructs needs."""
    with patch.context() as without:
        without.setattr(workloads, "_cdk8s_app", None)
        plain = written(root, out / "plain")
    return plain, written(root, out / "cdk8s", after=lambda *_: None)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_objects_of_every_field_have_the_bytes_of_cdk8s(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, real = both(write(tmp_path / "project", *SCENARIOS[scenario]).root, tmp_path, monkeypatch)
    assert plain == real


@pytest.mark.slow
def test_the_objects_of_this_repository_have_the_bytes_of_cdk8s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, real = both(ROOT, tmp_path, monkeypatch)
    assert plain == real


@pytest.mark.parametrize("key", ["k" * 253, "k" * 1100])
def test_unusual_data_have_the_bytes_of_cdk8s(key: str, project: Callable[[], Project], tmp_path: Path) -> None:
    """Keys are ordered as in JavaScript; cdk8s itself lays out what its library writes in another way."""
    made = project()
    made.write_system(made.system_file.read_text() + PATCH % ("é: '\\\"", key))
    plain = written(made.root, tmp_path / "plain")
    real = written(made.root, tmp_path / "cdk8s", after=lambda *_: None)
    assert plain == real
    file = plain[0]["kubernetes/home/Deployment.shop.k8s.yaml"].decode()
    assert file.index('"9"') < file.index('"10"') < file.index('"07"') < file.index(key)


def manifest(scope: Any, id: str, **fields: Any) -> Manifest:
    return Manifest(scope, id, api_version="v1", kind="ConfigMap", **fields)


@pytest.fixture
def app(tmp_path: Path) -> PlainApp:
    return PlainApp(tmp_path)


@pytest.fixture
def chart(app: PlainApp) -> Any:
    return Chart(app, "shop", namespace="shop")  # type: ignore[arg-type] # is no construct of jsii


def test_an_object_that_would_overwrite_another_is_refused(chart: Any) -> None:
    manifest(Construct(chart, "a"), "x", name="one")
    with pytest.raises(PropsError, match=r'shop/b/x: ConfigMap "one" is also that of shop/a/x'):
        manifest(Construct(chart, "b"), "x", name="one", namespace="other")


def test_a_second_construct_with_an_id_is_refused(chart: Any) -> None:
    manifest(chart, "x", name="one")
    with pytest.raises(PropsError, match="shop/x: a second construct with this id"):
        manifest(chart, "x", name="two")


def test_objects_have_the_namespace_of_their_chart_and_the_order_of_the_tree(app: PlainApp, chart: Any) -> None:
    first, second = Construct(chart, "first"), Chart(chart, "cluster")
    manifest(second, "x", name="two")
    manifest(first, "x", name="one")
    found = {path: item["metadata"].get("namespace") for path, item in app.objects().items()}
    assert list(found.items()) == [("shop/first/x", "shop"), ("shop/cluster/x", None)]
