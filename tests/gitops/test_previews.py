"""Argo CD runs each pull request with the label in a namespace that it cannot leave, and deletes both together."""

import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.helm.preview import preview_host
from quantacirc_cdk.kubernetes.reachability import connections, pods
from quantacirc_cdk.manifests import cluster_scoped
from quantacirc_cdk.model import load_project
from quantacirc_cdk.synth import synthesize
from support.gitops.argocd import Walk, read
from support.gitops.schemas import schema_errors
from support.kubernetes import published
from support.kubernetes.schemas import NEWEST, errors
from support.project import ENVIRONMENT, SYSTEM, Project

pytestmark = pytest.mark.slow

Json = dict[str, Any]

STORES = """\
  ledger:
    kind: postgresql
    image: oven
    storage: { size: 1Gi, path: /data }
  files:
    kind: object-store
    image: oven
    storage: { size: 1Gi, path: /data }
"""
DIGEST = f"sha256:{7:064x}"
TRIAL = """\
delivery: argocd
approval: false
previews: { label: preview, secret: bakery-requests }
"""


def request(number: int, **other: Any) -> Json:
    """Return a pull request as the generator describes it."""
    sha = f"{number:040x}"
    known = {"title": "{{ fail }}", "branch": "x", "target_branch": "main", "author": "a", "labels": ["preview"]}
    return {"number": str(number), "head_sha": sha, "head_short_sha": sha[:8], **known, **other}


REQUESTS = [
    request(1),
    request(12, labels=["bug", "preview"]),
    request(13, labels=["bug"]),
    request(14, target_branch="release"),
    request(15, target_branch="main-2"),
]


def bakery(root: Path, previews: str = TRIAL, repository: str = "https://github.com/bakers/bakery.git") -> Project:
    """Return a project with the environments ``trial``, which has previews, and ``home``, which extends it."""
    project = Project.small(root)
    source = f"name: bakery\nsource: {{ repository: {repository!r} }}\n"
    system = SYSTEM.replace("name: bakery\n", source, 1).replace("[shop]", "[shop, ledger, files]") + STORES
    routed = "exposed: true\n    routes: { more: { subdomains: [api], hosts: [www.bakers.example] } }"
    project.write_system(system.replace("exposed: true", routed))
    images = f"images: {{ oven: {{ tag: 1.0.0, digest: {DIGEST!r} }} }}"
    environment = ENVIRONMENT.replace("version: 1.0.0", f"version: 1.0.0, {images}")
    addons = "  addons: { prometheus_operator: true, keda: true }\nowners"
    project.write_environment("trial", environment.replace("owners", addons) + previews)
    project.write_environment(
        "home",
        "extends: trial\nshares: [trial]\napproval: false\ndomain: home.example\ncluster: { context: kind-home }\n",
    )
    return project


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bakery")
    synthesize(bakery(root / "project").root, out=root / "dist", only=["kubernetes", "helm", "gitops"])
    return root


@pytest.fixture(scope="module")
def walk(checkout: Path) -> Walk:
    return Walk(checkout, "environments", requests=REQUESTS)


@pytest.fixture(scope="module")
def applications(walk: Walk) -> dict[str, Json]:
    return {item["metadata"]["name"]: item for item in walk.applications}


@pytest.fixture(scope="module")
def objects(walk: Walk, applications: dict[str, Json]) -> dict[str, list[Json]]:
    """Return the objects of each application."""
    return {name: walk.objects(application) for name, application in applications.items()}


def test_each_request_with_the_label_against_the_deployed_branch_has_a_preview(applications: dict[str, Json]) -> None:
    assert applications.keys() == {
        "bakery-home",
        "bakery-trial",
        *(f"bakery-trial-pr-{number}{end}" for number in (1, 12) for end in ("", "-namespace")),
    }


def test_the_request_decides_about_its_chart_and_not_about_its_namespace(applications: dict[str, Json]) -> None:
    sources = {name: item["spec"]["source"] for name, item in applications.items()}
    assert sources["bakery-trial-pr-12"]["targetRevision"] == f"{12:040x}"
    assert sources["bakery-trial-pr-12"]["path"] == "dist/helm/bakery"
    assert sources["bakery-trial-pr-12-namespace"]["targetRevision"] == "main"
    assert {name: item["spec"]["project"] for name, item in applications.items() if "-pr-" in name} == {
        name: "bakery-trial-preview-namespaces" if name.endswith("namespace") else "bakery-trial-previews"
        for name in applications
        if "-pr-" in name
    }


