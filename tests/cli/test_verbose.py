"""``--verbose``: how long each phase takes, on standard error."""

import json
import os
import re
from collections.abc import Callable

import pytest

from quantacirc_cdk import phases
from quantacirc_cdk.cli.main import main
from support.project import Project


def named(stderr: str) -> list[str]:
    return re.findall(r"^time: (.+): \d+\.\d\d s$", stderr, flags=re.MULTILINE)


@pytest.mark.parametrize("place", [0, 1])
def test_the_flag_stands_before_or_after_the_command(
    project: Callable[[], Project], place: int, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["validate", "--format", "json", "--project", str(project().root)]
    words.insert(place, "--verbose")
    assert main(words) == 0
    printed = capsys.readouterr()
    assert named(printed.err) == ["load the model", "total"]
    assert json.loads(printed.out) == {"problems": []}


def test_a_variable_has_the_same_effect(
    project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(project().root)
    for value, phases_shown in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("QCDK_VERBOSE", value)
        assert main(["validate", "--project", root]) == 0
        assert (named(capsys.readouterr().err) != []) is phases_shown


def test_the_phases_of_a_failure_are_timed_too(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    made.replace_in_environment("home", "domain: bakery.example", "domain: 1")
    assert main(["validate", "--verbose", "--project", str(made.root)]) == 2
    assert named(capsys.readouterr().err) == ["load the model", "total"]


def test_a_run_after_it_is_quiet_again(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    root = str(project().root)
    assert main(["validate", "--verbose", "--project", root]) == 0
    capsys.readouterr()
    assert main(["validate", "--project", root]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_the_parts_of_a_synthesis_are_timed(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    made = project()
    arguments = ["synth", "--project", str(made.root), "--only", "gitops,operations", "--no-cache", "--verbose"]
    assert main([*arguments, "--format", "json"]) == 0
    printed = capsys.readouterr()
    found = named(printed.err)
    assert {"load the model", "generate gitops", "generate operations", "compare with the last output"} <= set(found)
    assert found[-2:] == ["write", "total"]
    assert set(json.loads(printed.out)["files"]) == {"gitops", "operations"}


def test_processes_that_are_forked_do_not_print(capfd: pytest.CaptureFixture[str]) -> None:
    with phases.timed():
        child = os.fork()
        if not child:
            with phases.phase("in the child"):
                pass
            os._exit(0)
        os.waitpid(child, 0)
    assert named(capfd.readouterr().err) == ["total"]
