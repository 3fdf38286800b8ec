"""What drawn projects have shown of the chart: values and names that no system of ours has."""

import re
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.helm import schemas, system_chart
from quantacirc_cdk.helm.settings import camel
from quantacirc_cdk.model import load_project
from support.helm.helm import by_name, handed_over, template
from support.kubernetes.synthesis import render
from support.project import Project


@pytest.mark.parametrize("text", ["1.5Gi", "500m", ".5", "1e3", "1e9", "100u", "2T", "1."])
def test_the_schema_takes_amounts_as_the_model_does(text: str) -> None:
    assert re.search(str(schemas.QUANTITY["pattern"]), text)


@pytest.mark.parametrize("text", ["", "0", "0.0", "-1", "1GB", "1 Gi", "Gi", "."])
def test_the_schema_refuses_what_is_no_amount(text: str) -> None:
    assert not re.search(str(schemas.QUANTITY["pattern"]), text)


def test_a_name_that_begins_with_a_digit_is_one_that_templates_read() -> None:
    assert camel("1st-copy") == "_1stCopy"


@pytest.mark.slow
def test_a_chart_of_unusual_names_and_sizes_renders_the_manifests(tmp_path: Path) -> None:
    project = Project.small(tmp_path)
    project.replace_in_system(
        "    exposed: true\n",
        """\
    exposed: true
    side_cars: [{ name: 1st, image: nats, resources: { memory: 1.5Gi, memory_limit: 1.5Gi } }]
    routes: { page: { subdomains: [a, b], annotations: { Example.com/Team: yes } } }
""".replace("yes", '"yes"'),
    )
    project.replace_in_system("size: 1Gi", "size: 1.5Gi")
    home = project.environment_file("home").read_text().replace("owners:", "namespace: elsewhere\nowners:")
    project.write_environment("home", home)
    away = home.replace("context: kind-bakery", "context: kind-away").replace("bakery.example\n", "away.example\n", 1)
    project.write_environment(
        "away", away + "components: { bus: { storage: 2.5G }, shop: { environment: { node.name: a, x-y: b } } }\n"
    )
    model = load_project(project.root)
    objects = render(project.root, tmp_path / "kubernetes")
    chart = tmp_path / "bakery"
    system_chart(model, tmp_path / "kubernetes").write(chart)
    values = yaml.safe_load((chart / "values.yaml").read_text())
    assert values["shop"]["containers"]["_1st"]["resources"]["limits"]["memory"] == "1.5Gi"
    for name in model.environments:
        found = template(chart, "--values", chart / f"values-{name}.yaml", name="bakery", namespace="elsewhere")
        assert by_name(found) == by_name(handed_over(objects[name]))
