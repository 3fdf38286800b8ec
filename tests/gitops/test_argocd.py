"""From one applied file Argo CD reaches every environment, and each object of it once."""

import copy
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.gitops.applications import VARIANTS
from quantacirc_cdk.model import load_project
from quantacirc_cdk.synth import synthesize
from support.gitops.argocd import Walk
from support.helm.helm import template
from support.project import Project
from support.tools import ROOT
from support.unseen import unseen_project

pytestmark = pytest.mark.slow

Json = dict[str, Any]
Start = Callable[[str], Walk]

DELIVERED = {
    name: environment
    for name, environment in load_project(ROOT).environments.items()
    if environment.delivery != "manual"
}


def by_environment(walk: Walk) -> dict[str, Json]:
    return {item["metadata"]["labels"]["environment"]: item for item in walk.applications}


def identity(item: Json) -> tuple[str, str, str, str]:
    metadata = item["metadata"]
    return item["apiVersion"].partition("/")[0], item["kind"], metadata.get("namespace", ""), metadata["name"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_root_makes_a_project_for_each_environment_and_one_set(walk: Start, variant: str) -> None:
    walked = walk(variant)
    kinds = Counter(item["kind"] for item in walked.children)
    assert kinds == {"AppProject": len(DELIVERED), "ApplicationSet": 1, "ConfigMap": 2}
    assert walked.root["metadata"]["name"] == "quantacirc-root"


@pytest.mark.parametrize("variant", ["environments", "helm"])
def test_each_delivered_environment_has_one_application(walk: Start, variant: str) -> None:
    found = by_environment(walk(variant))
    assert len(walk(variant).applications) == len(found)
    assert found.keys() == DELIVERED.keys()
    for name, application in found.items():
        assert application["metadata"]["name"] == f"quantacirc-{name}"
        assert application["spec"]["project"] == f"quantacirc-{name}"
        assert application["spec"]["destination"]["name"] == DELIVERED[name].cluster.context


def test_every_object_is_in_exactly_one_application(walk: Start, checkout: Path) -> None:
    walked = walk("environments")
    placed = Counter(
        (application["spec"]["destination"]["name"], *identity(item))
        for application in walked.applications
        for item in walked.objects(application)
    )
    assert len(placed) > 200
    assert [place for place, count in placed.items() if count > 1] == []
    written = sum(
        len(list(yaml.safe_load_all(path.read_text())))
        for name in DELIVERED
        for path in (checkout / "dist" / "kubernetes" / name).rglob("*.yaml")
    )
    assert len(placed) == written


@pytest.mark.parametrize("variant", ["environments", "clusters"])
def test_a_project_allows_what_its_application_deploys(walk: Start, variant: str) -> None:
    walked = walk(variant)
    for application in walked.applications:
        spec, project = application["spec"], walked.projects[application["spec"]["project"]]["spec"]
        assert spec["source"]["repoURL"] in project["sourceRepos"]
        allowed = {
            (item["group"], item["kind"])
            for item in (*project["clusterResourceWhitelist"], *project["namespaceResourceWhitelist"])
        }
        cluster_wide = {(item["group"], item["kind"]) for item in project["clusterResourceWhitelist"]}
        for item in walked.objects(application):
            group = item["apiVersion"].rpartition("/")[0]
            assert (group, item["kind"]) in allowed, item["metadata"]["name"]
            namespace = item["metadata"].get("namespace")
            assert (namespace is None) == ((group, item["kind"]) in cluster_wide)
            if namespace:
                assert any(
                    place["namespace"] == namespace and _matches(spec["destination"]["name"], place["name"])
                    for place in project["destinations"]
                ), f"{item['kind']}/{item['metadata']['name']} in {namespace}"


def _matches(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def test_the_projects_allow_no_other_environment_and_nothing_everywhere(walk: Start) -> None:
    for name in DELIVERED:
        spec = walk("environments").projects[f"quantacirc-{name}"]["spec"]
        assert "*" not in str(spec["sourceRepos"]) + str(spec["namespaceResourceWhitelist"])
        assert all(place["name"].startswith(DELIVERED[name].cluster.context) for place in spec["destinations"])
        assert spec["orphanedResources"]["warn"] is True


def test_only_what_needs_no_approval_is_synced_by_itself(walk: Start) -> None:
    found = by_environment(walk("environments"))
    automated = {name for name, item in found.items() if "automated" in item["spec"]["syncPolicy"]}
    assert automated == {"dev"}
    assert found["dev"]["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    for item in (*found.values(), walk("environments").root):
        assert set(item["spec"]["syncPolicy"]["syncOptions"]) == {
            "ApplyOutOfSyncOnly=true",
            "CreateNamespace=false",
            "PruneLast=true",
            "RespectIgnoreDifferences=true",
            "ServerSideApply=true",
        }
    for item in found.values():  # the patch replaces nothing else
        assert item["spec"]["syncPolicy"]["retry"]["limit"] == 5
        assert "ServerSideApply=true" in item["spec"]["syncPolicy"]["syncOptions"]


@pytest.mark.parametrize("variant", ["environments", "clusters"])
def test_only_replicas_that_an_autoscaler_sets_may_differ(walk: Start, variant: str) -> None:
    walked = walk(variant)
    for application in walked.applications:
        objects = walked.objects(application)
        free = {
            item["metadata"]["name"]
            for item in objects
            if item["kind"] == "Deployment" and "replicas" not in item["spec"]
        }
        assert free
        ignored = [item for item in application["spec"]["ignoreDifferences"] if item["group"] != "*"]
        assert {item["name"] for item in ignored} == free
        # Without the option, the difference is not shown, and the next sync resets the number all the same.
        assert "RespectIgnoreDifferences=true" in application["spec"]["syncPolicy"]["syncOptions"]
        assert {(item["group"], item["kind"], *item["jsonPointers"]) for item in ignored} == {
            ("apps", "Deployment", "/spec/replicas")
        }


def test_windows_hold_for_people_too(tmp_path: Path) -> None:
    made = unseen_project(tmp_path / "project")
    windows = '[{ schedule: "0 9 * * 1-4", hours: 8, time_zone: Europe/Berlin }]'
    made.replace_in_environment("north", "domain:", f"delivery: argocd\nchange_windows: {windows}\ndomain:")
    made.replace_in_environment("bench", "target:", "change_windows: null\ntarget:")
    synthesize(made.root, out=tmp_path / "out", only=["gitops"])
    folder = tmp_path / "out" / "gitops" / "argocd" / "projects"
    projects = {name: yaml.safe_load((folder / f"{name}.yaml").read_text()) for name in ("north", "bench")}
    assert projects["north"]["spec"]["syncWindows"] == [
        {
            "kind": "allow",
            "schedule": "0 9 * * 1-4",
            "duration": "8h",
            "timeZone": "Europe/Berlin",
            "applications": ["*"],
            "manualSync": False,
        }
    ]
    assert "syncWindows" not in projects["bench"]["spec"]


def test_roles_may_do_nothing_in_other_projects(walk: Start) -> None:
    for name, project in walk("environments").projects.items():
        for role in project["spec"].get("roles", []):
            for policy in role["policies"]:
                kind, who, what, action, where, effect = [part.strip() for part in policy.split(",")]
                assert (kind, what, effect) == ("p", "applications", "allow")
                assert who == f"proj:{name}:{role['name']}"
                assert where == f"{name}/*"
                assert action in ("get", "sync")


def test_each_cluster_of_an_environment_has_an_application(walk: Start) -> None:
    found = {item["metadata"]["name"]: item["spec"]["destination"]["name"] for item in walk("clusters").applications}
    assert found == {
        "quantacirc-dev-quantacirc-dev": "quantacirc-dev",
        "quantacirc-prod-quantacirc-prod": "quantacirc-prod",
        "quantacirc-prod-quantacirc-prod-b": "quantacirc-prod-b",
    }


def test_the_chart_is_read_with_the_values_of_the_environment(walk: Start, checkout: Path) -> None:
    for name, application in by_environment(walk("helm")).items():
        source = application["spec"]["source"]
        assert source["path"] == "dist/helm/quantacirc"
        assert source["helm"] == {"releaseName": "quantacirc", "valueFiles": [f"values-{name}.yaml"]}
        assert (checkout / source["path"] / "Chart.yaml").is_file()
        assert (checkout / source["path"] / f"values-{name}.yaml").is_file()


def test_owners_are_told(walk: Start) -> None:
    settings = {item["metadata"]["name"]: item["data"] for item in walk("environments").children if "data" in item}
    told = settings["argocd-notifications-cm"]
    for name, application in by_environment(walk("environments")).items():
        subscriptions = application["metadata"]["annotations"]
        assert len(subscriptions) == 3
        for key, owners in subscriptions.items():
            event = key.removeprefix("notifications.argoproj.io/subscribe.").removesuffix(".email")
            assert owners.split(";") == DELIVERED[name].owners
            [trigger] = yaml.safe_load(told[f"trigger.{event}"])
            assert trigger["send"] == [event]
            assert {"email", "message"} <= yaml.safe_load(told[f"template.{event}"]).keys()


def test_slack_channels_of_an_environment_are_told_beside_its_owners(checkout: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(checkout, tmp_path / "changed")
    root = tmp_path / "project"
    shutil.copytree(ROOT / "apps", root / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    with (root / "apps" / "environments" / "prod.yaml").open("a") as file:
        file.write("\nnotifications: { slack: [deployments, on_call] }\n")
    shutil.rmtree(changed / "dist" / "gitops")
    synthesize(root, out=changed / "dist", only=["gitops"])
    found = by_environment(Walk(changed, "environments"))
    for name, application in found.items():
        subscriptions = application["metadata"]["annotations"]
        channels = {key: value for key, value in subscriptions.items() if key.endswith(".slack")}
        assert len(subscriptions) - len(channels) == 3
        events = ("on-deployed", "on-health-degraded", "on-sync-failed")
        wanted = {f"notifications.argoproj.io/subscribe.{event}.slack": "deployments;on_call" for event in events}
        assert channels == (wanted if name == "prod" else {})


def deployed_by_helm(folder: Path) -> None:
    """Write a small project, which Helm deploys, and its output into a folder."""
    project = Project.small(folder)
    project.replace_in_system(
        "name: bakery\n", "name: bakery\nsource: { repository: https://git.example/bakery.git }\n"
    )
    project.replace_in_environment("home", "domain:", "delivery: helm\ndomain:")
    synthesize(project.root, out=folder / "dist", only=["gitops", "helm", "kubernetes"])


def test_an_application_that_nothing_scales_or_syncs_keeps_the_spec_of_the_template(tmp_path: Path) -> None:
    """A patch with an empty `spec` would delete it."""
    deployed_by_helm(tmp_path)
    for variant in ("environments", "helm"):
        (application,) = Walk(tmp_path, variant).applications
        assert application["spec"]["destination"]["namespace"] == "bakery"
        assert "automated" not in application["spec"]["syncPolicy"]
        if variant == "helm":
            assert "ignoreDifferences" not in application["spec"]


def test_what_helm_deploys_differs_from_the_manifests_in_nothing_that_argo_cd_shows(tmp_path: Path) -> None:
    deployed_by_helm(tmp_path)
    walk = Walk(tmp_path, "environments")
    (application,) = walk.applications
    (ignored,) = application["spec"]["ignoreDifferences"]
    assert (ignored["group"], ignored["kind"]) == ("*", "*")
    assert "RespectIgnoreDifferences=true" in application["spec"]["syncPolicy"]["syncOptions"]

    def compared(objects: Iterable[Json]) -> dict[tuple[str, str], Json]:
        found = {(item["kind"], item["metadata"]["name"]): copy.deepcopy(item) for item in objects}
        for item in found.values():
            for pointer in ignored["jsonPointers"]:
                *parents, last = [part.replace("~1", "/") for part in pointer.split("/")[1:]]
                place: Json | None = item
                for part in parents:
                    place = (place or {}).get(part)
                if place is not None:
                    place.pop(last, None)
        return found

    values = tmp_path / "dist" / "helm" / "bakery" / "values-home.yaml"
    deployed = compared(template(values.parent, "--values", values, name="bakery", namespace="bakery"))
    shown = compared(walk.objects(application))
    assert deployed.keys() & shown.keys() >= {("Deployment", "baker"), ("StatefulSet", "bus"), ("Service", "shop")}
    for key in deployed.keys() & shown.keys():
        assert deployed[key] == shown[key]


def test_an_environment_that_is_gone_is_seen_and_nothing_is_deleted(checkout: Path, tmp_path: Path) -> None:
    """The set keeps the application, which says that its path is gone; the root does not prune the project."""
    changed = shutil.copytree(checkout, tmp_path / "changed")
    root = tmp_path / "project"
    shutil.copytree(ROOT / "apps", root / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "apps" / "environments" / "prod.yaml").unlink()
    shutil.rmtree(changed / "dist" / "gitops")
    shutil.rmtree(changed / "dist" / "kubernetes" / "prod")
    synthesize(root, out=changed / "dist", only=["gitops"])
    before, after = Walk(checkout, "environments"), Walk(changed, "environments")
    assert by_environment(before).keys() - by_environment(after).keys() == {"prod"}
    [kept] = [item for item in after.children if item["kind"] == "ApplicationSet"]
    assert kept["spec"]["syncPolicy"] == {"preserveResourcesOnDeletion": True, "applicationsSync": "create-update"}
    assert after.root["spec"]["syncPolicy"]["automated"] == {"prune": False, "selfHeal": True}
    with pytest.raises(AssertionError, match="dist/kubernetes/prod does not exist"):
        after.objects(by_environment(before)["prod"])


def test_a_new_environment_file_gives_its_application_and_nothing_else(tmp_path: Path) -> None:
    made = unseen_project(tmp_path / "project")
    synthesize(made.root, out=tmp_path / "before", only=["gitops"])
    made.write_environment("south", "extends: bench\ndomain: south.plant.example\ncluster: { context: plant-south }\n")
    synthesize(made.root, out=tmp_path / "after", only=["gitops"])
    before, after = (
        {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "before", tmp_path / "after")
    )
    assert after - before == {"gitops/argocd/projects/south.yaml", "gitops/flux/south/plant.yaml"}
    sets = yaml.safe_load((tmp_path / "after" / "gitops" / "argocd" / "applications" / "environments.yaml").read_text())
    elements = {item["environment"]: item for item in sets["spec"]["generators"][0]["list"]["elements"]}
    assert elements["south"]["cluster"] == "plant-south"
    assert elements["south"]["automated"] is False


def test_without_a_repository_there_is_nothing_to_fetch(tmp_path: Path) -> None:
    made = unseen_project(tmp_path / "project")
    text = made.system_file.read_text()
    data = yaml.safe_load(text)
    del data["source"]
    made.write_system(yaml.safe_dump(data))
    assert synthesize(made.root, out=tmp_path / "out", only=["gitops"]).files == {"gitops": 0}
