"""One declaration gives the template's expression, the value, its schema and its row in the documents."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.helm.rules.declared import Declarations
from quantacirc_cdk.model import Project
from support.helm.helm import run
from support.tools import ROOT

pytestmark = pytest.mark.integration

ABSENT = object()
MANIFESTS = ROOT / "dist" / "kubernetes"


def written_without(project: Project, folder: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the chart as it is when a parameter is not declared."""
    declared = Declarations._declared
    monkeypatch.setattr(Declarations, "_declared", lambda self: (each for each in declared(self) if each.path != path))
    system_chart(project, MANIFESTS).write(folder)
    return folder


def says(chart: Path, path: str) -> dict[str, bool]:
    """Return which files of a chart know a value."""
    values: Any = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    schema = json.loads((chart / "values.schema.json").read_text(encoding="utf-8"))
    for step in path.split("."):
        values = values.get(step, ABSENT) if isinstance(values, dict) else ABSENT
        schema = schema.get("properties", {}).get(step, {})
    word = re.compile(rf"\.Values\.{re.escape(path)}\b")
    texts = [file.read_text(encoding="utf-8") for file in (chart / "templates").rglob("*") if file.is_file()]
    return {
        "templates": any(word.search(text) for text in texts),
        "values": values is not ABSENT,
        "schema": bool(schema),
        "README": f"`{path}`" in (chart / "README.md").read_text(encoding="utf-8"),
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "orchestrator.priorityClassName",
        "orchestrator.terminationGracePeriodSeconds",
        "orchestrator.podDisruptionBudget.maxUnavailable",
        "bus.containers.exporter.image.pullPolicy",
        "bus.url",
        "global.storageClass",
        "commonLabels",
        "extraObjects",
    ],
)
def test_a_declaration_that_goes_goes_everywhere(
    project: Project, chart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    before = says(chart, path)
    assert all(before.values()), before
    without = written_without(project, tmp_path / chart.name, path, monkeypatch)
    after = says(without, path)
    assert not any(after.values()), after
    done = run("lint", "--strict", without)
    assert done.returncode == 0, done.stdout
    if not path.startswith("global."):  # a parent chart has globals of its own
        refused = run("template", project.system.name, without, "--set", f"{path}=x")
        assert path.rpartition(".")[2] in refused.stderr


def test_what_environments_need_and_nothing_declares_is_a_parameter_of_its_own(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = "orchestrator.ingress.host"
    written_without(project, tmp_path / "chart", declared, monkeypatch)
    values = yaml.safe_load((tmp_path / "chart" / "values.yaml").read_text(encoding="utf-8"))
    assert any(key.startswith("hostnames") for key in values["orchestrator"]["httpRoute"])
    assert "host" not in values["orchestrator"]["ingress"]


def test_no_template_is_written_by_hand() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in ("constructs", "apps")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".tpl", ".gotmpl", ".yaml", ".yml", ".txt", ".j2")
        and "{{" in path.read_text(encoding="utf-8")
    ]
    assert found == []
