"""The chart with an environment's values is that environment, object by object; nothing differs undeclared."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.helm.settings import camel
from quantacirc_cdk.model import Project
from support.helm.helm import RELEASES, by_name, handed_over, run, template
from support.kubernetes.manifests import ENVIRONMENTS, read_folder
from support.tools import ROOT

pytestmark = pytest.mark.slow

MANIFESTS = ROOT / "dist" / "kubernetes"


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_chart_renders_exactly_the_manifests(chart: Path, project: Project, environment: str, release: str) -> None:
    values = chart / f"values-{environment}.yaml"
    namespace = project.environments[environment].namespace or project.system.name
    rendered = by_name(
        template(chart, "--values", values, name=project.system.name, namespace=namespace, release=release)
    )
    committed = by_name(handed_over(read_folder(MANIFESTS / environment)))
    assert sorted(rendered) == sorted(committed)
    for key, item in committed.items():
        assert rendered[key] == item, f"{key} differs"


@pytest.mark.parametrize("release", RELEASES)
def test_lint_has_nothing_to_say(chart: Path, release: str) -> None:
    for values in (chart / "values.yaml", *sorted(chart.glob("values-*.yaml"))):
        done = run("lint", "--strict", chart, "--values", values, release=release)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "0 chart(s) failed" in done.stdout


def changed(manifests: Path, out: Path, environment: str, change: tuple[str, str]) -> str:
    """Copy the manifests, change one line in a Deployment of one environment, and return its name."""
    shutil.copytree(manifests, out)
    path = next(path for path in sorted((out / environment).glob("Deployment.*.yaml")))
    text = path.read_text(encoding="utf-8")
    assert re.search(change[0], text)
    path.write_text(re.sub(change[0], change[1], text, count=1), encoding="utf-8")
    return str(yaml.safe_load(text)["metadata"]["name"])


def test_a_difference_that_nothing_declares_is_a_parameter_of_its_own_with_both_values(
    project: Project, tmp_path: Path
) -> None:
    grown = ("revisionHistoryLimit: [0-9]+", "revisionHistoryLimit: 77")
    name = changed(MANIFESTS, tmp_path / "kubernetes", ENVIRONMENTS[0], grown)
    derived = system_chart(project, tmp_path / "kubernetes").derived()
    (parameter,) = [each for each in derived.parameters if each.undeclared]
    assert parameter.path == f"{camel(name)}.deployment.revisionHistoryLimit"
    assert derived.found[ENVIRONMENTS[0]][parameter.path] == 77
    assert {derived.found[name][parameter.path] for name in ENVIRONMENTS[1:]} < set(range(77))


def test_an_object_that_only_one_environment_has_gets_a_switch(project: Project, tmp_path: Path) -> None:
    shutil.copytree(MANIFESTS, tmp_path / "kubernetes")
    stray = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: stray\n  namespace: stray\n"
    (tmp_path / "kubernetes" / ENVIRONMENTS[-1] / "ConfigMap.stray.k8s.yaml").write_text(stray, encoding="utf-8")
    derived = system_chart(project, tmp_path / "kubernetes").derived()
    (parameter,) = [each for each in derived.parameters if each.undeclared]
    assert parameter.path == "stray.configMap.enabled"
    assert {name: found["stray.configMap.enabled"] for name, found in derived.found.items()} == {
        name: name == ENVIRONMENTS[-1] for name in ENVIRONMENTS
    }


def test_the_chart_has_the_same_bytes_every_time(chart: Path, project: Project, tmp_path: Path) -> None:
    system_chart(project, MANIFESTS).write(tmp_path / "chart")
    files = {path.relative_to(chart): path.read_bytes() for path in chart.rglob("*") if path.is_file()}
    again = {
        path.relative_to(tmp_path / "chart"): path.read_bytes()
        for path in (tmp_path / "chart").rglob("*")
        if path.is_file()
    }
    assert again == files
