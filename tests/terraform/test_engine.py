"""cdktf and its fork cdktn write the same files, but for the engine's version."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.terraform import engine
from support.tools import ROOT, TOOLS, require_file

FORK = TOOLS / "cdktn" / "bin" / "python"
PROGRAM = """
import sys, runpy
from pathlib import Path
from quantacirc_cdk.terraform import engine
assert engine.NAME == "cdktn", engine.NAME
assert "cdktf" not in sys.modules
runpy.run_path(sys.argv[1])["synthesize"](Path(sys.argv[2]), Path(sys.argv[3]))
"""


def test_only_the_engine_module_imports_the_engine() -> None:
    importing = re.compile(r"^\s*(?:from|import)\s+(?:cdktf|cdktn)\b", re.MULTILINE)
    sources = (ROOT / "constructs").rglob("*.py")
    assert {path.name for path in sources if importing.search(path.read_text())} == {"engine.py"}


def test_an_unknown_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(engine.VARIABLE, "cdktm")
    with pytest.raises(QuantacircError, match=r"QUANTACIRC_TERRAFORM_ENGINE is 'cdktm', expected \"cdkt[nf]\""):
        engine._choose()


def test_an_engine_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda _: None)
    with pytest.raises(QuantacircError, match="neither cdktf nor cdktn is installed"):
        engine._choose()
    monkeypatch.setenv(engine.VARIABLE, "cdktn")
    with pytest.raises(QuantacircError, match="asks for cdktn, which is not installed"):
        engine._choose()


def without_versions(folder: Path) -> dict[str, object]:
    files = {str(path.relative_to(folder)): json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))}
    for name, document in files.items():
        if name == "manifest.json":
            document.pop("version")
        else:
            document.get("//", {}).get("metadata", {}).pop("version", None)
    return files


@pytest.mark.slow
def test_the_fork_writes_the_same(stacks: Path, tmp_path: Path) -> None:
    fork = require_file(FORK, "run tools/fetch_environments.py")
    app = str(ROOT / "apps" / "infrastructure.py")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "constructs")}
    subprocess.run([fork, "-c", PROGRAM, app, str(ROOT), str(tmp_path)], env=environment, check=True)
    assert without_versions(tmp_path) == without_versions(stacks)
