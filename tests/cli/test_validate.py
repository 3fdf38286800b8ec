"""``qcdk validate``: the model alone."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from quantacirc_cdk.cli.main import main
from support.command import environment
from support.project import Project


def test_a_valid_project_is_said_to_be(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--project", str(project().root)]) == 0
    assert capsys.readouterr().out == "bakery: 3 components in home: valid\n"


def test_problems_have_file_line_and_key(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    made = project()
    made.replace_in_environment("home", "target: local", "target: lokal")
    assert main(["validate", "--json", "--project", str(made.root)]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["file"], problem["line"], problem["key"]) == ("apps/environments/home.yaml", 1, "target")


@pytest.mark.slow
def test_it_starts_no_jsii(project: Callable[[], Project]) -> None:
    code = (
        "import sys\nfrom quantacirc_cdk.cli.main import main\n"
        f"main(['validate', '--project', {str(project().root)!r}])\n"
        "print(sorted({'jsii', 'cdk8s', 'cdktf', 'rich'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
