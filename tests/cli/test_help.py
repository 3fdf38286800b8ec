"""``--help`` of every command, on a narrow and on a wide terminal."""

import re

import pytest

from quantacirc_cdk.cli.help import MOST_COLUMNS
from quantacirc_cdk.cli.main import COMMANDS, main


def words(text: str) -> set[str]:
    return set(text.split()) - {"\\"}


def shown(command: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"] if command else ["--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("columns", [60, 120])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_broken(
    command: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shown(command, columns, monkeypatch, capsys)
    whole = shown(command, 10_000, monkeypatch, capsys)
    assert [line for line in found.splitlines() if len(line) > min(columns, MOST_COLUMNS)] == []
    assert words(found) == words(whole)


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_of_a_narrow_terminal_are_the_same_commands(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow, wide = (
        " ".join(re.sub(r"\\\n", " ", shown(command, columns, monkeypatch, capsys).split("examples:")[1]).split())
        for columns in (60, 10_000)
    )
    assert narrow == wide


def test_a_broken_example_continues_on_the_next_line_as_a_shell_reads_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shown("deploy", 60, monkeypatch, capsys)
    assert "  qcdk deploy prod --yes --timeout 15m --format json \\\n    >deployment.json\n" in found


def test_paragraphs_fill_the_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "writing them" not in shown("diff", 120, monkeypatch, capsys)
    lines = shown("diff", 120, monkeypatch, capsys).split("\n\n")[2].splitlines()
    assert all(len(line) > MOST_COLUMNS - 20 for line in lines[:-1])
