"""Pyright, and so editors, know constructs by their own type and the parameters of their ``__init__``."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import quantacirc_cdk.kubernetes as k8s
from support.tools import TOOLS, require_file

USE = """\
from cdk8s import Testing
from quantacirc_cdk.kubernetes import GeneratedService, GeneratedServiceProps

chart = Testing.chart()
web = GeneratedService(chart, "web", GeneratedServiceProps(name="web", image="web:1"))
reveal_type(web)
reveal_type(web.deployment)
GeneratedService(chart, "b", GeneratedServiceProps(name="b", image="b:1", cpu=3))
GeneratedService(chart, "c", 3)
web.deploymint
"""


def findings(folder: Path, text: str) -> list[tuple[int, str, str]]:
    """Return the line, severity and message of each finding of Pyright in a file with this text."""
    program = require_file(TOOLS / "pyright" / "bin" / "basedpyright", "run tools/fetch_environments.py")
    (folder / "use.py").write_text(text)
    settings = {"typeCheckingMode": "standard", "include": ["use.py"]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [program, "--outputjson", "--pythonpath", sys.executable, "--project", folder]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(run.stdout)["generalDiagnostics"]
    return [(one["range"]["start"]["line"] + 1, one["severity"], one["message"].splitlines()[0]) for one in found]


@pytest.mark.slow
def test_a_construct_has_its_own_type_and_its_props_are_checked(tmp_path: Path) -> None:
    found = {(line, message) for line, severity, message in findings(tmp_path, USE) if severity != "warning"}
    parameter = 'parameter "props" of type "GeneratedServiceProps" in function "__init__"'
    assert found == {
        (6, 'Type of "web" is "GeneratedService"'),
        (7, 'Type of "web.deployment" is "Deployment"'),
        (8, 'No parameter named "cpu"'),
        (9, f'Argument of type "Literal[3]" cannot be assigned to {parameter}'),
        (10, 'Cannot access attribute "deploymint" for class "GeneratedService"'),
    }


@pytest.mark.slow
def test_no_exported_name_has_an_unknown_type(tmp_path: Path) -> None:
    text = "import quantacirc_cdk.kubernetes as k8s\n" + "".join(f"reveal_type(k8s.{name})\n" for name in k8s.__all__)
    found = [message for _, severity, message in findings(tmp_path, text) if severity == "information"]
    assert len(found) == len(k8s.__all__)
    assert [message for message in found if re.search(r"\bUnknown\b", message)] == []
