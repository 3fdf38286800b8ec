"""Somebody else's chart is pinned by digest and delivered beside the system, and others may reach what it offers."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.diff import PARTS, Impact, compare_outputs, is_compared, read_folder
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.chart_release import chart_releases
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.operations.helm import Helm
from quantacirc_cdk.operations.settings import Target
from support.gitops.schemas import schema_errors
from support.kubernetes.manifests import Object, find
from support.made import chart_differences, objects_of, synthesize
from support.project import Project

pytestmark = pytest.mark.integration

DIGEST = "sha256:" + "6f1c8b7a2d4e5f60" * 4
OTHER = "sha256:" + "0123456789abcdef" * 4
CHARTS = f"""\
  search:
    kind: chart
    chart: oci://registry.example/charts/opensearch
    version: 3.2.1
    digest: {DIGEST}
    wave: -2
    values: {{ replicas: 1, security: {{ audit: true, tls: false }} }}
    offers:
      service: opensearch
      ports: [{{ name: http, port: 9200, service_port: 80 }}, {{ name: peers, port: 9300 }}]
      labels: {{ app.kubernetes.io/name: opensearch }}
      secret: search-login
  operator:
    kind: chart
    chart: oci://registry.example/charts/operator
    version: v1.0.0
    digest: {OTHER}
    namespace: operators
    cluster_wide: It brings CustomResourceDefinitions.
