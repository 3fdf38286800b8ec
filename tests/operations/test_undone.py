"""A rollback that is interrupted, fails or was asked for by a file says where the release stands."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from quantacirc_cdk.operations.kubectl import OperationError, UnreachableError
from quantacirc_cdk.operations.process import Done
from quantacirc_cdk.operations.release import HalfError, Options, Status
from quantacirc_cdk.operations.rollback import rollback, undone
from support.operations.fake_run import Make, revision

THREE = (revision(1), revision(2), revision(3, "deployed"))


def test_a_rollback_that_is_interrupted_while_helm_works_is_half_done(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, fake = make(*THREE[:2], revision(3, "pending-rollback"))

    def interrupted(*_: object, **__: object) -> Done:
        raise KeyboardInterrupt

    monkeypatch.setattr(fake, "roll_back", interrupted)
    ended = rollback(run, 1)
    assert ended.status is Status.HALF
    assert "the rollback was not completed: interrupted" in ended.messages[0]
    assert fake.marked == [("v3", "deployment-failed=true")]


def test_a_rollback_that_is_interrupted_while_it_waits_is_complete(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run, fake = make(*THREE)

    def interrupted() -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "rollout", lambda *_: SimpleNamespace(wait=interrupted))
    ended = rollback(run, 1)
    assert ended.status is Status.INTERRUPTED
    assert "interrupted: revision 1 was restored, and nobody waited for it" in ended.messages[0]
    assert "to undo: qcdk rollback home 3" in ended.messages[0]
    assert fake.marked == []


@pytest.mark.parametrize("error", [UnreachableError("no answer"), RuntimeError("a fault of ours")])
def test_a_rollback_says_where_it_stands_whatever_happens(
    make: Make, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    run, fake = make(*THREE)

    def fails(*_: object, **__: object) -> Done:
        raise error

    monkeypatch.setattr(fake, "roll_back", fails)
    ended = rollback(run, 1)
    assert ended.status is Status.HALF
    assert str(error) in ended.messages[0]
    assert "to go on once the cluster answers: qcdk rollback home 1" in ended.messages[0]


def test_a_helm_that_refuses_a_rollback_is_heard(make: Make) -> None:
    run, fake = make(*THREE, answer=Done(status=1, out="", error="Error: no such revision"))
    ended = rollback(run, 1)
    assert ended.status is Status.HALF
    assert "no such revision" in ended.messages[0]
    assert fake.waited == []


@pytest.mark.parametrize(("text", "number"), [("7\n", 7), (" 12 ", 12)])
def test_the_undo_file_says_which_revision_ran(make: Make, tmp_path: Path, text: str, number: int) -> None:
    run, _ = make(*THREE)
    run.options = Options(undo_file=tmp_path / "undo")
    assert undone(run, None) is None
    (tmp_path / "undo").write_text(text)
    assert undone(run, None) == number
    with pytest.raises(OperationError, match="revision 3 with --undo-file, expected one of the two"):
        undone(run, 3)


def test_a_first_revision_cannot_be_undone(make: Make, tmp_path: Path) -> None:
    run, _ = make(*THREE)
    run.options = Options(undo_file=tmp_path / "undo")
    run.remember(None)
    with pytest.raises(HalfError, match="the first revision of bakery was not completed and there is none to go back"):
        undone(run, None)
    assert undone(make(*THREE)[0], None) is None