def test_a_preview_is_deleted_with_its_request(walk: Walk, objects: dict[str, list[Json]]) -> None:
    sets = [
        item for item in walk.children if item["kind"] == "ApplicationSet" and "-preview" in item["metadata"]["name"]
    ]
    assert len(sets) == 2
    # The defaults: applications follow the requests, and their objects are deleted with them.
    assert all("syncPolicy" not in item["spec"] for item in sets)
    [namespace] = [item for item in objects["bakery-trial-pr-1-namespace"] if item["kind"] == "Namespace"]
    assert "annotations" not in namespace["metadata"]
    everything = [*objects["bakery-trial-pr-1"], *objects["bakery-trial-pr-1-namespace"]]
    assert "Delete=" not in str(everything)
    assert "helm.sh/resource-policy" not in str(everything)


def test_no_object_belongs_to_two_applications(applications: dict[str, Json], objects: dict[str, list[Json]]) -> None:
    """Neither to two previews, nor to a preview and the environment beside it."""
    placed = Counter(
        (applications[name]["spec"]["destination"]["name"], item["apiVersion"], item["kind"],
         item["metadata"].get("namespace"), item["metadata"]["name"])
        for name, found in objects.items()
        for item in found
    )  # fmt: skip
    assert len(placed) > 150
    assert [place for place, count in placed.items() if count > 1] == []


def test_a_project_allows_exactly_what_a_preview_has(
    walk: Walk, applications: dict[str, Json], objects: dict[str, list[Json]]
) -> None:
    for name, application in applications.items():
        assert [item for item in objects[name] if not walk.permitted(application, item)] == [], name
    own, beside = applications["bakery-trial-pr-1"], objects["bakery-trial"]
    shop = next(item for item in objects["bakery-trial-pr-1"] if item["kind"] == "Deployment")
    elsewhere = {**shop, "metadata": {**shop["metadata"], "namespace": "bakery"}}
    assert walk.permitted(own, shop)
    assert not walk.permitted(own, elsewhere)
    kinds = ("Namespace", "PriorityClass", "ResourceQuota", "LimitRange", "PrometheusRule", "ServiceMonitor")
    for kind in kinds:
        item = next(item for item in beside if item["kind"] == kind)
        stolen = {**item, "metadata": {**item["metadata"], "namespace": "bakery-pr-1"}}
        assert not walk.permitted(own, stolen), kind


def test_every_object_of_a_preview_is_in_its_namespace(objects: dict[str, list[Json]]) -> None:
    for number in (1, 12):
        assert {item["metadata"]["namespace"] for item in objects[f"bakery-trial-pr-{number}"]} == {
            f"bakery-pr-{number}"
        }
        found = objects[f"bakery-trial-pr-{number}-namespace"]
        names = {item["metadata"].get("namespace") or item["metadata"]["name"] for item in found}
        assert all(name.startswith(f"bakery-pr-{number}") for name in names), names
        assert "namespace: bakery\n" not in yaml.safe_dump_all(objects[f"bakery-trial-pr-{number}"])


def test_the_namespace_has_the_rules_and_limits_of_the_environment(objects: dict[str, list[Json]]) -> None:
    beside = {(item["kind"], item["metadata"]["name"]): item for item in objects["bakery-trial"]}
    found = {item["kind"]: item for item in objects["bakery-trial-pr-1-namespace"]}
    assert found["Namespace"]["metadata"]["name"] == "bakery-pr-1"
    labels = found["Namespace"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert labels["bakery.preview-of"] == "trial"
    for kind in ("ResourceQuota", "LimitRange"):
        assert found[kind]["spec"] == beside[kind, "bakery"]["spec"]
    classes = {item["metadata"]["name"] for item in objects["bakery-trial-pr-1-namespace"] if cluster_scoped(item)}
    used = {
        template["spec"]["priorityClassName"]
        for item in objects["bakery-trial-pr-1"]
        if (template := (item.get("spec") or {}).get("template")) and item["kind"] in ("Deployment", "StatefulSet")
    }
    assert used
    assert used <= classes


def test_hosts_are_those_of_the_preview(objects: dict[str, list[Json]]) -> None:
    found = {
        host
        for item in objects["bakery-trial-pr-12"]
        if item["kind"] == "HTTPRoute"
        for host in item["spec"]["hostnames"]
    }
    assert found == {"pr-12.bakery.example", "pr-12-api.bakery.example", "pr-12.www.bakers.example"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("shop.example", "pr-1.shop.example"),
        ("api.shop.example", "pr-1-api.shop.example"),
        ("*.shop.example", "*.pr-1.shop.example"),
        ("*.apps.shop.example", "*.pr-1-apps.shop.example"),
        ("workshop.example", "pr-1.workshop.example"),
    ],
)
def test_a_host_stays_in_its_domain(host: str, expected: str) -> None:
    assert preview_host("pr-1", "shop.example", host) == expected
    assert preview_host("", "shop.example", host) == host


