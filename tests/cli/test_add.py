"""``qcdk add``: a component or an environment that is valid at once, or nothing."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.component import Replicas
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
        (["environment", "away", "--in", "home", "a=b"], "--in: has no meaning"),
        (["component", "web", "--kind", "service", "--image", "oven", "--in", "hoem", "a=b"], 'expected "home"'),
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


@pytest.mark.integration
def test_a_component_gets_the_settings_that_an_environment_requires(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    made.replace_in_environment("home", "owners:", "high_availability: true\nreplicas: { min: 2, max: 3 }\nowners:")
    arguments = ["add", "component", "queue", "--kind", "stateful", "--image", "oven", "--project", str(made.root)]
    before = made.system_file.read_text()
    assert main(arguments) == 2
    assert "components.queue.replicas" in capsys.readouterr().err
    assert made.system_file.read_text() == before
    assert main([*arguments, "--in", "home", "replicas={ min: 3, max: 3 }"]) == 0
    shown = "apps/system.yaml: added queue\napps/environments/home.yaml: added queue\n"
    assert capsys.readouterr().out == shown
    settings = load_project(made.root).environments["home"].components["queue"]
    assert settings.replicas == Replicas(min=3, max=3)


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


def test_an_environment_that_cannot_be_written_leaves_no_file(
    project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project()
    opened = Path.open

    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    def full(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if mode != "x":
            return opened(path, mode, *arguments, **options)
        path.touch()
        return Full()

    monkeypatch.setattr(Path, "open", full)
    words = ["add", "environment", "q", "--extends", "home", "--set", "domain=q.example", "--set", "cluster.context=q"]
    assert main([*words, "--project", str(made.root)]) == 2
    assert not made.environment_file("q").exists()
