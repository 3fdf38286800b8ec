"""The command line as a whole."""

import subprocess
import sys

import pytest

from quantacirc_cdk.cli.main import COMMANDS, main
from quantacirc_cdk.version import __version__


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_by_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"qcdk {command}" in capsys.readouterr().out.split("examples:")[1]


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"qcdk {__version__}\n"


@pytest.mark.integration
def test_help_imports_neither_jsii_nor_rich_nor_the_model() -> None:
    code = (
        "import sys\nfrom quantacirc_cdk.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'jsii', 'cdk8s', 'cdktf', 'rich', 'pydantic', 'yaml'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_a_misspelt_command_is_told_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sytnh"])
    assert ended.value.code == 2
    assert 'no command "sytnh", expected "synth"' in capsys.readouterr().err
