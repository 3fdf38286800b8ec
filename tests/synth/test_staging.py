"""The output is replaced whole, and only the parts that a run names."""

import contextlib
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import OutputError
from quantacirc_cdk.synth.staging import differences, failures_explained, publish, staging
from quantacirc_cdk.synth.swap import put_in_place, recover


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def read(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def nobody_waits() -> None:
    pytest.fail("the lock was held")


def test_a_first_run_creates_the_output(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "dist"
    with staging(out, nobody_waits) as stage:
        write(stage.folder, {"a/1": "x"})
        assert publish(stage, out, ["a"])
    assert read(out) == {"a/1": "x"}
    assert sorted(path.name for path in out.parent.iterdir()) == ["dist"]


def test_replaced_parts_lose_stale_files_and_others_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write(out, {"a/dev/1": "old", "a/dev/stale": "old", "a/prod/1": "kept", "images.json": "kept"})
    with staging(out, nobody_waits) as stage:
        write(stage.folder, {"a/dev/1": "new"})
        assert publish(stage, out, ["a/dev"])
    assert read(out) == {"a/dev/1": "new", "a/prod/1": "kept", "images.json": "kept"}


def test_a_process_that_still_tidies_up_its_temporary_files_is_in_nobodys_way(tmp_path: Path) -> None:
    out, done = tmp_path / "dist", threading.Event()

    def tidy(scratch: Path) -> None:
        while not done.is_set():
            for number in range(50):
                (scratch / str(number)).mkdir(exist_ok=True)
            for number in range(50):
                (scratch / str(number)).rmdir()

    for run in range(10):
        with staging(out, nobody_waits) as stage:
            write(stage.folder, {"a/1": str(run), ".scratch/x": ""})
            busy = threading.Thread(target=suppressed(tidy), args=(stage.folder / ".scratch",))
            busy.start()
            try:
                assert publish(stage, out, ["a"])
            finally:
                done.set()
                busy.join()
                done.clear()
        assert read(out) == {"a/1": str(run)}
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def suppressed(action: Callable[[Path], None]) -> Callable[[Path], None]:
    def run(path: Path) -> None:
        with contextlib.suppress(OSError):
            action(path)

    return run


def test_equal_output_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write(out, {"a/1": "same"})
    inode = out.stat().st_ino
    with staging(out, nobody_waits) as stage:
        write(stage.folder, {"a/1": "same"})
        assert not publish(stage, out, ["a"])
    assert out.stat().st_ino == inode


def test_differences_name_added_changed_and_removed_files(tmp_path: Path) -> None:
    write(tmp_path / "old", {"a/same": "1", "a/changed": "1", "a/removed": "1", "b/other": "1"})
    write(tmp_path / "new", {"a/same": "1", "a/changed": "2", "a/added": "1"})
    assert differences(tmp_path / "new", tmp_path / "old", ["a"]) == ["a/added", "a/changed", "a/removed"]


def test_a_failure_inside_leaves_the_output_and_no_litter(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write(out, {"a/1": "old"})
    with pytest.raises(RuntimeError):  # noqa: PT012, SIM117 - the failure is inside the block that is tested
        with staging(out, nobody_waits) as stage:
            write(stage.folder, {"a/1": "half"})
            raise RuntimeError
    assert read(out) == {"a/1": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def test_what_a_killed_run_left_behind_is_cleared(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write(out, {"a/1": "old"})
    write(tmp_path / ".dist.new-killed", {"a/1": "half"})
    with staging(out, nobody_waits) as stage:
        assert list(stage.folder.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def test_a_kill_between_two_renames_is_mended(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write(tmp_path / ".dist.old", {"a/1": "old"})
    recover(out, tmp_path / ".dist.old")
    assert read(out) == {"a/1": "old"}


def test_without_an_atomic_exchange_two_renames_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quantacirc_cdk.synth.swap._exchange", lambda *_: False)
    write(tmp_path / "new", {"1": "new"})
    write(tmp_path / "dist", {"1": "old"})
    put_in_place(tmp_path / "new", tmp_path / "dist", tmp_path / "discarded")
    assert read(tmp_path / "dist") == {"1": "new"}
    assert read(tmp_path / "discarded") == {"1": "old"}


def test_two_runs_take_turns(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    waited, order = threading.Event(), []

    def second() -> None:
        with staging(out, waited.set) as stage:
            order.append("second")
            write(stage.folder, {"a/1": "second"})
            publish(stage, out, ["a"])

    thread = threading.Thread(target=second)
    with staging(out, nobody_waits) as stage:
        thread.start()
        assert waited.wait(10)
        write(stage.folder, {"a/1": "first"})
        publish(stage, out, ["a"])
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert read(out) == {"a/1": "second"}


def test_a_read_only_output_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write(out, {"a/1": "old"})
    out.chmod(0o555)
    try:
        with pytest.raises(OutputError, match="the folder is read-only"), staging(out, nobody_waits):
            pass
    finally:
        out.chmod(0o755)


@pytest.mark.parametrize("kind", ["file", "link"])
def test_an_output_that_is_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "dist"
    out.write_text("") if kind == "file" else out.symlink_to(tmp_path)
    with pytest.raises(OutputError, match="expected a folder"), staging(out, nobody_waits):
        pass


@pytest.mark.parametrize(
    ("code", "said"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "no permission")],
)
def test_a_failed_write_says_why_and_that_nothing_changed(code: int, said: str) -> None:
    with pytest.raises(OutputError, match=f"{said}.*nothing was changed"), failures_explained(Path("dist")):
        raise OSError(code, os.strerror(code))
