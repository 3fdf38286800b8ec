"""What is looked at before a release is changed, in which order, and what of it refuses the change."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations import deploy as deploy_module
from quantacirc_cdk.operations import rollback as rollback_module
from quantacirc_cdk.operations.kubectl import OperationError
from quantacirc_cdk.operations.release import Options, Run, Voice
from quantacirc_cdk.operations.risks import Risk
from support.operations.fake_run import revision
from support.project import Project

CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "crumbs"}, "spec": {}}
CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "menu"}, "data": {"a": "1"}}
HISTORY = [revision(1), revision(2), revision(3, "deployed")]


class Release:
    """A release, the manifests of its revisions, and every question that was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.revisions = list(HISTORY)
        self.manifests: dict[int, list[dict[str, Any]]] = {}
        self.labels: dict[str, dict[int, str]] = {"deployment-healthy": {one: str(one) for one in (1, 2, 3)}}
        self.root, self.target = Path(), SimpleNamespace(chart="", release="bakery")
        self.shown: list[Any] = []
        self.said: list[str] = []

    def history(self) -> Any:
        self.asked.append("history")
        return self.revisions

    def manifest(self, number: int) -> Any:
        self.asked.append(f"manifest {number}")
        return self.manifests.get(number, [CONFIG])

    def labels_of_revisions(self, label: str) -> Any:
        return self.labels.get(label, {})

    def get(self, *_: str) -> None:
        return None


@pytest.fixture
def release() -> Release:
    return Release()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: Release) -> Run:
    """Return a run whose checks only say that they were asked."""
    made = Run(load_project(Project.small(tmp_path / "project").root), "home", Options(), Voice(), "test")
    made.helm = made.kubectl = release  # type: ignore[assignment]
    made.voice = Voice(say=release.said.append, show=release.shown.append)
    made.commit = "abc"
    for module in (deploy_module, rollback_module):
        for name in [one for one in vars(module) if one.startswith("check_")]:
            monkeypatch.setattr(module, name, lambda *_, name=name, **__: release.asked.append(name))
    monkeypatch.setattr(deploy_module, "rendered", lambda *_: release.manifests.get(0, [CONFIG]))
    monkeypatch.setattr(deploy_module, "signature_problems", lambda *_: [])
    return made


def finds(monkeypatch: pytest.MonkeyPatch, module: Any, check: str, **found: list[str]) -> None:
    """Let a check find something."""

    def checked(*arguments: Any, **_: Any) -> None:
        for name, values in found.items():
            getattr(arguments[-1], name).extend(values)

    monkeypatch.setattr(module, check, checked)


def refusal(plan: Callable[[], Any]) -> list[str]:
    with pytest.raises(OperationError) as refused:
        plan()
    return [str(problem) for problem in refused.value.problems]


def test_a_deployment_looks_at_the_programs_and_the_context_before_it_sends_anything(
    run: Run, release: Release
) -> None:
    deploy_module.plan(run)
    assert release.asked[:6] == [
        "check_programs", "check_chart", "check_context", "check_window", "check_cluster", "history",
    ]  # fmt: skip
    assert set(release.asked[6:]) == {
        "manifest 3", "check_kinds", "check_rights", "check_quota", "check_limits",
        "check_with_server", "check_images",
    }  # fmt: skip
    (changes,) = release.shown
    assert (changes.before, changes.after) == ("revision 3", "the chart")


def test_a_rollback_looks_at_the_programs_and_the_context_before_it_sends_anything(run: Run, release: Release) -> None:
    planned = rollback_module.plan(run, None)
    assert release.asked[:4] == ["check_programs", "check_context", "check_cluster", "history"]
    assert {"manifest 3", "manifest 2", "check_rights"} <= set(release.asked)
    assert (planned.current.number, planned.target.number) == (3, 2)
    (changes,) = release.shown
    assert (changes.before, changes.after) == ("revision 3", "revision 2")


def test_there_is_nothing_to_roll_back_where_nothing_is_deployed(run: Run, release: Release) -> None:
    release.revisions = []
    assert refusal(lambda: rollback_module.plan(run, None)) == ["bakery is not deployed to kind-bakery"]


@pytest.mark.parametrize("check", ["check_kinds", "check_rights", "check_quota", "check_images"])
def test_each_check_of_a_deployment_can_refuse_it(
    run: Run, release: Release, monkeypatch: pytest.MonkeyPatch, check: str
) -> None:
    finds(monkeypatch, deploy_module, check, problems=[f"{check} says no"])
    assert refusal(lambda: deploy_module.plan(run)) == [f"{check} says no"]
    # The API would say the same in other words, object by object.
    assert ("check_with_server" in release.asked) is (check == "check_images")


