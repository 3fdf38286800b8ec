"""What only a construct refuses is said with a file and a line, whichever part of the system it is in."""

from pathlib import Path

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.model import load_project
from support.project import Project


def test_a_problem_has_the_line_of_its_component_or_else_the_file_of_its_environment(tmp_path: Path) -> None:
    Project.small(tmp_path).write_environment("away", "extends: home\ndomain: away.example\nshares: [home]\n")
    project = load_project(tmp_path)
    sources = (project.sources["away"], project.system_source)
    context = Context(project.system, project.environments["away"], *sources)
    of_a_route = Problem(key="away/traffic/shop", what='route.host "off.08"', expected="a host")
    said = str(context.problem_of_component("", of_a_route))
    assert said == 'apps/environments/away.yaml:1: away/traffic/shop: route.host "off.08", expected a host'
    assert str(context.problem_of_component("shop", of_a_route)).startswith("apps/system.yaml:")
    elsewhere = Problem(file="apps/web.yaml", line=3, what="x")
    assert context.problem_of_component("", elsewhere) is elsewhere
