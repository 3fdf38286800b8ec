"""The files of the chart: no component's name loses one."""

from pathlib import Path

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import load_project
from support.kubernetes.synthesis import render
from support.project import Project


@pytest.mark.integration
def test_a_component_may_be_called_as_a_template_of_the_chart(tmp_path: Path) -> None:
    made = Project.small(tmp_path / "project")
    made.write_system(made.system_file.read_text() + "  extra-objects: { kind: service, image: oven }\n")
    render(made.root, tmp_path / "kubernetes")
    system_chart(load_project(made.root), tmp_path / "kubernetes").write(tmp_path / "chart")
    text = (tmp_path / "chart" / "templates" / "extra-objects.yaml").read_text()
    assert "range .Values.extraObjects" in text
    assert "kind: Deployment" in text
