"""``qcdk synth`` without a part of the machine: the output is the same, or it stays and the reason is named."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from quantacirc_cdk.node import bundled_node
from support.command import QCDK, environment, qcdk
from support.project import Project
from support.tools import require

pytestmark = pytest.mark.slow


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """Mount a file system on a folder."""
    place.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", *options, "tmpfs", str(place)]
    if not sys.platform.startswith("linux") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("file systems can only be mounted by root on Linux")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


def output(project: Project) -> dict[str, bytes]:
    folder = project.root / "dist"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def written(project: Callable[[], Project]) -> tuple[Project, dict[str, bytes]]:
    """Return a project and its output, written where nothing is wrong."""
    made = project()
    assert qcdk("synth", "--project", made.root).returncode == 0
    return made, output(made)


def again(project: Project, *before: object, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run ``qcdk synth`` on a project whose output is gone."""
    subprocess.run(["rm", "-rf", project.root / "dist"], check=True)
    command = [*map(str, before), *QCDK, "synth", "--project", str(project.root)]
    return subprocess.run(command, env=environment(**env), capture_output=True, text=True, check=False, timeout=120)


def test_without_a_network_the_output_is_the_same(written: tuple[Project, dict[str, bytes]]) -> None:
    project, expected = written
    alone = [require("unshare", "it is a part of util-linux"), "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a network can only be taken away by root on Linux")
    done = again(project, *alone)
    assert (done.returncode, done.stderr.count("error")) == (0, 0), done.stderr
    assert output(project) == expected


@pytest.mark.parametrize("now", ["1990-01-01 00:00:00", "2038-01-19 03:14:06", "2099-12-31 23:59:58"])
def test_with_a_wrong_clock_the_output_is_the_same(written: tuple[Project, dict[str, bytes]], now: str) -> None:
    project, expected = written
    done = again(project, require("faketime", "install the Debian package faketime"), "-f", f"@{now}")
    assert done.returncode == 0, done.stderr
    assert output(project) == expected


def test_with_a_clock_that_goes_back_a_change_is_seen(project: Callable[[], Project], tmp_path: Path) -> None:
    made, caches = project(), {"QCDK_CACHE_DIR": str(tmp_path / "cache")}
    assert qcdk("synth", "--project", made.root, env=caches).returncode == 0
    old = made.system_file.stat()
    made.replace_in_system("cpu: 100m", "cpu: 200m")  # as many bytes
    os.utime(made.system_file, ns=(old.st_atime_ns, old.st_mtime_ns))
    done = qcdk("synth", "--project", made.root, env=caches)
    assert done.returncode == 0, done.stderr
    assert any(b"cpu: 200m" in data for data in output(made).values())


def test_with_folders_of_the_user_that_are_read_only_the_output_is_the_same(
    written: tuple[Project, dict[str, bytes]], tmp_path: Path
) -> None:
    project, expected = written
    home = tmp_path / "home"
    with mounted(home, "-o", "ro"):
        done = again(project, HOME=str(home), QCDK_CACHE_DIR=str(home / "cache"))
    assert done.returncode == 0, done.stderr
    assert output(project) == expected


def test_a_read_only_project_is_named_and_its_output_stays(written: tuple[Project, dict[str, bytes]]) -> None:
    project, expected = written
    project.replace_in_system("cpu: 100m", "cpu: 200m")
    subprocess.run(["mount", "--bind", project.root, project.root], check=False)
    read_only = ["mount", "-o", "remount,bind,ro", str(project.root)]
    if subprocess.run(read_only, capture_output=True, check=False).returncode:
        pytest.skip("a folder can only be mounted read-only by root on Linux")
    try:
        done = qcdk("synth", "--project", project.root)
    finally:
        subprocess.run(["umount", project.root], check=True)
    assert done.returncode == 2
    assert "read-only" in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert output(project) == expected


def test_a_full_folder_for_temporary_files_is_named_and_the_output_stays(
    written: tuple[Project, dict[str, bytes]], tmp_path: Path
) -> None:
    project, expected = written
    project.replace_in_system("cpu: 100m", "cpu: 200m")
    full = tmp_path / "full"
    with mounted(full, "-o", "size=64k"):
        with (full / "filler").open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(b"x" * 4096)
                except OSError:
                    break
        done = qcdk("synth", "--project", project.root, env={"TMPDIR": str(full)})
    assert "Traceback" not in done.stderr
    if done.returncode == 0:  # it found another place
        assert output(project) != expected
    else:
        assert done.returncode == 2
        assert "the disk is full" in done.stderr
        assert output(project) == expected


@pytest.mark.parametrize(
    ("number", "said"),
    [(signal.SIGSTOP, "did nothing for 1 s"), (signal.SIGKILL, "which the constructs run on, was ended")],
)
def test_a_stopped_node_is_named_and_the_output_stays(
    written: tuple[Project, dict[str, bytes]], number: signal.Signals, said: str
) -> None:
    project, expected = written
    project.replace_in_system("cpu: 100m", "cpu: 200m")
    command = [*QCDK, "synth", "--project", str(project.root)]
    settings = environment(QCDK_NODE_TIMEOUT="1", CDK8S_RECORD_CONSTRUCT_METADATA="false")  # which only cdk8s obeys
    process = subprocess.Popen(command, env=settings, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    node = node_of(process)
    node.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2, errors
    assert said in errors
    assert "Traceback" not in errors
    assert output(project) == expected
    assert not node.is_running() or node.status() == psutil.STATUS_ZOMBIE


def node_of(process: "subprocess.Popen[str]") -> psutil.Process:
    """Return the Node.js that a command has just started."""
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if child.cmdline()[:1] == [str(bundled_node())]:
                    return child
        time.sleep(0.002)
    raise AssertionError("no Node.js was started")
