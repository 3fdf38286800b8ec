"""Whatever goes wrong, the exit status means what the documents say, and people read a message."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.cli import show
from quantacirc_cdk.cli.main import main
from support.command import QCDK, environment, qcdk
from support.project import Project
from support.tools import ROOT

pytestmark = pytest.mark.slow

Make = Callable[[], Project]


@pytest.fixture
def home(project: Make) -> Path:
    return project().root


def faulty(*_: object) -> int:
    raise KeyError("ports\nof the service")


def test_an_internal_error_has_a_status_of_its_own_and_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(show, "run", faulty)
    assert main(["show", "home", "--project", str(home)]) == 70
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(r"error: internal error: KeyError: 'ports\nof the service', at ")
    assert "quantacirc_cdk/cli/main.py:" in line
    assert "report it with the output of --debug" in line


@pytest.mark.parametrize("words", [["--debug", "show", "home"], ["show", "home", "--debug"]])
def test_debug_shows_the_traceback_before_or_after_the_command(
    words: list[str], home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QCDK_DEBUG", "0")  # and is put back
    monkeypatch.setattr(show, "run", faulty)
    assert main([*words, "--project", str(home)]) == 70
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_debug_can_come_from_the_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QCDK_DEBUG", "1")
    assert main(["show", "nowhere", "--project", str(home)]) == 2
    errors = capsys.readouterr().err
    assert "Traceback" in errors
    assert errors.endswith('error: no environment "nowhere", expected "home"\n')


def test_an_app_that_raises_names_its_own_line_and_debug_the_traceback(home: Path) -> None:
    code = "def inner(x):\n    return int(x)\n\n\ndef synthesize(root, out, environments):\n    inner('nine')\n"
    (home / "apps" / "workloads.py").write_text(code)
    ended = qcdk("synth", "--only", "kubernetes", "--project", home)
    assert ended.returncode == 2
    assert "ValueError" in ended.stderr
    assert "apps/workloads.py:2" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Traceback" in qcdk("--debug", "synth", "--only", "kubernetes", "--project", home).stderr


def test_an_app_that_misuses_a_library_is_named_and_not_the_library(home: Path) -> None:
    code = (
        "from quantacirc_cdk.kubernetes.engine import cdk8s\n\n\n"
        "def synthesize(root, out, environments):\n    cdk8s.App(outdir=7)\n"
    )
    (home / "apps" / "workloads.py").write_text(code)
    ended = qcdk("synth", "--only", "kubernetes", "--project", home)
    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)
    assert "apps/workloads.py:5" in ended.stderr


@pytest.mark.parametrize("words", [["show", "home"], ["--help"], ["show", "home", "--json"]])
def test_a_full_disk_behind_standard_output_is_an_error(words: list[str], home: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with Path("/dev/full").open("w") as full:
        ended = qcdk(*words, stdout=full, stderr=subprocess.PIPE, cwd=home)
    assert ended.returncode == 74
    assert ended.stderr == "error: standard output cannot be written: No space left on device\n"


def test_a_check_that_found_something_keeps_its_status_on_a_full_disk(home: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with Path("/dev/full").open("w") as full:
        ended = qcdk("schemas", "--check", stdout=full, stderr=subprocess.PIPE, cwd=home)
    assert ended.returncode == 1


@pytest.mark.parametrize(
    ("closed", "status"), [(">&-", 74), ("2>&-", 0), (">&- 2>&-", 74), ("<&- >&- 2>&-", 74), ("<&-", 0)]
)
def test_closed_streams_change_nothing_but_the_status_where_output_is_lost(
    closed: str, status: int, home: Path
) -> None:
    command = f'"$@" show home {closed}'
    ended = subprocess.run(
        ["sh", "-c", command, "sh", *QCDK], cwd=home, env=environment(), capture_output=True, check=False
    )
    lost = b"error: standard output cannot be written: Bad file descriptor\n" if closed == ">&-" else b""
    assert (ended.returncode, ended.stderr) == (status, lost)


def test_a_reader_that_has_seen_enough_is_no_error(home: Path) -> None:
    command = '"$@" show home --json | head -c 1; echo "${PIPESTATUS[0]}"'
    ended = subprocess.run(
        ["bash", "-c", command, "bash", *QCDK], cwd=home, env=environment(), capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.stderr) == ("{0\n", "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("words", [["--help"], ["diff", "--help"], ["doctor", "--for", "synth"]])
def test_signs_that_an_encoding_lacks_are_written_in_others(encoding: str, words: list[str]) -> None:
    ended = qcdk(*words, env={"PYTHONIOENCODING": encoding}, encoding=encoding)
    assert ended.returncode in (0, 1)
    assert "Traceback" not in ended.stderr
    if words[0] == "doctor":
        assert "ok Python" in ended.stdout


def test_values_that_an_encoding_lacks_are_escaped(project: Make) -> None:
    made = project()
    made.replace_in_environment("home", "domain:", 'description: "Bäckerei → 面包"\ndomain:')
    ended = qcdk("show", "home", env={"PYTHONIOENCODING": "ascii"}, cwd=made.root)
    assert ended.returncode == 0
    assert r"B\xe4ckerei -> \u9762\u5305" in ended.stdout


def test_ctrl_c_while_python_still_imports_says_so(tmp_path: Path) -> None:
    slow = "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)\nraise SystemExit('too late')\n"
    (tmp_path / "argparse.py").write_text(slow)
    path = os.pathsep.join([str(tmp_path), str(ROOT / "constructs")])
    code = "import sys; from quantacirc_cdk.cli.main import entry_point; entry_point()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "show", "home"],
        env=environment(PYTHONPATH=path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (130, "interrupted; nothing was changed\n")


@pytest.mark.slow
def test_ctrl_c_at_any_time_ends_with_130_and_no_traceback(home: Path) -> None:
    for step in range(40):
        process = subprocess.Popen(
            [*QCDK, "synth"], cwd=home, env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            process.wait(0.02 * step)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        early = 'main.py", line' not in errors and process.returncode in (1, -signal.SIGINT)  # Python still starts
        assert early or process.returncode in (0, 2, 130), errors
        assert early or "Traceback" not in errors


def test_nothing_and_two_dashes_are_no_values(home: Path) -> None:
    for words in (["diff", "--against=--"], ["diff", "--against", ""], ["show", "home", "--project", ""]):
        ended = qcdk(*words, cwd=home)
        assert ended.returncode == 2
        assert "Traceback" not in ended.stderr
        assert f"argument {words[-1].partition('=')[0] if '=' in words[-1] else words[-2]}: found " in ended.stderr


def test_a_file_in_place_of_a_folder_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chart = home / "dist" / "helm" / "bakery"
    chart.mkdir(parents=True)
    (chart / "Chart.yaml").write_text("name: bakery\nversion: 0.1.0\n")
    (home / "file").write_text("")
    assert main(["package", "--destination", str(home / "file"), "--project", str(home)]) == 2
    assert f"error: {home / 'file'}: a file, expected a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "Deployment.yaml:2: not YAML: "),
        ("- 1", "Deployment.yaml:1: not a Kubernetes object"),
        ("kind: Service", "Deployment.yaml:1: not a Kubernetes object"),
        ("kind: Deployment\nmetadata: {name: a}\nspec: 3", "Deployment.yaml:1: not a Deployment"),
        ("a: &a [*a]", "Deployment.yaml:1: not YAML: more than 400,000 values"),
        ("x: !!binary aGk=", "Deployment.yaml:1: "),
    ],
)
def test_parity_names_a_broken_manifest(text: str, said: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = home / "dist" / "kubernetes" / "home"
    folder.mkdir(parents=True)
    (folder / "Deployment.yaml").write_text(text + "\n")
    assert main(["parity", "--project", str(home)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("folder", ["apps", "apps/environments"])
def test_a_folder_that_cannot_be_read_is_named(folder: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "home", "--project", str(home)]) == 0  # and all is imported
    (home / folder).chmod(0)
    for parent in (home, *home.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    os.seteuid(65534)
    try:
        status = main(["show", "home", "--project", str(home)])
    finally:
        os.seteuid(0)
    assert status == 2
    assert f"{folder}: cannot be read: Permission denied" in capsys.readouterr().err


def test_a_full_disk_is_no_fault_of_the_program(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(show, "run", full)
    assert main(["show", "home", "--project", str(home)]) == 2
    assert capsys.readouterr().err == "error: No space left on device, expected room to write\n"


@pytest.mark.parametrize("text", ["import sys\nsys.exit(0)\n", "raise SystemExit(3)\n"])
def test_a_kind_does_not_end_the_program(home: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "apps" / "kinds").mkdir()
    (home / "apps" / "kinds" / "service.py").write_text(text)
    assert main(["validate", "--project", str(home)]) == 2
    said = capsys.readouterr().err
    assert "apps/kinds/service.py:" in said
    assert 'the kind "service" cannot be loaded: SystemExit' in said
