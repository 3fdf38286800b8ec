"""The output is replaced whole, and only the parts that a run names."""

import contextlib
import ctypes
import errno
import os
import shutil
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from quantacirc_cdk.errors import OutputError
from quantacirc_cdk.synth import staging as staging_module
from quantacirc_cdk.synth.comparison import compare, refuse_edited
from quantacirc_cdk.synth.ownership import MARKER, sha256, write_listing
from quantacirc_cdk.synth.staging import failures_explained, publish, staging
from quantacirc_cdk.synth.swap import put_in_place
from support.tools import unavailable


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def write_output(folder: Path, files: dict[str, str]) -> None:
    """Write files as an earlier run would have, with its marker."""
    write(folder, files)
    write_listing(folder, {name: frozenset([sha256(folder / name)]) for name in files})


def read(folder: Path) -> dict[str, str]:
    """Return what files hold, but for markers."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != MARKER]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def run(out: Path, files: dict[str, str], places: list[str], *, force: bool = False) -> bool:
    """Publish files as a run that replaces these places would."""
    with staging(out, nobody_waits) as stage:
        write(stage.folder, files)
        comparison = compare(stage.folder, out, places)
        refuse_edited(comparison, out, force=force)
        return publish(stage, out, comparison)


def nobody_waits() -> None:
    pytest.fail("the lock was held")


def test_a_first_run_creates_the_output(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "dist"
    assert run(out, {"a/1": "x"}, ["a"])
    assert read(out) == {"a/1": "x"}
    assert sorted(path.name for path in out.parent.iterdir()) == ["dist"]


def test_replaced_parts_lose_stale_files_and_others_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write_output(out, {"a/dev/1": "old", "a/dev/stale": "old", "a/prod/1": "kept"})
    write(out, {"images.json": "kept"})
    assert run(out, {"a/dev/1": "new"}, ["a/dev"])
    assert read(out) == {"a/dev/1": "new", "a/prod/1": "kept", "images.json": "kept"}


@pytest.mark.integration
def test_a_process_that_still_tidies_up_its_temporary_files_is_in_nobodys_way(tmp_path: Path) -> None:
    out, done = tmp_path / "dist", threading.Event()

    def tidy(scratch: Path) -> None:
        while not done.is_set():
            for number in range(50):
                (scratch / str(number)).mkdir(exist_ok=True)
            for number in range(50):
                (scratch / str(number)).rmdir()

    for number in range(10):
        with staging(out, nobody_waits) as stage:
            write(stage.folder, {"a/1": str(number), ".scratch/x": ""})
            busy = threading.Thread(target=suppressed(tidy), args=(stage.folder / ".scratch",))
            busy.start()
            try:
                assert publish(stage, out, compare(stage.folder, out, ["a"]))
            finally:
                done.set()
                busy.join()
                done.clear()
        assert read(out) == {"a/1": str(number)}
    with staging(out, nobody_waits):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def suppressed(action: Callable[[Path], None]) -> Callable[[Path], None]:
    def run(path: Path) -> None:
        with contextlib.suppress(OSError):
            action(path)

    return run


def test_equal_output_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write_output(out, {"a/1": "same"})
    inode = out.stat().st_ino
    assert not run(out, {"a/1": "same"}, ["a"])
    assert out.stat().st_ino == inode


def test_a_comparison_names_added_changed_and_removed_files(tmp_path: Path) -> None:
    write_output(tmp_path / "old", {"a/same": "1", "a/changed": "1", "a/removed": "1", "b/other": "1"})
    write(tmp_path / "old", {"a/mine": "1"})
    write(tmp_path / "new", {"a/same": "1", "a/changed": "2", "a/added": "1"})
    found = compare(tmp_path / "new", tmp_path / "old", ["a"])
    assert found.changed == ["a/added", "a/changed", "a/removed"]
    assert found.edited == []
    assert sorted(found.listing) == ["a/added", "a/changed", "a/same", "b/other"]


def test_a_failure_inside_leaves_the_output_and_no_litter(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write(out, {"a/1": "old"})
    with pytest.raises(RuntimeError):  # noqa: PT012, SIM117 - the failure is inside the block that is tested
        with staging(out, nobody_waits) as stage:
            write(stage.folder, {"a/1": "half"})
            raise RuntimeError
    assert read(out) == {"a/1": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def test_what_a_killed_run_left_behind_is_cleared_and_what_others_have_there_is_not(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write(out, {"a/1": "old"})
    write(tmp_path, {".dist.qcdk-killed/owner": "", ".dist.qcdk-killed/made/a/1": "half"})
    theirs = {".dist.old/1": "", ".dist.new-mine/1": "", ".dist.qcdk-notes/1": "", ".dost.qcdk-x/owner": ""}
    write(tmp_path, theirs)
    with staging(out, nobody_waits) as stage:
        assert list(stage.folder.iterdir()) == []
    assert read(tmp_path) == {"dist/a/1": "old", **theirs}


def test_characters_of_patterns_in_the_name_of_the_output_mean_themselves(tmp_path: Path) -> None:
    write(tmp_path, {".dist.qcdk-x/owner": "", ".d.qcdk-x/owner": ""})
    assert run(tmp_path / "d*[a-z]?", {"a/1": "x"}, ["a"])
    assert read(tmp_path) == {".dist.qcdk-x/owner": "", ".d.qcdk-x/owner": "", "d*[a-z]?/a/1": "x"}


def test_without_an_atomic_exchange_two_renames_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quantacirc_cdk.synth.swap._exchange", lambda *_: False)
    out = tmp_path / "dist"
    write_output(out, {"a/1": "old"})
    write(out, {"a/mine": "mine"})
    assert run(out, {"a/1": "new"}, ["a"])
    assert read(out) == {"a/1": "new", "a/mine": "mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def renames_in_one_step(folder: Path) -> bool:
    """Return whether the file system of a folder can exchange two names."""
    one, other = folder / "probe-1", folder / "probe-2"
    one.write_text("1")
    other.write_text("2")
    if sys.platform == "darwin":
        status = ctypes.CDLL(None).renamex_np(os.fsencode(one), os.fsencode(other), ctypes.c_uint(2))
    else:
        status = ctypes.CDLL(None).renameat2(-100, os.fsencode(one), -100, os.fsencode(other), ctypes.c_uint(2))
    exchanged = status == 0 and one.read_text() == "2"
    one.unlink()
    other.unlink()
    return bool(exchanged)


def test_the_output_is_exchanged_in_one_step_and_is_at_no_moment_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between two renames would leave no output at all, until the next run."""
    if not renames_in_one_step(tmp_path):
        unavailable("an exchange of two folders", "run the tests on ext4, XFS, Btrfs, tmpfs or APFS")
    new, place, old = tmp_path / "new", tmp_path / "dist", tmp_path / "old"
    write(new, {"a": "new"})
    write(place, {"a": "old"})
    monkeypatch.setattr(Path, "rename", lambda *_: pytest.fail("two renames, and nothing between them"))
    put_in_place(new, place, old)
    assert (read(place), read(new), old.exists()) == ({"a": "new"}, {"a": "old"}, False)


