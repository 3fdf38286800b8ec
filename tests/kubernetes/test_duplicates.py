"""Two objects of one kind and name are refused: one would overwrite the other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.kubernetes import GeneratedService, GeneratedServiceProps, Namespace
from quantacirc_cdk.kubernetes.config_map import ConfigMap
from quantacirc_cdk.kubernetes.engine import cdk8s
from support.kubernetes.synthesis import render
from support.project import Project
from support.unseen import unseen_project

PLAIN = GeneratedServiceProps(name="basket", image="registry.example/basket:1", port=8080, size="small")


def config_map(chart: cdk8s.Chart, id: str, name: str = "settings") -> ConfigMap:
    return ConfigMap(chart, id, name=name, data={"a": "b"}, labels={})


def test_a_second_namespace_of_one_name_names_both_constructs() -> None:
    chart = cdk8s.Testing.chart()
    Namespace(chart, "first", name="shop")
    with pytest.raises(
        PropsError, match=r'^test/second: Namespace "shop" is also that of test/first, expected another'
    ):
        Namespace(chart, "second", name="shop")


def test_an_id_that_is_taken_names_the_construct() -> None:
    chart = cdk8s.Testing.chart()
    Namespace(chart, "same", name="shop")
    with pytest.raises(PropsError, match=r"^test/same: a second construct with this id, expected another id$"):
        Namespace(chart, "same", name="other")
    GeneratedService(chart, "basket", PLAIN)
    with pytest.raises(PropsError, match=r"^test/basket: a second construct with this id, expected another id$"):
        GeneratedService(chart, "basket", PLAIN)


def test_two_services_of_one_name_name_both_constructs() -> None:
    chart = cdk8s.Testing.chart()
    GeneratedService(chart, "one", PLAIN)
    with pytest.raises(PropsError, match=r"^test/two/.*: .* is also that of test/one/"):
        GeneratedService(chart, "two", PLAIN)


def test_other_kinds_and_other_namespaces_are_no_duplicates() -> None:
    app = cdk8s.App(yaml_output_type=cdk8s.YamlOutputType.FILE_PER_CHART)
    chart = cdk8s.Chart(app, "shop", namespace="shop")
    Namespace(chart, "namespace", name="shop")
    config_map(chart, "mine", "shop")
    for kind in ("Service", "Route"):
        cdk8s.ApiObject(
            chart, kind, api_version="serving.knative.dev/v1", kind=kind, metadata=cdk8s.ApiObjectMetadata(name="shop")
        )
    other = cdk8s.Chart(app, "shop-2", namespace="shop")
    config_map(other, "mine", "shop")
    cdk8s.Testing.synth(chart)


def test_an_app_with_a_file_for_each_object_takes_a_name_once_even_in_two_namespaces() -> None:
    app = cdk8s.App(yaml_output_type=cdk8s.YamlOutputType.FILE_PER_RESOURCE)
    config_map(cdk8s.Chart(app, "one", namespace="one"), "settings")
    with pytest.raises(PropsError, match=r'^two/settings: ConfigMap "settings" is also that of one/settings'):
        config_map(cdk8s.Chart(app, "two", namespace="two"), "settings")


def test_charts_in_a_file_each_are_for_clusters_of_their_own() -> None:
    app = cdk8s.App(yaml_output_type=cdk8s.YamlOutputType.FILE_PER_CHART)
    for name in ("dev", "prod"):
        Namespace(cdk8s.Chart(app, name), "namespace", name="shop")


def test_an_object_of_plain_cdk8s_is_seen_when_the_app_is_written(tmp_path: Path) -> None:
    app = cdk8s.App(outdir=str(tmp_path), yaml_output_type=cdk8s.YamlOutputType.FILE_PER_RESOURCE)
    chart = cdk8s.Chart(app, "shop")
    config_map(chart, "mine")
    cdk8s.ApiObject(
        chart, "theirs", api_version="v1", kind="ConfigMap", metadata=cdk8s.ApiObjectMetadata(name="settings")
    )
    with pytest.raises(RuntimeError, match=r'ConfigMap "settings" of shop/theirs is also that of shop/mine'):
        app.synth()
    assert list(tmp_path.iterdir()) == []


def with_component(project: Project, name: str, kind: str = "service") -> Project:
    project.write_system(project.system_file.read_text() + f"  {name}:\n    kind: {kind}\n    image: oven\n")
    return project


@pytest.mark.parametrize(
    ("name", "kind", "other"),
    [
        ("shop-closed", "Service", "traffic/shop/closed (component shop)"),
        ("bus-headless", "Service", "components/bus/headless-service (component bus)"),
        ("default-deny", "NetworkPolicy", "network/default-deny (the system itself)"),
    ],
)
def test_a_component_with_the_name_of_another_s_object_is_refused_in_the_model(
    project: Callable[[], Project], tmp_path: Path, name: str, kind: str, other: str
) -> None:
    made = with_component(project(), name)
    line = made.system_file.read_text().splitlines().index(f"  {name}:") + 1
    with pytest.raises(PropsError) as caught:
        render(made.root, tmp_path / "out")
    place = f'apps/system.yaml:{line}: components.{name}: {kind} "{name}" of '
    said = [str(problem) for problem in caught.value.problems]
    assert any(one.startswith(place) and other in one for one in said), said


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("bus-streams", "service", "is also that of network/bus-streams (component bus), expected names that differ"),
        (
            "bus-credentials",
            "postgresql\n    storage: { size: 1Gi, path: /pg }",
            'Secret "bus-credentials", which the component bus also has, expected names that differ',
        ),
    ],
)
def test_a_component_with_the_name_of_a_job_or_a_secret_of_another_is_refused_with_both(
    project: Callable[[], Project], tmp_path: Path, name: str, kind: str, said: str
) -> None:
    made = with_component(project(), name, kind)
    made.write_system(f"toolbox: oven\nstream_tool: oven\n{made.system_file.read_text()}")
    line = made.system_file.read_text().splitlines().index(f"  {name}:") + 1
    with pytest.raises(PropsError) as caught:
        render(made.root, tmp_path / "out")
    place = f"apps/system.yaml:{line}: components.{name}: "
    problems = [str(problem) for problem in caught.value.problems]
    assert any(one.startswith(place) and one.endswith(said) for one in problems), problems


def test_every_collision_is_reported_at_once(project: Callable[[], Project], tmp_path: Path) -> None:
    made = with_component(with_component(project(), "bus-headless"), "shop-closed")
    with pytest.raises(PropsError) as caught:
        render(made.root, tmp_path / "out")
    assert {problem.key for problem in caught.value.problems} == {"components.bus-headless", "components.shop-closed"}


@pytest.mark.integration
def test_names_of_the_charts_own_constructs_are_free(project: Callable[[], Project], tmp_path: Path) -> None:
    free = ["cluster", "network", "access", "cloud", "components", "secrets", "quota", "limits", "traffic", "hosts"]
    before = len(render(project().root, tmp_path / "before")["home"])
    made = project()
    for name in free:
        with_component(made, name)
    assert len(render(made.root, tmp_path / "out")["home"]) > before + 2 * len(free)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["service", "job", "monitor"])
def test_no_name_that_any_object_has_loses_one(tmp_path: Path, kind: str) -> None:
    def rendered(name: str) -> int:
        made = unseen_project(tmp_path / name / "project", 8)
        text = made.system_file.read_text()
        at = text.index("components:\n") + len("components:\n")
        made.write_system(f"{text[:at]}  {name}:\n    kind: {kind}\n    image: app\n{text[at:]}")
        return sum(len(objects) for objects in render(made.root, tmp_path / name / "out").values())

    base = render(unseen_project(tmp_path / "project", 8).root, tmp_path / "base")
    components = unseen_project(tmp_path / "project", 8).system_file.read_text()
    names = {item["metadata"]["name"] for objects in base.values() for item in objects}
    expected = rendered("a-free-name")
    refused = 0
    for name in sorted(name for name in names if f"  {name}:\n" not in components and "." not in name):
        try:
            assert rendered(name) == expected, name
        except PropsError as error:
            refused += 1
            assert all(problem.file == "apps/system.yaml" and problem.line for problem in error.problems), error  # noqa: PT017
            keys = {problem.key for problem in error.problems}
            # A name that is also that of a construct beside the components' is told by its path.
            assert f"components.{name}" in keys or any(key.endswith(f"/components/{name}") for key in keys), error  # noqa: PT017
    assert refused
