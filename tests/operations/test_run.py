"""How long a run may take and holds the lock, and how it marks and repairs revisions, without a cluster."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from quantacirc_cdk.diff import Impact
from quantacirc_cdk.model import load_project
from quantacirc_cdk.operations import rollback as rollback_module
from quantacirc_cdk.operations.deploy import deploy
from quantacirc_cdk.operations.helm import Revision
from quantacirc_cdk.operations.kubectl import ForbiddenError, OperationError, UnreachableError
from quantacirc_cdk.operations.lock import whoami
from quantacirc_cdk.operations.process import Done
from quantacirc_cdk.operations.release import HalfError, Options, Run, Status, Voice
from quantacirc_cdk.operations.rights import PLATFORM
from quantacirc_cdk.operations.risks import DATA_LOSS, REJECTED, RISKS, Risk
from quantacirc_cdk.operations.rollback import rollback
from quantacirc_cdk.operations.rollout import Baseline
from support.operations.fake_run import Make, revision
from support.project import Project

THREE = (revision(1), revision(2), revision(3, "deployed"))


def test_a_rollback_holds_the_lock_beyond_its_time_and_waits_for_what_is_left_of_it(make: Make) -> None:
    run, fake = make(*THREE, seconds=250)
    assert rollback(run, 1).status is Status.DONE
    assert fake.locked == [600 + 300]
    assert fake.calls[0] == ("rollback", "1", "600")
    assert fake.waited == [350]
    assert fake.baselines == [Baseline(failing=frozenset(["before"]))]


def test_a_rollback_looks_once_where_helm_took_all_the_time(make: Make) -> None:
    run, fake = make(*THREE, seconds=700)
    assert rollback(run, 1).status is Status.DONE
    assert fake.waited == [1]


def test_a_rollback_of_what_somebody_else_has_changed_meanwhile_changes_nothing(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, fake = make(*THREE)
    changes = SimpleNamespace(impact=Impact.NO_OP, objects=[])
    planned = rollback_module.Plan(current=THREE[1], target=THREE[0], changes=changes)
    monkeypatch.setattr(rollback_module, "plan", lambda *_: planned)
    with pytest.raises(OperationError, match="the release has changed meanwhile; nothing was changed"):
        rollback(run, 1)
    assert fake.calls == []


def test_a_rollback_that_is_not_ready_is_half_done_and_keeps_its_undo_file(make: Make, tmp_path: Path) -> None:
    run, fake = make(*THREE, left=[["baker: 0 of 2 pods are ready"]])
    run.options = Options(seconds=600, undo_file=tmp_path / "undo")
    (tmp_path / "undo").write_text("1\n")
    ended = rollback(run, 1)
    assert ended.status is Status.HALF
    assert "revision 1 was restored and is not ready: baker: 0 of 2 pods are ready" in ended.messages[0]
    assert fake.marked == []
    assert (tmp_path / "undo").exists()


def test_a_rollback_by_the_undo_file_marks_what_it_undid_and_removes_the_file(make: Make, tmp_path: Path) -> None:
    run, fake = make(revision(1), revision(2), revision(3), revision(4, "deployed"))
    run.options = Options(seconds=600, undo_file=tmp_path / "undo")
    (tmp_path / "undo").write_text("1\n")
    assert rollback(run, 1).status is Status.DONE
    assert fake.marked == [
        ("v4", "deployment-healthy=4"), ("v2", "deployment-failed=true"), ("v3", "deployment-failed=true"),
    ]  # fmt: skip
    assert not (tmp_path / "undo").exists()


def test_a_deployment_holds_the_lock_for_the_way_back_too_and_waits_for_what_is_left(make: Make) -> None:
    run, fake = make(*THREE, seconds=250)
    assert deploy(run).status is Status.DONE
    assert fake.locked == [2 * 600 + 300]
    assert fake.calls[0] == ("upgrade", "600")
    assert fake.waited == [350]
    assert fake.baselines == [Baseline(failing=frozenset(["before"]))]
    assert fake.marked == [("v4", "deployment-healthy=4")]


def test_a_deployment_that_is_not_ready_goes_back_with_all_its_time_and_excuses_nothing(make: Make) -> None:
    run, fake = make(*THREE, seconds=250, left=[["shop: not ready"], []])
    ended = deploy(run)
    assert ended.status is Status.TAKEN_BACK
    assert fake.calls[:2] == [("upgrade", "600"), ("rollback", "3", "600")]
    assert fake.waited == [350, 600]
    assert fake.baselines[1] == Baseline()
    assert "error: shop: not ready" in fake.said


def test_a_deployment_whose_way_back_is_not_ready_is_half_done(make: Make) -> None:
    run, _ = make(*THREE, left=[["shop: not ready"], ["baker: not ready"]])
    ended = deploy(run)
    assert ended.status is Status.HALF
    assert "revision 3 was restored and is not ready: baker: not ready" in ended.messages[0]


@pytest.mark.parametrize("command", [deploy, lambda run: rollback(run, 1)])
def test_a_change_that_needs_approval_is_asked_for_first(make: Make, command: Callable[[Run], Any]) -> None:
    run, fake = make(*THREE)
    asked: list[str] = []
    run.target = SimpleNamespace(**{**vars(run.target), "approval": True})  # type: ignore[assignment]
    run.voice = Voice(confirm=lambda question: bool(asked.append(question)))
    with pytest.raises(OperationError, match="not confirmed; nothing was changed"):
        command(run)
    assert (len(asked), fake.calls, fake.locked) == (1, [], [])
    run.voice = Voice(confirm=lambda _: True)
    assert command(run).status is Status.DONE


# What a run does about revisions


def test_what_a_failed_run_leaves_is_marked_but_for_what_is_there_now(make: Make) -> None:
    run, fake = make(revision(1), revision(2), revision(3), revision(4, "deployed"))
    run.mark_failed(1)
    assert fake.marked == [("v2", "deployment-failed=true"), ("v3", "deployment-failed=true")]


@pytest.mark.parametrize(("status", "marked"), [("pending-upgrade", ["v2"]), ("deployed", [])])
def test_only_a_revision_that_helm_has_not_finished_is_marked_as_abandoned(
    make: Make, status: str, marked: list[str]
) -> None:
    run, fake = make(revision(1), revision(2, status))
    run.mark_abandoned()
    assert [number for number, _ in fake.marked] == marked


def test_only_a_mark_with_its_own_number_makes_a_revision_ready(make: Make) -> None:
    """helm copies the labels of a revision to the next."""
    run, _ = make(*THREE, labels={"deployment-healthy": {1: "1", 2: "1", 3: "3"}})
    assert run.healthy() == {1, 3}


def test_migrations_are_numbers(make: Make) -> None:
    run, _ = make(*THREE, labels={"database-migration": {1: "7", 2: "x"}})
    assert run.migrations() == {1: 7}


@pytest.mark.parametrize(
    ("status", "age", "lease", "failed", "found"),
    [
        ("pending-upgrade", 60, None, {}, True),
        ("pending-upgrade", 119, None, {}, True),
        ("pending-upgrade", 130, None, {}, False),  # whoever made it has left it
        ("pending-upgrade", 60, {"spec": {}}, {}, False),  # the lock says whether its holder still runs
        ("pending-upgrade", 60, None, {2: "true"}, False),  # marked by the run that gave it up
        ("deployed", 60, None, {}, False),
    ],
)
def test_another_helm_may_be_at_work_on_a_young_revision_that_is_not_finished(
    make: Make, status: str, age: float, lease: dict[str, Any] | None, failed: dict[int, str], found: bool
) -> None:
    run, fake = make(revision(1), revision(2, status, age=age), lease=lease, labels={"deployment-failed": failed})
    risks = run.pending_risks(fake.revisions)
    assert [risk.name for risk in risks] == (["pending"] if found else [])
    assert run.pending_risks([]) == []


def test_what_was_never_finished_goes_back_to_what_was_ready_before(make: Make) -> None:
    run, fake = make(revision(1), revision(2), revision(3, "pending-upgrade"), labels={"deployment-healthy": {1: "1"}})
    run.repair(fake.revisions)
    assert fake.calls == [("rollback", "1", "600")]
    assert fake.said == ["revision 3 was never finished: rolling back to 1 first"]


def test_a_first_revision_that_was_never_finished_is_forgotten_whole(make: Make) -> None:
    run, fake = make(revision(1, "failed"), revision(2, "pending-install"))
    run.repair(fake.revisions)
    secrets = ("sh.helm.release.v1.bakery.v1", "sh.helm.release.v1.bakery.v2")
    assert fake.calls == [("delete", "secret", "--ignore-not-found", *secrets)]


def test_a_revision_that_is_finished_is_not_repaired(make: Make) -> None:
    run, fake = make(*THREE)
    run.repair(fake.revisions)
    run.repair([])
    assert fake.calls == []


def test_what_cannot_be_repaired_is_told(make: Make) -> None:
    run, fake = make(revision(1), revision(2, "pending-upgrade"), answer=Done(status=1, out="", error="Error: no"))
    with pytest.raises(HalfError, match=r"the unfinished revision 2 could not be repaired: .*no.*helm .* history"):
        run.repair(fake.revisions)


def test_the_undo_file_names_what_ran_before(make: Make, tmp_path: Path) -> None:
    run, _ = make(*THREE)
    run.options = Options(undo_file=tmp_path / "undo")
    run.remember(THREE[2])
    assert (tmp_path / "undo").read_text() == "3\n"
    run.remember(None)
    assert (tmp_path / "undo").read_text() == "none\n"
    run.forget()
    run.forget()
    assert not (tmp_path / "undo").exists()


def test_what_runs_is_unknown_while_the_cluster_is_silent(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run, fake = make(revision(1, "deployed"), revision(2, "failed"))
    found = run.running()
    assert found is not None
    assert found.number == 1

    def silent() -> list[Revision]:
        raise UnreachableError("no answer")

    monkeypatch.setattr(fake, "history", silent)
    assert run.running() is None
    run.mark_failed(1)
    run.mark_abandoned()
    assert fake.marked == []


@pytest.mark.parametrize(
    ("risks", "problems", "accepted", "said"),
    [
        ([], [], [], []),
        ([], ["no rights"], list(RISKS), ["no rights"]),
        ([Risk(name=DATA_LOSS, what="a claim")], [], [], ["a claim (to accept: --accept data-loss)"]),
        ([Risk(name=DATA_LOSS, what="a claim")], [], [DATA_LOSS], []),
        ([Risk(name=DATA_LOSS, what="a claim")], ["no rights"], [DATA_LOSS], ["no rights"]),
        (
            [Risk(name=DATA_LOSS, what="a claim"), Risk(name=REJECTED, what="a field")],
            [],
            [REJECTED],
            ["a claim (to accept: --accept data-loss)"],
        ),
    ],
)
def test_every_problem_and_every_risk_that_was_not_accepted_refuses(
    make: Make, risks: list[Risk], problems: list[str], accepted: list[str], said: list[str]
) -> None:
    run, _ = make(*THREE)
    run.options = Options(accepted=accepted)
    if not said:
        run.refuse_unless_accepted(risks, problems)
        return
    with pytest.raises(OperationError) as refused:
        run.refuse_unless_accepted(risks, problems)
    assert [str(problem) for problem in refused.value.problems] == said


def test_a_risk_that_does_not_exist_cannot_be_accepted(tmp_path: Path) -> None:
    project = load_project(Project.small(tmp_path / "project").root)
    with pytest.raises(OperationError, match='--accept: no risk "data-lost", expected one of data-loss, recreate'):
        Run(project, "home", Options(accepted=["data-lost", DATA_LOSS]), Voice(), "test")


def test_helm_is_told_what_it_compares_with(make: Make) -> None:
    """helm takes the deployed revision, or after a failure the newest: both are changed before it looks."""
    run, _ = make(revision(1), revision(2, "deployed"), revision(3, "failed"))
    assert run._compared() == {2, 3}
    run, _ = make(revision(1, "failed"))
    assert run._compared() == {1}


@pytest.mark.parametrize("platform", [True, False])
def test_objects_of_the_platform_leave_the_record_of_helm_before_a_release_without_them(
    make: Make, monkeypatch: pytest.MonkeyPatch, platform: bool
) -> None:
    run, _ = make(revision(1), revision(2, "deployed"))
    run.options = Options(platform=platform)
    kept: dict[int, list[Any]] = {}
    items = [{"kind": kind} for kind in ("Namespace", "Deployment", "Role")]

    def rewrite(_: Any, number: int, change: Callable[[Any], Any]) -> None:
        kept[number] = [one["kind"] for one in items if change(one) is not None]

    monkeypatch.setattr("quantacirc_cdk.operations.release.rewrite", rewrite)
    run.disown_platform()
    assert kept == ({} if platform else {2: [one["kind"] for one in items if one["kind"] not in PLATFORM]})
    assert "Deployment" not in PLATFORM


@pytest.mark.parametrize("answer", [None, ForbiddenError("configmaps is forbidden")])
def test_the_record_of_a_run_says_who_did_what_and_a_log_that_cannot_be_written_is_told(
    make: Make, monkeypatch: pytest.MonkeyPatch, answer: Exception | None
) -> None:
    run, fake = make(*THREE)
    monkeypatch.undo()
    written: list[Any] = []

    def write(_: Any, entry: Any) -> None:
        if answer:
            raise answer
        written.append(entry)

    monkeypatch.setattr("quantacirc_cdk.operations.release.record.write", write)
    changes: Any = SimpleNamespace(impact=Impact.DATA_LOSS, objects=[1, 2])
    entry = run.write_record(
        "deployed", revision=4, before=3, version="1.0.0", changes=changes, message="revision 4 is deployed"
    )
    assert (entry.command, entry.environment, entry.context) == ("test", "home", "kind-bakery")
    assert (entry.outcome, entry.revision, entry.before, entry.version) == ("deployed", 4, 3, "1.0.0")
    assert (entry.impact, entry.changed, entry.message) == ("data-loss", 2, "revision 4 is deployed")
    assert entry.by == whoami()
    assert entry.started <= entry.finished
    if answer:
        assert fake.said == ["warning: this is not in the log: configmaps is forbidden"]
    else:
        assert (written, fake.said) == ([entry], [])


def test_the_lock_is_long_enough_for_all_charts(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run, fake = make(revision(1))
    charts = [SimpleNamespace(wave=wave, cluster_wide="", name="a", version="1.0.0") for wave in (-2, -1, 1)]
    monkeypatch.setattr("quantacirc_cdk.operations.release.chart_releases", lambda _: charts)
    monkeypatch.setattr(fake, "has", lambda _: True, raising=False)
    assert deploy(run).status is Status.DONE
    assert fake.locked == [(2 + 3) * 600 + 300]
    assert fake.said.count("a 1.0.0 is unchanged") == 3