def test_a_first_output_is_moved_to_its_place(tmp_path: Path) -> None:
    new, place, old = tmp_path / "new", tmp_path / "dist", tmp_path / "old"
    write(new, {"a": "new"})
    put_in_place(new, place, old)
    assert (read(place), new.exists(), old.exists()) == ({"a": "new"}, False, False)


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL, errno.ENOTSUP])
def test_a_system_that_cannot_exchange_folders_renames_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    new, place, old = refused_exchange(tmp_path, monkeypatch, code)
    put_in_place(new, place, old)
    assert (read(place), new.exists(), read(old)) == ({"a": "new"}, False, {"a": "old"})


@pytest.mark.parametrize("code", [errno.EACCES, errno.EBUSY, errno.EIO])
def test_an_exchange_that_fails_leaves_the_output_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    new, place, old = refused_exchange(tmp_path, monkeypatch, code)
    with pytest.raises(OSError, match=r".") as failed:
        put_in_place(new, place, old)
    assert (failed.value.errno, failed.value.filename) == (code, str(place))
    assert (read(place), read(new), old.exists()) == ({"a": "old"}, {"a": "new"}, False)


def refused_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> tuple[Path, Path, Path]:
    """Return a new and an old folder on a system that refuses their exchange with an error."""
    new, place, old = tmp_path / "new", tmp_path / "dist", tmp_path / "old"
    write(new, {"a": "new"})
    write(place, {"a": "old"})

    def refused(*_: object) -> int:
        ctypes.set_errno(code)
        return -1

    library = SimpleNamespace(renameat2=refused, renamex_np=refused)
    monkeypatch.setattr("quantacirc_cdk.synth.swap.ctypes.CDLL", lambda *_, **__: library)
    return new, place, old


class Killed(BaseException):
    """Stands for a kill: nothing tidies up after it."""


