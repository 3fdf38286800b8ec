"""Colour: on terminals and where you ask for it, nowhere else."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.cli import colour
from quantacirc_cdk.cli.main import main
from support.project import Project

pytestmark = pytest.mark.integration

ESCAPE = "\x1b["


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def on_terminal(*command: str, **environment: str) -> str:
    """Return what a command prints on a terminal."""
    ours, theirs = pty.openpty()
    variables = {**os.environ, **environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "quantacirc_cdk.cli", *command],
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
        env=variables,
    )
    os.close(theirs)
    printed = b""
    try:
        while part := os.read(ours, 65536):
            printed += part
    except OSError:  # Linux ends a terminal whose other side is closed with EIO.
        pass
    process.wait()
    os.close(ours)
    return printed.decode("utf-8", "replace")


def test_a_terminal_gets_colour_and_a_pipe_does_not(project: Callable[[], Project]) -> None:
    arguments = ("show", "home", "--project", str(project().root))
    command = [sys.executable, "-m", "quantacirc_cdk.cli", *arguments]
    assert ESCAPE not in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"{ESCAPE}2m  # apps/environments/home.yaml:" in on_terminal(*arguments)


@pytest.mark.parametrize(
    ("environment", "terminal", "pipe"),
    [
        ({}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
    ],
)
def test_the_environment_decides(
    environment: dict[str, str], terminal: bool, pipe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for isatty, expected in ((True, terminal), (False, pipe)):
        monkeypatch.setattr(sys.stdout, "isatty", lambda isatty=isatty: isatty)
        assert colour.coloured(sys.stdout) is expected


def without_colour(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_forced_colour_changes_nothing_else(
    project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["show", "home", "--project", str(project().root)]
    assert main(arguments) == 0
    plain = capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(arguments) == 0
    forced = capsys.readouterr().out
    assert ESCAPE in forced
    assert without_colour(forced) == plain


@pytest.mark.parametrize("arguments", [["show", "home", "--format", "json"], ["doctor", "--format", "json"]])
def test_json_never_has_colour(
    project: Callable[[], Project],
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    main([*arguments, "--project", str(project().root)])
    assert ESCAPE not in capsys.readouterr().out


def test_an_error_is_red(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["list", "--project", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"{ESCAPE}1;31merror:{ESCAPE}0m apps/system.yaml: ")


def test_a_hostile_name_writes_no_colour_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Callable[[], Project]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["show", "\x1b[32mhome", "--project", str(project().root)]) == 2
    assert f"{ESCAPE}32m" not in capsys.readouterr().err


def painted(text: str, rules: object, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FORCE_COLOR", "1")
    return colour.painted(text, rules, sys.stdout).replace(ESCAPE, "<")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  + Deployment web: no-op at runtime", "  <32m+ Deployment web<0m: no-op at runtime"),
        (
            "  - PersistentVolumeClaim a: data loss possible",
            "  <31m- PersistentVolumeClaim a<0m: <1;31mdata loss possible<0m",
        ),
        ("  ~ Deployment web: rolling restart", "  <33m~ Deployment web<0m: <33mrolling restart<0m"),
        (
            "2 objects differ: 1 replaced, 1 rolling restart",
            "2 objects differ: 1 <1;31mreplaced<0m, 1 <33mrolling restart<0m",
        ),
        ("Kubernetes prod", "<1mKubernetes prod<0m"),
        ('          + {"a": {"b": 1}}', '          <32m+ {"a": {"b": 1}}<0m'),
        ("        ~ [name=a].max.cpu: 4 → 2", "        <33m~ [name=a].max.cpu:<0m 4 → 2"),
    ],
)
def test_effects_are_coloured_by_how_harmful_they_are(
    line: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert painted(line, colour.differences(), monkeypatch) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("+a", "<32m+a<0m"),
        ("-a", "<31m-a<0m"),
        ("--- a (on disk)", "<1m--- a (on disk)<0m"),
        ("@@ -1 +1 @@", "<36m@@ -1 +1 @@<0m"),
        (" a", " a"),
    ],
)
def test_a_stale_file_is_shown_as_git_shows_it(line: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert painted(line, colour.UNIFIED, monkeypatch) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("    ✓ git  2.39", "    <32m✓<0m git  2.39"),
        ("    ✗ helm  missing; get it", "    <31m✗ helm  missing; get it<0m"),
        ("ready: synth", "<1mready:<0m synth"),
    ],
)
def test_what_a_machine_lacks_stands_out(line: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert painted(line, colour.DOCTOR, monkeypatch) == expected


def test_the_doctor_fits_a_narrow_terminal_and_leaves_a_pipe_whole() -> None:
    lines = without_colour(on_terminal("doctor", COLUMNS="60")).splitlines()
    assert [line for line in lines if len(line) > 60 and "://" not in line] == []
    command = [sys.executable, "-m", "quantacirc_cdk.cli", "doctor"]
    piped = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "60"})
    assert max(map(len, piped.stdout.splitlines())) > 60


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("command", [("doctor", "--for", "compose"), ("diff", "--help")])
def test_a_terminal_without_utf_8_shows_every_line(command: tuple[str, ...], encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "FORCE_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "quantacirc_cdk.cli", *command], capture_output=True, env=environment, check=False
    )
    assert done.stderr == b""
    assert b"\\u" not in done.stdout
    assert done.stdout.decode(encoding)


def test_progress_is_not_animated_where_the_terminal_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert colour.animated(sys.stderr)
    monkeypatch.setenv("TERM", "dumb")
    assert not colour.animated(sys.stderr)