def test_rights_can_refuse_a_rollback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    finds(monkeypatch, rollback_module, "check_rights", problems=["no rights"])
    assert refusal(lambda: rollback_module.plan(run, None)) == ["no rights"]


def test_an_unsigned_image_and_what_the_api_rejects_refuse_a_deployment(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy_module, "signature_problems", lambda *_: ["not signed"])
    finds(monkeypatch, deploy_module, "check_with_server", rejected=["is invalid"])
    found = refusal(lambda: deploy_module.plan(run))
    assert sorted(found) == ["is invalid (to accept: --accept rejected)", "not signed"]


@pytest.mark.parametrize(
    ("plan", "before", "after"),
    [(deploy_module.plan, 3, 0), (lambda run: rollback_module.plan(run, None), 3, 2)],
    ids=["deploy", "rollback"],
)
def test_a_claim_that_goes_must_be_accepted(
    run: Run, release: Release, plan: Callable[[Run], Any], before: int, after: int
) -> None:
    release.manifests = {before: [CONFIG, CLAIM], after: [CONFIG]}
    (said,) = refusal(lambda: plan(run))
    assert said.startswith("PersistentVolumeClaim crumbs: ")
    assert said.endswith("(to accept: --accept data-loss)")
    run.options = Options(accepted=["data-loss"])
    plan(run)
    release.manifests = {before: [CONFIG], after: [CONFIG, CLAIM]}
    run.options = Options()
    plan(run)


@pytest.mark.parametrize("module", [deploy_module, rollback_module])
def test_a_risk_of_a_component_must_be_accepted(run: Run, monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    monkeypatch.setattr(module, "component_risks", lambda *_: [Risk(name="recreate", what="the store")])
    plan = deploy_module.plan if module is deploy_module else lambda run: rollback_module.plan(run, None)
    assert refusal(lambda: plan(run)) == ["the store (to accept: --accept recreate)"]


def test_software_that_is_older_than_the_tables_must_be_accepted(run: Run, release: Release) -> None:
    release.labels["database-migration"] = {1: "3", 2: "3", 3: "4"}
    (said,) = refusal(lambda: rollback_module.plan(run, None))
    assert "migration 4 has run, this revision knows migration 3 (to accept: --accept database-migration)" in said
    (said,) = refusal(lambda: deploy_module.plan(run))
    assert "migration 4 has run, this revision has no migration" in said


@pytest.mark.parametrize("module", [deploy_module, rollback_module])
def test_another_helm_at_work_must_be_accepted(run: Run, release: Release, module: Any) -> None:
    release.revisions.append(revision(4, "pending-upgrade", age=5))
    plan = deploy_module.plan if module is deploy_module else lambda run: rollback_module.plan(run, None)
    (said,) = refusal(lambda: plan(run))
    assert said.startswith("revision 4 is pending-upgrade since ")
    assert said.endswith("(to accept: --accept pending)")


def test_an_environment_that_argo_cd_applies_is_changed_in_git(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "settings", run.settings.model_copy(update={"delivery": "argocd"}))
    assert refusal(lambda: deploy_module.plan(run)) == [
        "Argo CD deploys home: commit and push instead (to accept: --accept argocd)"
    ]


@pytest.mark.parametrize(("commit", "said"), [("abc", []), ("abc-dirty", [True]), (None, [])])
def test_a_chart_that_is_in_no_commit_is_told(run: Run, release: Release, commit: str | None, said: list[bool]) -> None:
    run.commit = commit
    deploy_module.plan(run)
    assert [one.endswith("has changes that are in no commit") for one in release.said] == said


def test_without_the_platform_its_objects_are_not_compared(run: Run, release: Release) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bakery"}}
    release.manifests = {3: [CONFIG, namespace], 0: [CONFIG]}
    (said,) = refusal(lambda: deploy_module.plan(run))
    assert said.startswith("Namespace bakery: ")
    run.options = Options(platform=False)
    deploy_module.plan(run)


def test_the_first_deployment_is_compared_with_nothing(run: Run, release: Release) -> None:
    release.revisions = []
    planned = deploy_module.plan(run)
    assert planned.changes.before == "nothing"
    assert [str(one.name) for one in planned.changes.objects] == ["ConfigMap menu"]