"""
SOURCE = "source: { repository: https://git.example/bakery.git }\n"
HERE = "components: { search: { values: { replicas: 3, security: { tls: true, audit: null } } } }\nowners:"


def bakery(project: Project) -> Project:
    """Return the small project with two charts of others, one of which its shop uses."""
    project.replace_in_system("components:\n", f"components:\n{CHARTS}")
    project.replace_in_system("name: bakery\n", f"name: bakery\n{SOURCE}")
    project.replace_in_system("    exposed: true\n", "    exposed: true\n    reaches: [search]\n")
    project.replace_in_environment("home", "owners:", HERE)
    project.replace_in_environment("home", "target: local\n", "target: local\ndelivery: argocd\n")
    return project


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Project:
    project = bakery(Project.small(tmp_path_factory.mktemp("bakery")))
    said.append(synthesize(project))
    return project


def gitops(project: Project, path: str) -> dict[tuple[str, str], dict[str, Any]]:
    text = (project.root / "dist" / "gitops" / path).read_text()
    return {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load_all(text)}


def faults(found: dict[tuple[str, str], dict[str, Any]]) -> list[str]:
    """Return what is wrong by the schemas, which leave the values of a chart open."""
    return [one for one in schema_errors(list(found.values())) if "/values/" not in one and "/valuesObject/" not in one]


@pytest.fixture(scope="module")
def objects(made: Project) -> list[Object]:
    return objects_of(made, "home")


@pytest.mark.slow
def test_its_objects_are_none_of_the_systems(objects: list[Object]) -> None:
    names = {item["metadata"].get("labels", {}).get("app.kubernetes.io/name") for item in objects}
    assert not names & {"search", "operator"}


def test_argo_cd_fetches_it_by_digest_before_the_system(made: Project) -> None:
    found = gitops(made, "argocd/charts/home.yaml")
    assert faults(found) == []
    application = found["Application", "bakery-home-search"]
    source = application["spec"]["source"]
    assert source["repoURL"] == "oci://registry.example/charts/opensearch"
    assert source["targetRevision"] == DIGEST
    assert source["helm"]["valuesObject"] == {"replicas": 3, "security": {"tls": True}}
    assert application["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == "-2"
    assert application["spec"]["destination"] == {"name": "kind-bakery", "namespace": "search"}
    # Nobody else makes the namespace, and CustomResourceDefinitions are too large for client-side apply.
    assert application["spec"]["syncPolicy"]["syncOptions"] == ["CreateNamespace=true", "ServerSideApply=true"]


def test_only_a_chart_that_says_why_makes_objects_of_the_cluster(made: Project) -> None:
    found = gitops(made, "argocd/charts/home.yaml")
    search, operator = (found["AppProject", f"bakery-home-{name}"]["spec"] for name in ("search", "operator"))
    assert search["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace"}]
    assert operator["clusterResourceWhitelist"] == [{"group": "*", "kind": "*"}]
    assert operator["description"] == "It brings CustomResourceDefinitions."


def test_the_root_application_leads_to_it(made: Project) -> None:
    found = gitops(made, "argocd/bootstrap/environments.yaml")
    assert "charts/*.yaml" in found["Application", "bakery-root"]["spec"]["source"]["directory"]["include"]
    allowed = found["AppProject", "bakery-root"]["spec"]["namespaceResourceWhitelist"]
    assert {"group": "argoproj.io", "kind": "Application"} in allowed


def test_flux_fetches_it_by_digest_and_in_turn(made: Project) -> None:
    found = gitops(made, "flux-charts/home/charts.yaml")
    assert faults(found) == []
    assert found["OCIRepository", "bakery-search"]["spec"]["ref"] == {"digest": DIGEST}
    release = found["HelmRelease", "bakery-operator"]["spec"]
    assert release["targetNamespace"] == "operators"
    assert release["dependsOn"] == [{"name": "bakery-search"}]


def test_flux_installs_what_follows_the_system_beside_it(project: Callable[[], Project]) -> None:
    late = bakery(project())
    late.replace_in_system("    wave: -2\n", "    wave: 2\n")
    late.replace_in_environment("home", "delivery: argocd\n", "delivery: argocd\napproval: true\n")
    synthesize(late)
    own, first = gitops(late, "flux/home/bakery.yaml"), gitops(late, "flux-charts/home/charts.yaml")
    assert own["HelmRelease", "bakery-search"]["spec"]["dependsOn"] == [{"name": "bakery-operator"}]
    # With approval, one resumes it; the first ones wait for their Kustomization to be resumed.
    assert own["HelmRelease", "bakery-search"]["spec"]["suspend"] is True
    assert own["Kustomization", "bakery-home-charts"]["spec"]["suspend"] is True
    assert "suspend" not in first["HelmRelease", "bakery-operator"]["spec"]


def test_helm_installs_it_by_digest_with_its_values(
    made: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = tmp_path / "helm"
    recorder.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\n')
    recorder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    project = load_project(made.root)
    site = Site(project.system, project.environments["home"])
    first, second = chart_releases(site)
    assert (first.name, second.name) == ("search", "operator")
    done = Helm(Target.of(site.system, site.environment), made.root).install(first, seconds=60)
    assert done.ok
    words = (tmp_path / "said").read_text().split()
    assert words[:4] == ["--kube-context", "kind-bakery", "--namespace", "search"]
    assert f"oci://registry.example/charts/opensearch@{DIGEST}" in words
    values = Path(words[words.index("--values") + 1])
    assert yaml.safe_load(values.read_text()) == {"replicas": 3, "security": {"tls": True}}


@pytest.mark.slow
def test_a_new_version_is_seen_by_the_comparison(made: Project, tmp_path: Path) -> None:
    before = read_folder(made.root / "dist")
    project = bakery(Project.small(tmp_path))
    project.replace_in_system("version: 3.2.1", "version: 3.3.0")
    synthesize(project)
    report = compare_outputs(before, read_folder(project.root / "dist"))
    found = [(item.place, item.name, finding.impact) for item in report.objects for finding in item.findings]
    assert found == [("home", "ChartRelease search", Impact.UNAVAILABILITY)]


def test_clients_reach_what_it_offers_and_are_told_of_it(objects: list[Object]) -> None:
    egress = find(objects, "NetworkPolicy", "shop")["spec"]["egress"]
    (rule,) = [rule for rule in egress if {"port": 9200, "protocol": "TCP"} in rule["ports"]]
    (peer,) = rule["to"]
    assert peer["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "opensearch"}
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "search"}
    told = find(objects, "ConfigMap", "shop")["data"]
    assert told["BAKERY_SEARCH_URL"] == "http://opensearch.search.svc:80"
    assert (told["BAKERY_SEARCH_HOST"], told["BAKERY_SEARCH_PORT"]) == ("opensearch.search.svc", "80")
    assert told["BAKERY_SEARCH_CREDENTIALS"] == "/etc/secrets/search-login"


def test_compose_leaves_it_out_and_the_chart_is_the_manifests(made: Project, said: list[str]) -> None:
    assert "note: compose (home) has no search: a chart is for a cluster" in said[0]
    assert "search" not in yaml.safe_load((made.root / "dist" / "compose" / "compose.yaml").read_text())["services"]
    assert chart_differences(made) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("chart: oci://registry.example/charts/operator", "chart: https://charts.example", "components.operator.chart"),
        ("    namespace: operators\n", "    namespace: bakery\n", 'a chart in the namespace "bakery"'),
        ("    version: v1.0.0\n", "    version: latest\n", "components.operator.version"),
        ("    digest: " + OTHER, "    digest: sha256:0", "components.operator.digest"),
        ("reaches: [search]", "reaches: [search, operator]", "shop reach operator, which has no `offers`"),
        ("    wave: -2\n", "    reaches: [shop]\n", "`reaches` on a component of kind chart"),
    ],
)
def test_what_cannot_be_delivered_is_refused_with_its_line(
    old: str, new: str, what: str, project: Callable[[], Project]
) -> None:
    bad = bakery(project())
    bad.replace_in_system(old, new)
    with pytest.raises(ModelError) as caught:
        load_project(bad.root)
    assert any(what in str(one) and one.line for one in caught.value.problems), str(caught.value)


def test_a_version_of_an_environment_needs_its_digest(project: Callable[[], Project]) -> None:
    bad = bakery(project())
    bad.replace_in_environment("home", "search: { values:", "search: { version: 3.3.0, values:")
    with pytest.raises(ModelError, match=r"`version` without `digest`.* qcdk pin search --env home"):
        load_project(bad.root)


def test_an_environment_can_have_it_from_elsewhere(project: Callable[[], Project]) -> None:
    has = bakery(project())
    has.replace_in_environment("home", "search: { values:", "search: { installed: false, values:")
    model = load_project(has.root)
    assert [one.name for one in chart_releases(Site(model.system, model.environments["home"]))] == ["operator"]


@pytest.mark.slow
def test_what_compares_outputs_finds_no_change_of_charts_where_there_is_none(
    project: Callable[[], Project], tmp_path: Path
) -> None:
    root = bakery(project()).root
    assert main(["synth", "--project", str(root), "--only", ",".join(PARTS)]) == 0
    page = tmp_path / "page.html"
    assert main(["report", "--project", str(root), "--since", str(root / "dist"), "--destination", str(page)]) == 0
    assert "The output is the same." in page.read_text()
    assert is_compared("operations/home.charts.yaml")
    assert is_compared("operations/home.env")
    assert not is_compared("operations/home-search.values.yaml")
