"""``qcdk add``: a component or an environment that is valid at once, or nothing."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.model import load_project
from support.project import Project


def test_a_component_comes_with_its_image(project: Callable[[], Project]) -> None:
    made = project()
    before = made.system_file.read_text()
    arguments = [
        "add",
        "component",
        "web",
        "--kind",
        "service",
        "--image",
        "ghcr.io/bakery/web:1.4",
        "--set",
        "exposed=true",
    ]
    assert main([*arguments, "--set", "ports=[{ name: http, port: 8081 }]", "--project", str(made.root)]) == 0
    system = load_project(made.root).system
    assert system.components["web"].kind == "service"
    image = system.images["web"]
    assert (image.registry, image.repository, image.tag) == ("ghcr.io", "bakery/web", "1.4")
    kept = made.system_file.read_text().splitlines()
    assert [line for line in before.splitlines() if line not in kept] == []


def test_a_component_may_have_an_image_of_the_system(project: Callable[[], Project]) -> None:
    made = project()
    assert main(["add", "component", "till", "--kind", "service", "--image", "oven", "--project", str(made.root)]) == 0
    assert "till" in load_project(made.root).system.components


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["component", "shop", "--kind", "service"], "the component exists"),
        (["component", "web", "--kind", "servce", "--image", "oven"], '"service"'),
        (["component", "web", "--kind", "service", "--image", "ovn"], 'no image "ovn"'),
        (["component", "web"], "--kind: a new component needs it"),
        (["component", "web", "--kind", "service", "--extends", "home"], "--extends: has no meaning"),
        (["environment", "away"], "--extends: a new environment needs it"),
        (["environment", "away", "--extends", "hoem"], 'expected "home"'),
        (["environment", "home", "--extends", "home"], "the file exists"),
        (["environment", "../away", "--extends", "home"], "NAME"),
        (["environment", "away", "--extends", "home"], "namespace"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_written(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    made = project()
    before = {path: path.read_bytes() for path in made.root.rglob("*") if path.is_file()}
    assert main(["add", *arguments, "--project", str(made.root)]) == 2
    assert said in capsys.readouterr().err
    assert {path: path.read_bytes() for path in made.root.parent.rglob("*") if path.is_file()} == before


def test_an_environment_starts_from_another(project: Callable[[], Project]) -> None:
    made = project()
    words = ["--set", "domain=away.example", "--set", "cluster.context=kind-away"]
    assert main(["add", "environment", "away", "--extends", "home", *words, "--project", str(made.root)]) == 0
    environment = load_project(made.root).environments["away"]
    assert (environment.extends, environment.domain, environment.cluster.context) == (
        "home",
        "away.example",
        "kind-away",
    )