def test_a_preview_alerts_nobody(objects: dict[str, list[Json]]) -> None:
    monitors = {item["kind"] for item in objects["bakery-trial"] if item["apiVersion"].startswith("monitoring.")}
    assert {"PrometheusRule", "ServiceMonitor"} <= monitors
    for name in ("bakery-trial-pr-1", "bakery-trial-pr-1-namespace"):
        assert not any(item["apiVersion"].startswith("monitoring.") for item in objects[name])
        assert "grafana_dashboard" not in str(objects[name])


def test_no_connection_leads_from_one_namespace_to_another(objects: dict[str, list[Json]]) -> None:
    everything: list[Json] = []
    for name in ("bakery-trial", "bakery-trial-pr-1", "bakery-trial-pr-12"):
        everything += [*objects[name], *objects.get(f"{name}-namespace", [])]
    ends = pods(everything)
    named = [type(end)(**{**vars(end), "name": f"{end.namespace}/{end.name}"}) for end in ends]
    found = connections(everything, named)
    by_namespace = {
        name: {one for one in found if one.source.startswith(f"{name}/")} for name in ("bakery", "bakery-pr-1")
    }
    assert len(by_namespace["bakery"]) == len(by_namespace["bakery-pr-1"]) == 5
    assert [one for one in found if one.source.split("/")[0] != one.target.split("/")[0]] == []


def test_images_are_the_released_ones_or_those_of_the_commit(objects: dict[str, list[Json]], tmp_path: Path) -> None:
    def images(found: list[Json]) -> set[str]:
        return {
            container["image"]
            for item in found
            if item["kind"] in ("Deployment", "StatefulSet")
            for container in item["spec"]["template"]["spec"]["containers"]
        }

    assert f"registry.bakery.example/oven:1.0.0@{DIGEST}" in images(objects["bakery-trial-pr-12"])
    project = bakery(tmp_path / "project", TRIAL.replace("preview,", "preview, images: commit,"))
    synthesize(project.root, out=tmp_path / "dist", only=["kubernetes", "helm", "gitops"])
    walk = Walk(tmp_path, "environments", requests=[request(1, head_sha="abcdef0123456789")])
    own = [item for item in walk.applications if item["spec"]["project"] == "bakery-trial-previews"]
    expected = {"registry.bakery.example/oven:abcdef012345", "docker.io/library/nats:2.11"}
    assert {image for image in images(walk.objects(own[0])) if "exporter" not in image} == expected


def test_every_object_is_valid(checkout: Path, walk: Walk, objects: dict[str, list[Json]]) -> None:
    for name in ("bakery-trial-pr-1", "bakery-trial-pr-1-namespace"):
        native = [item for item in objects[name] if "." not in item["apiVersion"].partition("/")[0]]
        assert [error for item in native for error in errors(item, NEWEST)] == []
    written = read(checkout / "dist" / "gitops" / "argocd" / "previews" / "trial.yaml")
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    found = [*written, *(head | item for item in walk.applications)]
    assert schema_errors(found) == []


def test_they_are_as_argo_cd_publishes_them(checkout: Path) -> None:
    written = read(checkout / "dist" / "gitops" / "argocd" / "previews" / "trial.yaml")
    assert Counter(item["kind"] for item in written) == {"AppProject": 2, "ApplicationSet": 2}
    assert list(published.errors(written)) == []


def test_an_environment_that_extends_one_with_previews_has_none(checkout: Path) -> None:
    assert [path.name for path in (checkout / "dist" / "gitops" / "argocd" / "previews").iterdir()] == ["trial.yaml"]
    assert [path.name for path in (checkout / "dist" / "gitops" / "previews").iterdir()] == ["trial"]


def test_without_previews_the_chart_has_no_values_for_them(tmp_path: Path) -> None:
    project = bakery(tmp_path / "project", TRIAL.partition("previews")[0])
    synthesize(project.root, out=tmp_path / "dist", only=["kubernetes", "helm", "gitops"])
    assert "preview" not in (tmp_path / "dist" / "helm" / "bakery" / "values.yaml").read_text()
    texts = [path.read_text() for path in (tmp_path / "dist" / "helm" / "bakery" / "templates").rglob("*.*")]
    assert not any("preview" in text for text in texts)
    assert not (tmp_path / "dist" / "gitops" / "previews").exists()


