"""The same flag for the same thing, in every command."""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import COMMANDS, _parser, main
from support.project import Project


def options() -> Iterator[tuple[str, argparse.Action]]:
    """Yield each option and argument that a command shows."""
    found = next(action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction))
    for name, command in found.choices.items():
        yield from ((name, action) for action in command._actions if action.help != argparse.SUPPRESS)


def taking(flag: str) -> dict[str, argparse.Action]:
    return {name: action for name, action in options() if flag in action.option_strings}


def test_json_is_a_format_everywhere() -> None:
    assert taking("--json") == {}
    found = taking("--format")
    assert {"list", "explain", "validate", "synth", "show", "diff", "parity", "health", "deploy", "rollback"} < set(
        found
    )
    assert {name for name, action in found.items() if "json" not in (action.choices or ())} == set()
    assert {name for name, action in found.items() if "text" not in (action.choices or ())} <= {"graph"}


def test_check_exits_with_1_and_a_dry_run_shows_what_would_be_done() -> None:
    assert {(action.help or "").partition(" if ")[0] for action in taking("--check").values()} == {
        "write nothing; exit with 1"
    }
    assert {action.help for action in taking("--dry-run").values()} == {"show what would be done, and change nothing"}
    assert taking("--check").keys() & taking("--dry-run").keys() == set()


@pytest.mark.parametrize(("flag", "metavar"), [("--project", "DIR"), ("--out", "DIR"), ("--destination", None)])
def test_folders_have_one_meaning(flag: str, metavar: str | None) -> None:
    assert {action.metavar for action in taking(flag).values()} <= {metavar, "DIR", "FILE"}


def test_every_time_is_a_duration_with_the_same_spelling() -> None:
    found = {flag for _, action in options() if action.metavar == "TIME" for flag in action.option_strings}
    assert found == {"--timeout", "--patience", "--request-timeout", "--interval", "--lock-timeout"}


def test_lists_of_names_are_separated_by_commas() -> None:
    found = {flag for _, action in options() if str(action.metavar).endswith(",…") for flag in action.option_strings}
    assert found == {"--only", "--for", "--fail-on", "--accept", "--types", "--platforms"}


@pytest.mark.parametrize("arguments", [["show", "home"], ["list"], ["explain", "replicas"], ["validate"]])
def test_json_is_short_for_the_format(
    project: Callable[[], Project], arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(project().root)
    assert main([*arguments, "--format", "json", "--project", root]) == 0
    first = json.loads(capsys.readouterr().out)
    assert main([*arguments, "--json", "--project", root]) == 0
    assert json.loads(capsys.readouterr().out) == first


@pytest.mark.parametrize(
    ("command", "old", "new"),
    [
        ("health home --wait 5m", "timeout", "5m"),
        ("health home --format table", "format", "text"),
        ("import compose.yaml --out shop", "project", Path("shop")),
        ("provider-schema --out here", "destination", Path("here")),
        ("provider-schema --types a b", "types", ["a", "b"]),
        ("synth --only kubernetes --only terraform", "only", ["kubernetes", "terraform"]),
        ("set --environment prod a=b", "environment", "prod"),
    ],
)
def test_a_spelling_of_earlier_releases_still_works(command: str, old: str, new: object) -> None:
    assert getattr(_parser().parse_args(command.split()), old) == new


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("import a.yaml --project b --format compose", "expected --source-format compose"),
        ("synth --chekc", "unrecognized arguments: --chekc, expected --check\n"),
        ("deploy home --aprove", "unrecognized arguments: --aprove\n"),
        ("synth --jsn", "unrecognized arguments: --jsn\n"),
        ("completion bsh", 'argument SHELL: found "bsh", expected "bash"\n'),
        ("diff --format markdwon", 'argument --format: found "markdwon", expected "markdown"\n'),
        ("add compnent web", 'argument what: found "compnent", expected "component"\n'),
    ],
)
def test_another_spelling_is_refused_with_the_one_it_means(
    command: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(command.split())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_debug_and_verbose_are_options_of_every_command() -> None:
    for flag in ("--debug", "--verbose"):
        assert set(taking(flag)) == set(COMMANDS)
