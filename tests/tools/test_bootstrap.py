"""``make`` sets up its environment on any Python, replaces a broken one, and says in one line what it cannot do."""

import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.tools import ROOT

pytestmark = pytest.mark.integration

SCRIPT = ROOT / "tools" / "bootstrap.py"


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Return the root of a project whose ``.venv`` is whole, as far as anybody looks."""
    root = tmp_path / "project"
    (root / "tools").mkdir(parents=True)
    shutil.copy(SCRIPT, root / "tools")
    shutil.copy(ROOT / "Makefile", root)
    for name in ("requirements/run.lock", "requirements/dev.lock", "pyproject.toml"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).touch()
    venv = root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (packages,) = venv.glob("lib/python*/site-packages")
    (packages / "pip").mkdir()
    (packages / "pip" / "__init__.py").touch()
    (venv / "bin" / "pip").write_text(f"#!{venv}/bin/python\n")
    for name in ("run", "dev"):
        (venv / f"{name}.stamp").touch()
    return root


def planned(root: Path) -> str:
    """Return what ``make test`` would do."""
    # Not as a part of the `make` that runs these tests.
    outer = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    command = ["make", "--dry-run", "test"]
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def without_pip(root: Path) -> None:
    shutil.rmtree(next((root / ".venv").glob("lib/python*/site-packages/pip")))


def of_a_python_that_is_gone(root: Path) -> None:
    for path in (root / ".venv" / "bin").glob("python*"):
        path.unlink()
        path.symlink_to("/nonexistent/python")


def of_a_newer_python(root: Path) -> None:
    """The system's Python was upgraded: the same link, another folder of packages."""
    (packages,) = (root / ".venv" / "lib").glob("python*")
    packages.rename(packages.with_name("python3.10"))


def from_another_folder(root: Path) -> None:
    script = root / ".venv" / "bin" / "pip"
    script.write_text("#!/home/somebody/else/.venv/bin/python\n")


def test_an_environment_that_works_is_kept(environment: Path) -> None:
    assert "bootstrap.py" not in planned(environment)


def test_the_environment_of_this_run_is_whole() -> None:
    python = ROOT / ".venv" / "bin" / "python"
    assert subprocess.run([python, "-I", SCRIPT, "check"], check=False).returncode == 0


@pytest.mark.parametrize("spoil", [without_pip, of_a_python_that_is_gone, of_a_newer_python, from_another_folder])
def test_a_broken_environment_is_made_anew(environment: Path, spoil: Callable[[Path], None]) -> None:
    spoil(environment)
    assert planned(environment).splitlines()[:2] == [
        "python3 tools/bootstrap.py run",
        "python3 tools/bootstrap.py dev",
    ]


@pytest.fixture
def bootstrap(environment: Path) -> dict[str, Any]:
    """Return the script's functions, for the project in ``environment``, with the commands it ran in ``ran``."""
    found = runpy.run_path(str(environment / "tools" / "bootstrap.py"))
    ran: list[list[str]] = []
    changed = found["main"].__globals__
    changed["run"] = ran.append
    return {**found, "ran": ran, "globals": changed}


def test_the_newest_pip_of_the_system_serves_where_venv_has_none(
    bootstrap: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    bootstrap["globals"]["system_pip"] = lambda: (23, 0)
    bootstrap["make"]()
    (make, install) = bootstrap["ran"]
    assert make[1:4] == ["-m", "venv", "--clear"]
    assert make[-1] == "--without-pip"
    assert install[1:4] == ["-m", "pip", "--python"]


@pytest.mark.parametrize("version", [(0,), (22, 2)])
def test_a_python_without_venv_is_told_the_package_in_one_line(
    bootstrap: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    version: tuple[int, ...],
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    bootstrap["globals"]["system_pip"] = lambda: version
    with pytest.raises(SystemExit) as ended:
        bootstrap["make"]()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert line.endswith(f"apt-get install python3.{sys.version_info.minor}-venv")
    assert bootstrap["ran"] == []


def test_an_old_python_is_told_so_in_one_line(
    bootstrap: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))
    with pytest.raises(SystemExit) as ended:
        bootstrap["make"]()
    assert ended.value.code == 2
    assert "error: Python 3.11 or newer is required" in capsys.readouterr().err


def test_what_a_killed_run_left_is_installed_again(bootstrap: dict[str, Any], environment: Path) -> None:
    def killed(command: list[str]) -> None:
        raise KeyboardInterrupt

    record = bootstrap["globals"]["run"]
    bootstrap["globals"]["run"] = killed
    with pytest.raises(KeyboardInterrupt):
        bootstrap["install"]("dev")
    bootstrap["globals"]["run"] = record
    for _ in range(2):
        bootstrap["install"]("dev")
    again, after = bootstrap["ran"]
    assert "--force-reinstall" in again
    assert "--force-reinstall" not in after
    assert "--require-hashes" in after


def test_a_failed_command_ends_the_set_up_with_its_status() -> None:
    run = runpy.run_path(str(SCRIPT))["run"]
    with pytest.raises(SystemExit) as ended:
        run([sys.executable, "-c", "raise SystemExit(3)"])
    assert ended.value.code == 3
