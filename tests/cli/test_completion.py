"""``qcdk completion``: what the shells complete, asked from the shells themselves."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.cli.completion import SHELLS
from quantacirc_cdk.cli.main import COMMANDS, main
from support.project import Project
from support.tools import ROOT, require

ENVIRONMENT = {**os.environ, "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}", "TERM": "dumb"}

BASH = r"""
eval "$(qcdk completion bash)"
for line in "$@"; do
    COMP_LINE=$line COMP_POINT=${#line} COMP_TYPE=9 COMPREPLY=()
    read -ra COMP_WORDS <<<"$line"
    [[ $line != *" " ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _python_argcomplete qcdk
    echo "${COMPREPLY[@]}"
done
"""


def bash(folder: Path, *lines: str) -> list[list[str]]:
    """Return what bash offers for each line."""
    command = ["bash", "--norc", "-c", BASH, "bash", *lines]
    run = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert run.stderr == ""
    return [sorted(line.split()) for line in run.stdout.splitlines()]


def zsh(folder: Path, line: str) -> str:
    """Return the line that zsh makes of another one when you press tab."""
    require("zsh", "apt-get install zsh")
    child, terminal = pty.fork()
    if not child:
        os.chdir(folder)
        os.execvpe("zsh", ["zsh", "-f", "-i"], ENVIRONMENT)

    def until(pattern: str) -> str:
        printed, deadline = "", time.monotonic() + 60
        while not re.search(pattern, printed) and time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.1)[0]:
                printed += os.read(terminal, 65536).decode()
        return printed

    try:
        os.write(terminal, b'autoload -U compinit; compinit -u -D; eval "$(qcdk completion zsh)"; echo re""ady\n')
        assert "ready" in until(r"ready\r?\n")
        os.write(terminal, f"{line}\t".encode())
        return until(rf"{re.escape(line)}\S* $")
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def fish(folder: Path, line: str) -> list[str]:
    """Return what fish offers for a line."""
    require("fish", "apt-get install fish")
    command = ["fish", "--no-config", "-c", "qcdk completion fish | source; complete -C $argv[1]", line]
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    run = subprocess.run(command, cwd=folder, env={**ENVIRONMENT, **home}, capture_output=True, text=True, check=True)
    return [one.partition("\t")[0] for one in run.stdout.splitlines()]


@pytest.mark.slow
def test_bash_completes_commands_options_values_and_names(project: Callable[[], Project]) -> None:
    root = project().root
    (root / "apps" / "environments" / "$(touch pwned).yaml").write_text("extends: home\n")
    found = bash(
        root,
        "qcdk val",
        "qcdk list --form",
        "qcdk diff --format ",
        "qcdk deploy ",
        "qcdk set ho",
        "qcdk explain components.sh",
        "qcdk set home components.shop.expo",
        "qcdk synth --only kubernetes,terra",
        "qcdk diff --fail-on data",
        "qcdk doctor --for deploy,ho",
        f"qcdk show --project {root} h",
    )
    assert found == [
        ["validate"],
        ["--format"],
        ["json", "markdown", "text"],
        ["home"],
        ["home"],
        ["components.shop"],
        ["components.shop.exposed="],
        ["kubernetes,terraform"],
        ["data-loss"],
        ["deploy,home"],
        ["home"],
    ]
    assert not (root / "pwned").exists()


@pytest.mark.slow
def test_outside_of_a_project_commands_are_completed_and_names_are_not(tmp_path: Path) -> None:
    assert bash(tmp_path, "qcdk ", "qcdk explain comp", "qcdk deploy ") == [sorted(COMMANDS), [], []]


@pytest.mark.slow
def test_zsh_completes_a_command_and_an_environment(project: Callable[[], Project]) -> None:
    root = project().root
    assert zsh(root, "qcdk vali").endswith("qcdk validate ")
    assert zsh(root, "qcdk deploy ho").endswith("qcdk deploy home ")


@pytest.mark.slow
def test_fish_completes_a_command_and_an_environment(project: Callable[[], Project]) -> None:
    root = project().root
    assert fish(root, "qcdk vali") == ["validate"]
    assert fish(root, "qcdk deploy ho") == ["home"]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "qcdk" in capsys.readouterr().out


def test_another_shell_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", "csh"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert 'argument SHELL: found "csh", expected one of bash, fish, zsh\n' in said