@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("step", ["before", "between", "after"])
def test_a_run_that_is_killed_at_any_step_is_ended_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, exchange: bool
) -> None:
    out = tmp_path / "dist"
    write_output(out, {"a/1": "old", "a/stale": "old"})
    write(out, {"a/mine": "mine", "terraform.tfstate": "{}"})

    def killed(*arguments: Path) -> None:
        if step == "between":
            arguments[1].rename(arguments[2])
        elif step == "after":
            put_in_place(*arguments)
        raise Killed

    with monkeypatch.context() as patch:
        if not exchange:
            patch.setattr("quantacirc_cdk.synth.swap._exchange", lambda *_: False)
        patch.setattr("quantacirc_cdk.synth.swap.put_in_place", killed)
        patch.setattr(staging_module, "clear_left_behind", lambda _: None)
        with pytest.raises(Killed):
            run(out, {"a/1": "new"}, ["a"])
    with staging(out, nobody_waits):
        pass
    mine = {"a/mine": "mine", "terraform.tfstate": "{}"}
    assert read(out) == mine | ({"a/1": "new"} if step == "after" else {"a/1": "old", "a/stale": "old"})
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


@pytest.mark.parametrize("exchange", [True, False])
def test_files_that_appear_while_the_output_is_replaced_are_in_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    out = tmp_path / "dist"
    write_output(out, {"a/1": "old", "a/2": "old"})
    write(out, {"a/mine": "mine", "a/replaced": "mine"})

    def late(new: Path, place: Path, old: Path) -> None:
        write(place, {"a/late": "late", "b/deep/late": "late", "a/1": "edited in the last moment", "a/x": "newer"})
        (place / "a" / "x").replace(place / "a" / "replaced")
        put_in_place(new, place, old)

    if not exchange:
        monkeypatch.setattr("quantacirc_cdk.synth.swap._exchange", lambda *_: False)
    monkeypatch.setattr("quantacirc_cdk.synth.swap.put_in_place", late)
    assert run(out, {"a/1": "new", "a/2": "new"}, ["a"])
    assert read(out) == {
        "a/1": "new",
        "a/1.orig": "edited in the last moment",
        "a/2": "new",
        "a/late": "late",
        "a/mine": "mine",
        "a/replaced": "newer",
        "b/deep/late": "late",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def test_two_runs_take_turns(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    waited, order = threading.Event(), []

    def second() -> None:
        with staging(out, waited.set) as stage:
            order.append("second")
            write(stage.folder, {"a/1": "second"})
            publish(stage, out, compare(stage.folder, out, ["a"]))

    thread = threading.Thread(target=second)
    with staging(out, nobody_waits) as stage:
        thread.start()
        assert waited.wait(10)
        write(stage.folder, {"a/1": "first"})
        publish(stage, out, compare(stage.folder, out, ["a"]))
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert read(out) == {"a/1": "second"}


def test_people_s_files_of_every_kind_survive(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write_output(out, {"a/1": "old", "a/deep/stale": "old"})
    write(out, {"a/mine": "mine", "b/c/mine": "mine", "README": "mine", "a/.terraform/providers/x": "mine"})
    (out / "b" / "empty").mkdir()
    (out / "a" / "dangling").symlink_to("nowhere")
    (out / "a" / "outside").symlink_to(tmp_path)
    os.mkfifo(out / "a" / "pipe")
    (out / "b").chmod(0o500)
    inode = (out / "a" / "mine").stat().st_ino
    assert run(out, {"a/1": "new"}, ["a"])
    assert stat.S_IMODE((out / "b").stat().st_mode) == 0o500
    assert (out / "b" / "empty").is_dir()
    assert (out / "a" / "dangling").readlink() == Path("nowhere")
    assert (out / "a" / "outside").readlink() == tmp_path
    assert (out / "a" / "pipe").is_fifo()
    assert (out / "a" / "mine").stat().st_ino == inode
    assert not (out / "a" / "deep").exists()
    (out / "a" / "outside").unlink()
    assert read(out) == {
        "a/1": "new",
        "a/.terraform/providers/x": "mine",
        "a/mine": "mine",
        "b/c/mine": "mine",
        "README": "mine",
    }


def test_folders_keep_their_modes_and_files_get_those_of_the_generator(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write_output(out, {"a/deep/1": "old", "a/script": "same"})
    for folder, mode in ((out, 0o700), (out / "a", 0o2750), (out / "a" / "deep", 0o711)):
        folder.chmod(mode)
    with staging(out, nobody_waits) as stage:
        write(stage.folder, {"a/deep/1": "new", "a/script": "same"})
        (stage.folder / "a" / "script").chmod(0o755)
        assert publish(stage, out, compare(stage.folder, out, ["a"]))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (out, out / "a", out / "a" / "deep", out / "a" / "script")]
    assert modes == [0o700, 0o2750, 0o711, 0o755]


def test_an_edited_file_is_reported_and_replaced_by_force_only(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write_output(out, {"a/1": "old", "a/stale": "old"})
    write(out, {"a/1": "by hand", "a/stale": "by hand", "a/2": "mine"})
    with pytest.raises(OutputError) as caught:
        run(out, {"a/1": "new", "a/2": "new"}, ["a"])
    assert [(Path(one.file).name, one.what) for one in caught.value.problems] == [
        ("1", "edited since it was generated"),
        ("2", "a file that is not generated"),
        ("stale", "edited since it was generated"),
    ]
    assert read(out) == {"a/1": "by hand", "a/2": "mine", "a/stale": "by hand"}
    assert run(out, {"a/1": "new", "a/2": "new"}, ["a"], force=True)
    assert read(out) == {"a/1": "new", "a/2": "new"}


def test_an_edit_that_says_what_is_generated_is_no_edit(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write_output(out, {"a/1": "old", "a/2": "old"})
    write(out, {"a/1": "new", "a/3": "new"})
    assert run(out, {"a/1": "new", "a/2": "newer", "a/3": "new"}, ["a"])
    assert read(out) == {"a/1": "new", "a/2": "newer", "a/3": "new"}


def test_a_file_and_a_folder_may_take_each_others_place(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write_output(out, {"a/1": "old", "a/2/x": "old"})
    assert run(out, {"a/1/x": "new", "a/2": "new"}, ["a"])
    assert read(out) == {"a/1/x": "new", "a/2": "new"}


def test_a_folder_with_people_s_files_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write_output(out, {"a/1": "old"})
    write(out, {"a/2/mine": "mine"})
    with pytest.raises(OutputError, match=r"a/2: a folder with your files, in the place of a generated file"):
        run(out, {"a/1": "new", "a/2": "new"}, ["a"], force=True)
    assert read(out) == {"a/1": "old", "a/2/mine": "mine"}


def test_nothing_is_read_or_removed_through_a_link(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write(tmp_path, {"elsewhere/1": "theirs", "elsewhere/2": "theirs"})
    write_output(out, {"a/1": "theirs", "a/2": "theirs"})
    shutil.rmtree(out / "a")
    (out / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="dist/a: a file that is not generated"):
        run(out, {"a/1": "new"}, ["a"])
    assert run(out, {"a/1": "new"}, ["a"], force=True)
    assert read(out) == {"a/1": "new"}
    assert read(tmp_path / "elsewhere") == {"1": "theirs", "2": "theirs"}


@pytest.mark.parametrize(
    "name", [".terraform/x", ".terraform.lock.hcl", "terraform.tfstate", "terraform.tfstate.1.backup", "prod.tfplan"]
)
def test_terraform_s_own_files_are_never_ours(tmp_path: Path, name: str) -> None:
    out = tmp_path / "dist"
    write_output(out, {"stacks/prod/cdk.tf.json": "old", f"stacks/prod/{name}": "state"})
    assert run(out, {"other/1": "new"}, ["stacks", "other"])
    assert read(out) == {"other/1": "new", f"stacks/prod/{name}": "state"}
    with pytest.raises(OutputError, match="a name that Terraform uses"):
        run(out, {f"stacks/prod/{name}": "made"}, ["stacks"], force=True)


def test_nothing_is_replaced_while_terraform_works_in_it(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    write_output(out, {"stacks/prod/cdk.tf.json": "old"})
    write(out, {"stacks/prod/.terraform.tfstate.lock.info": "{}"})
    with pytest.raises(OutputError, match=r"prod/.terraform.tfstate.lock.info: Terraform locks a state"):
        run(out, {"stacks/prod/cdk.tf.json": "new"}, ["stacks"])
    assert read(out)["stacks/prod/cdk.tf.json"] == "old"


@pytest.mark.parametrize(
    ("code", "said"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "no permission")],
)
def test_a_failed_write_says_why_and_that_nothing_changed(code: int, said: str) -> None:
    with pytest.raises(OutputError, match=f"{said}.*nothing was changed"), failures_explained(Path("dist")):
        raise OSError(code, os.strerror(code))
