"""Flux reads an environment's own folder and nothing else."""

import re
import subprocess
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.synth import synthesize
from support.gitops.argocd import read
from support.gitops.schemas import schema_errors
from support.project import Project
from support.tools import ROOT

pytestmark = pytest.mark.integration

ENVIRONMENTS = load_project(ROOT).environments
DELIVERED = [name for name, environment in ENVIRONMENTS.items() if environment.delivery != "manual"]


@pytest.mark.parametrize("name", DELIVERED)
def test_each_environment_has_its_folder(checkout: Path, name: str) -> None:
    [source, kustomization] = read(checkout / "dist" / "gitops" / "flux" / name / "quantacirc.yaml")
    spec = kustomization["spec"]
    assert spec["sourceRef"] == {"kind": source["kind"], "name": source["metadata"]["name"]}
    assert (checkout / spec["path"]).is_dir()
    assert (spec["prune"], spec["wait"]) == (True, True)
    assert spec["suspend"] is (name != "dev")


@pytest.mark.parametrize("name", DELIVERED)
def test_only_that_folder_is_unpacked(checkout: Path, name: str, tmp_path: Path) -> None:
    """The patterns are those of a ``.gitignore``, so Git says what they leave."""
    [source, _] = read(checkout / "dist" / "gitops" / "flux" / name / "quantacirc.yaml")
    (tmp_path / ".gitignore").write_text(source["spec"]["ignore"])
    wanted = {f"dist/kubernetes/{name}/a.yaml", f"dist/kubernetes/{name}/b/c.yaml"}
    for path in wanted | {"README.md", "dist/helm/Chart.yaml", f"dist/kubernetes/{name}x/a.yaml", "dist/kubernetes/d"}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    command = ["git", "ls-files", "--others", "--exclude-standard"]
    left = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()
    assert set(left) == wanted


def test_each_slack_channel_is_told_by_a_provider_with_a_token_from_a_secret(tmp_path: Path) -> None:
    project = Project.small(tmp_path)
    told = "notifications: { slack: [deployments, on_call] }\ndelivery: argocd\napproval: false\n"
    file = project.environment_file("home")
    file.write_text(f"{file.read_text()}\n{told}")
    project.replace_in_system(
        "name: bakery\n", "name: bakery\nsource: { repository: https://git.example/bakery.git }\n"
    )
    synthesize(project.root, out=tmp_path / "out", only=["kubernetes", "gitops"])
    objects = read(tmp_path / "out" / "gitops" / "flux" / "home" / "bakery.yaml")
    assert schema_errors(objects) == []
    providers = {one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "Provider"}
    assert [spec["channel"] for spec in providers.values()] == ["deployments", "on_call"]
    assert all(spec["secretRef"] == {"name": "bakery-slack"} for spec in providers.values())
    kustomization = next(one["metadata"]["name"] for one in objects if one["kind"] == "Kustomization")
    alerts = [one["spec"] for one in objects if one["kind"] == "Alert"]
    assert [alert["providerRef"]["name"] for alert in alerts] == list(providers)
    assert all(alert["eventSources"] == [{"kind": "Kustomization", "name": kustomization}] for alert in alerts)


@pytest.mark.parametrize(
    ("source", "url", "secret"),
    [
        ("repository: git@git.example:shop/bakery.git", "ssh://git@git.example/shop/bakery.git", "bakery-git"),
        ("repository: git@git.example:/srv/bakery.git", "ssh://git@git.example/srv/bakery.git", "bakery-git"),
        ("repository: ssh://git@git.example:2222/b.git", "ssh://git@git.example:2222/b.git", "bakery-git"),
        ("repository: git@git.example:b.git, secret: key", "ssh://git@git.example/b.git", "key"),
        ("repository: https://git.example/b.git, secret: login", "https://git.example/b.git", "login"),
        ("repository: https://git.example/b.git", "https://git.example/b.git", None),
    ],
)
def test_a_private_repository_has_a_url_and_a_secret(source: str, url: str, secret: str | None, tmp_path: Path) -> None:
    project = Project.small(tmp_path)
    project.replace_in_system("name: bakery\n", f"name: bakery\nsource: {{ {source} }}\n")
    synthesize(project.root, out=tmp_path / "out", only=["kubernetes", "gitops", "report"])
    objects = read(tmp_path / "out" / "gitops" / "flux" / "home" / "bakery.yaml")
    assert schema_errors(objects) == []
    spec = next(one["spec"] for one in objects if one["kind"] == "GitRepository")
    # https://github.com/fluxcd/source-controller/blob/main/api/v1/gitrepository_types.go
    assert re.match("^(http|https|ssh)://.*$", spec["url"])
    assert (spec["url"], spec.get("secretRef")) == (url, {"name": secret} if secret else None)
    page = tmp_path / "out" / "report" / "prerequisites.md"
    assert (page.exists() and f"Secret {secret}" in page.read_text()) is bool(secret)
    (application, *_) = [
        one
        for one in read(tmp_path / "out" / "gitops" / "argocd" / "bootstrap" / "environments.yaml")
        if one["kind"] == "Application"
    ]
    assert application["spec"]["source"]["repoURL"] in source


@pytest.mark.parametrize("address", ["git@git.example/b.git", "git@:b.git", "https://me:word@git.example/b.git"])
def test_an_address_that_flux_cannot_fetch_is_refused(address: str, tmp_path: Path) -> None:
    project = Project.small(tmp_path)
    project.replace_in_system("name: bakery\n", f"name: bakery\nsource: {{ repository: '{address}' }}\n")
    with pytest.raises(ModelError, match=r"apps/system.yaml:2: source.repository: found"):
        load_project(project.root)


@pytest.mark.parametrize(
    ("windows", "suspended"), [("", False), ("change_windows: [{ schedule: 0 9 * * 1-4, hours: 8 }]", True)]
)
def test_change_windows_suspend_it_because_flux_has_none(tmp_path: Path, windows: str, *, suspended: bool) -> None:
    project = Project.small(tmp_path)
    project.replace_in_system("name: bakery", "name: bakery\nsource: { repository: https://git.example/bakery.git }")
    project.replace_in_environment("home", "owners:", f"delivery: argocd\napproval: false\n{windows}\nowners:")
    synthesize(tmp_path, out=tmp_path / "out", only=["kubernetes", "gitops"])
    [_, kustomization] = read(tmp_path / "out" / "gitops" / "flux" / "home" / "bakery.yaml")
    assert kustomization["spec"]["suspend"] is suspended


def test_two_environments_of_a_cluster_have_two_sources(tmp_path: Path) -> None:
    project = Project.small(tmp_path / "bakery")
    project.replace_in_system(
        "name: bakery\n", "name: bakery\nsource: { repository: https://git.example/bakery.git }\n"
    )
    project.replace_in_environment("home", "domain:", "delivery: helm\ndomain:")
    project.write_environment("qa", "extends: home\nnamespace: bakery-qa\ndomain: qa.example\n")
    synthesize(project.root, out=tmp_path / "dist", only=["gitops", "kubernetes"])
    found = [
        (item["kind"], item["metadata"]["name"])
        for path in (tmp_path / "dist" / "gitops" / "flux").glob("*/*.yaml")
        for item in read(path)
    ]
    assert len(found) == len(set(found)) == 4
