"""``qcdk show``: the merged environment with origins."""

import json
from collections.abc import Callable

import pytest

from quantacirc_cdk.cli.main import main
from support.project import Project


def test_each_value_names_its_file_and_line(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    made = project()
    made.write_environment("away", "extends: home\n\ndomain: away.example\nshares: [home]\n")
    assert main(["show", "away", "--project", str(made.root)]) == 0
    lines = {
        line.split(":")[0]: line.split("#")[1].strip() for line in capsys.readouterr().out.splitlines() if "#" in line
    }
    assert lines["domain"] == "apps/environments/away.yaml:3"
    assert lines["target"] == "apps/environments/home.yaml:1"
    assert lines["namespace"] == "default"


def test_json_gives_the_values_alone(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "home", "--json", "--project", str(project().root)]) == 0
    assert json.loads(capsys.readouterr().out)["domain"] == "bakery.example"


def test_an_unknown_environment_exits_2(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "hoem", "--project", str(project().root)]) == 2
    assert 'expected "home"' in capsys.readouterr().err