@pytest.mark.parametrize(
    ("repository", "previews", "expected"),
    [
        (
            "git@github.com:bakers/bakery.git",
            "label: preview",
            {"github": {"owner": "bakers", "repo": "bakery", "labels": ["preview"]}},
        ),
        (
            "https://gitlab.com/bakers/tools/bakery.git",
            "label: 'area/preview', secret: token",
            {
                "gitlab": {
                    "project": "bakers/tools/bakery",
                    "pullRequestState": "opened",
                    "labels": ["area/preview"],
                    "tokenRef": {"secretName": "token", "key": "token"},
                }
            },
        ),
        (
            "ssh://git@git.bakery.example:2222/bakers/bakery",
            "label: preview, host: github",
            {
                "github": {
                    "owner": "bakers",
                    "repo": "bakery",
                    "labels": ["preview"],
                    "api": "https://git.bakery.example/",
                }
            },
        ),
    ],
)
def test_requests_are_found_where_the_repository_is(
    tmp_path: Path, repository: str, previews: str, expected: Json
) -> None:
    project = bakery(tmp_path / "project", TRIAL.partition("previews")[0] + f"previews: {{ {previews} }}\n", repository)
    synthesize(project.root, out=tmp_path / "dist", only=["kubernetes", "gitops"])
    written = read(tmp_path / "dist" / "gitops" / "argocd" / "previews" / "trial.yaml")
    for item in written[2:]:
        [generator] = item["spec"]["generators"]
        assert expected.items() <= generator["pullRequest"].items()


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "what", "expected"),
    [
        ("trial", "delivery: argocd", "delivery: helm", "previews", "with the delivery helm", "delivery: argocd"),
        ("trial", "approval: false", "approval: true", "previews", "need an approval", "approval: false"),
        ("trial", "secret:", "host: gitlab, secret:", "previews.host", "gitlab as the software of github.com", "none"),
        ("trial", "label: preview", "label: 'a,b'", "previews.label", 'found "a,b"', "the name of a label such as"),
        (
            "trial",
            "domain:",
            f"namespace: {'x' * 53}\ndomain:",
            "previews",
            "of 53 characters",
            "at most 52 characters",
        ),
        ("system", "github.com", "git.bakery.example", "previews", "whose software is unknown", "github or gitlab"),
        ("system", "bakers/bakery", "bakery", "previews", 'the repository "bakery" of github', "owner/name"),
        ("system", "source: {", "# {", "previews", "without a repository", "`source` in the system"),
        (
            "home",
            "extends",
            "namespace: bakery-pr-3\nextends",
            "previews",
            'environment "home"',
            "another name",
        ),
    ],
)
def test_an_environment_that_can_have_no_previews_is_refused(
    tmp_path: Path, file: str, old: str, new: str, key: str, what: str, expected: str
) -> None:
    project = bakery(tmp_path)
    if file == "home":
        project.replace_in_environment("home", "kind-home", "kind-bakery")
    path = project.system_file if file == "system" else project.environment_file(file)
    path.write_text(path.read_text().replace(old, new, 1))
    problem = only_problem(project)
    assert problem.key == key
    assert what in problem.what
    assert expected in problem.expected
    lines = project.environment_file("trial").read_text().splitlines()
    assert problem.file.endswith("trial.yaml")
    assert lines[problem.line - 1].startswith("previews:")


def test_a_store_that_previews_would_share_is_refused_with_its_line(tmp_path: Path) -> None:
    project = bakery(tmp_path)
    outside = "components:\n  ledger: { provider: existing, existing: { cidrs: [10.1.0.0/24], secret: login } }\n"
    path = project.environment_file("trial")
    path.write_text(path.read_text() + outside)
    problem = only_problem(project)
    assert (problem.key, problem.line) == ("components.ledger", len(path.read_text().splitlines()))
    assert 'the existing store "ledger", which all previews would share with "trial"' in problem.what
    assert problem.expected == "provider: embedded, or no `previews`"


def test_previews_in_a_cloud_are_refused(tmp_path: Path) -> None:
    project = bakery(tmp_path)
    project.replace_in_environment("trial", "target: local", "target: aws")
    with pytest.raises(ModelError) as caught:
        load_project(tmp_path)
    assert any("previews in aws" in problem.what for problem in caught.value.problems)


def test_two_environments_with_previews_in_one_namespace_are_refused(tmp_path: Path) -> None:
    project = bakery(tmp_path)
    project.write_environment("two", "extends: trial\ndomain: two.example\nshares: [trial]\n" + TRIAL)
    problem = only_problem(project)
    assert problem.key == "previews"
    assert 'those of the environment "trial"' in problem.what
    assert problem.file.endswith("two.yaml")


def only_problem(project: Project) -> Any:
    """Return the only problem of a project."""
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    problems = caught.value.problems
    assert len(problems) == 1, [str(problem) for problem in itertools.islice(problems, 5)]
    return problems[0]
