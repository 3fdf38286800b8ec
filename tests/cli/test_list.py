"""``qcdk list``: what the project has."""

import json
from collections.abc import Callable

import pytest

from quantacirc_cdk.cli.main import main
from support.project import Project


def test_it_names_components_environments_and_kinds(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list", "--json", "--project", str(project().root)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["name"], one["kind"]) for one in found["components"]] == [
        ("baker", "worker"), ("shop", "service"), ("bus", "nats")
    ]  # fmt: skip
    assert [(one["name"], one["target"]) for one in found["environments"]] == [("home", "local")]
    assert {"service", "postgresql"} <= {one["name"] for one in found["kinds"]}
    assert all(one["description"] for one in found["kinds"])


def test_one_section_has_a_line_for_each(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "components", "--project", str(project().root)]) == 0
    assert capsys.readouterr().out == "baker  worker\nshop   service\nbus    nats\n"


def test_an_unknown_section_exits_2(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "component", "--project", str(project().root)]) == 2
    assert 'expected "components"' in capsys.readouterr().err
