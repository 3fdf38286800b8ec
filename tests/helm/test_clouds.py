"""The same holds when the environments are on different clouds: one chart, and each environment's manifests."""

import shutil
from pathlib import Path

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import load_project
from support.helm.helm import by_name, template
from support.kubernetes.synthesis import render
from support.tools import ROOT

pytestmark = pytest.mark.slow

MANAGED_BY = "app.kubernetes.io/managed-by"


def test_environments_on_three_clouds_and_on_none_have_one_chart(tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "apps", root / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    for name, target in (("staging", "azure"), ("prod", "gcp")):
        path = root / "apps" / "environments" / f"{name}.yaml"
        path.write_text(path.read_text().replace("\nclouds:", f"\ntarget: {target}\nclouds:", 1))
    model = load_project(root)
    assert {one.target for one in model.environments.values()} == {"aws", "azure", "gcp", "local"}
    rendered = render(root, tmp_path / "kubernetes")
    chart = tmp_path / model.system.name
    system_chart(model, tmp_path / "kubernetes").write(chart)
    for name, objects in rendered.items():
        namespace = model.environments[name].namespace or model.system.name
        values = chart / f"values-{name}.yaml"
        found = by_name(template(chart, "--values", values, name=model.system.name, namespace=namespace))
        expected = by_name(objects)
        assert sorted(found) == sorted(expected)
        for key, item in expected.items():
            for labels in _labels(item):
                labels[MANAGED_BY] = "Helm"
            assert found[key] == item, f"{name}: {key}"


def _labels(node: object) -> list[dict[str, str]]:
    """Return every mapping that says who manages an object."""
    if isinstance(node, dict):
        own = [node] if MANAGED_BY in node else []
        return own + [found for item in node.values() for found in _labels(item)]
    return [found for item in node for found in _labels(item)] if isinstance(node, list) else []
