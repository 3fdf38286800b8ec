"""Whatever stands in the place of a file ends with an error, soon and without much memory."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.reading import MAX_BYTES, parse_json, read_file
from support.command import environment, qcdk
from support.project import Project
from support.terraform.switched import switch_project

pytestmark = pytest.mark.slow

Make = Callable[[], Project]
SOON = 60
"""Seconds, on a machine that does much else: what is waited for ends within ten on its own."""


def refusal(path: Path, **options: bool) -> str:
    with pytest.raises(ModelError) as refused:
        read_file(path, "the file", expected="YAML", **options)
    return str(refused.value)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QCDK_INPUT_TIMEOUT", "0.2")


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * MAX_BYTES)
    assert len(read_file(file, "the file", expected="YAML")) == MAX_BYTES
    file.write_bytes(b"x" * (MAX_BYTES + 1))
    assert refusal(file) == "the file: the file is too large, expected at most 1,000,000 bytes"


def test_what_is_no_file_is_named(tmp_path: Path, pipe: Path) -> None:
    assert refusal(tmp_path / "none") == "the file: no such file, expected YAML"
    assert refusal(tmp_path) == "the file: cannot be read: it is a folder, expected YAML"
    assert refusal(pipe) == "the file: cannot be read: it is a pipe, expected YAML"
    assert refusal(Path("/dev/zero"), pipes=True) == "the file: cannot be read: it is a device, expected YAML"
    assert "cannot be read" in refusal(Path("a\0b"))


@pytest.mark.usefixtures("hurry")
def test_a_pipe_that_nobody_writes_to_is_given_up(pipe: Path) -> None:
    assert "no end after 0.2 s, expected all of it in time; QCDK_INPUT_TIMEOUT" in refusal(pipe, pipes=True)


def test_a_pipe_is_read_to_its_end(pipe: Path) -> None:
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"all of it"))
    writer.start()
    assert read_file(pipe, "the file", expected="YAML", pipes=True) == b"all of it"
    writer.join()


def test_a_pipe_without_an_end_is_too_large(pipe: Path) -> None:
    with endless(pipe):
        assert "too large" in refusal(pipe, pipes=True)


@contextlib.contextmanager
def endless(pipe: Path) -> Iterator[None]:
    """Let a program write to a pipe without end."""
    writer = subprocess.Popen(["sh", "-c", 'exec yes >"$0"', str(pipe)], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        writer.kill()
        writer.wait()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("[" + "1," * 3_000_000 + "1]", "more than 2,000,000 values"),
        ('"' + "x" * 60_000_000 + '"', "more than 50,000,000 bytes"),
        ("NaN", "NaN is not JSON"),
        ("9" * 10_000, "integer"),
        ("", "Expecting value"),
    ],
    ids=["lists", "mappings", "values", "bytes", "NaN", "digits", "nothing"],
)
def test_json_that_is_too_much_is_refused(text: str, said: str) -> None:
    for given in (text, text.encode()):
        with pytest.raises(ValueError, match=said):
            parse_json(given)


PLACES = ["apps/system.yaml", "apps/environments/home.yaml", "apps/environments/more.yaml"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", ["pipe", "/dev/zero", "/dev/full", "folder", "nowhere"])
def test_nothing_else_takes_the_place_of_a_file_of_the_model(place: str, what: str, project: Make) -> None:
    root = project().root
    file = root / place
    file.unlink(missing_ok=True)
    match what:
        case "pipe":
            os.mkfifo(file)
        case "folder":
            file.mkdir()
        case _:
            file.symlink_to(what)
    began = time.monotonic()
    ended = qcdk("show", "home", "--project", root, timeout=SOON)
    assert time.monotonic() - began < SOON
    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)
    assert place in ended.stderr


INPUTS = {
    "wire": ["wire", "prod", "{file}"],
    "release": ["release", "prod", "--images", "{file}"],
}


@pytest.fixture(scope="module")
def clouded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with an environment in a cloud, ``prod``."""
    return switch_project(tmp_path_factory.mktemp("clouded") / "project", "azure")


@pytest.mark.parametrize("command", INPUTS)
@pytest.mark.parametrize("what", ["pipe", "/dev/zero", "endless pipe", "too much"])
def test_nothing_else_takes_the_place_of_another_input(command: str, what: str, clouded: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    with contextlib.ExitStack() as stack:
        if what == "/dev/zero":
            file.symlink_to(what)
        elif what == "too much":
            file.write_bytes(b"[" * 50_000_000)
        else:
            os.mkfifo(file)
        if what == "endless pipe":
            stack.enter_context(endless(file))
        words = [word.format(file=file) for word in INPUTS[command]]
        ended = qcdk(*words, "--project", clouded, env={"QCDK_INPUT_TIMEOUT": "1"}, timeout=SOON)
    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)
    assert str(file) in ended.stderr


@pytest.mark.parametrize("source", ["cat /dev/zero", "sleep 30", "yes 1", "head -c 50000000 /dev/zero | tr '\\0' '['"])
def test_standard_input_has_an_end_in_size_and_time(source: str, clouded: Path) -> None:
    with subprocess.Popen(["sh", "-c", f"exec {source}"], stdout=subprocess.PIPE) as writer:
        began = time.monotonic()
        ended = qcdk(
            "wire", "prod", cwd=clouded, stdin=writer.stdout, env={"QCDK_INPUT_TIMEOUT": "1"}, timeout=2 * SOON
        )
        took = time.monotonic() - began
        writer.kill()
    assert took < SOON
    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)
    assert "standard input: " in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["- {a: b}\n", "a: b\n---\n", "- - - - a\n", "[[],[],[],[]],\n", '"' + "x" * 100 + '"\n']
)
def test_50_megabytes_take_less_than_500(unit: str, project: Make) -> None:
    root = project().root
    folder = root / "dist" / "kubernetes" / "home"
    folder.mkdir(parents=True)
    (folder / "Service.yaml").write_text(unit * (50_000_000 // len(unit)))
    code = (
        "import re, sys\nfrom pathlib import Path\nfrom quantacirc_cdk.cli.main import main\n"
        "status = main(sys.argv[1:])\n"  # getrusage also counts the process that started this one
        "print(status, re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    words = ["parity", "--project", str(root)]
    command = [sys.executable, "-c", code, *words]
    ended = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    status, kilobytes = map(int, ended.stdout.split())
    assert (status, kilobytes < 500_000) == (2, True), (ended.stderr, kilobytes)
