"""``qcdk synth`` starts Node.js before it imports the model, and its processes use it."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from quantacirc_cdk.node import spare
from quantacirc_cdk.synth.parts import CDK8S, CDKTF, start_engines
from support.command import environment
from support.tools import ROOT

pytestmark = pytest.mark.integration

ADOPT = """
import os, sys
from quantacirc_cdk.node import spare
import psutil

def nodes():
    return [one.pid for one in psutil.Process(parent).children(recursive=True) if one.exe().endswith("node")]

parent = os.getpid()
spare.prepare(("constructs", "cdk8s"))
(started,) = nodes()
child = os.fork()
if not child:
    spare.want(("constructs", "cdk8s"))
    os.environ.update(dict(word.split("=") for word in sys.argv[1:]))
    import cdk8s
    chart = cdk8s.Chart(cdk8s.App(), "chart")
    cdk8s.ApiObject(chart, "one", api_version="v1", kind="ConfigMap")
    used = sys.modules["jsii"].kernel.provider._process._process.pid
    print(used == started, len(cdk8s.Testing.synth(chart)))
    raise SystemExit(0)
spare.release(("constructs", "cdk8s"))
assert os.waitpid(child, 0)[1] == 0
"""


def run(program: str, *words: str) -> str:
    """Return what a program prints; it must leave no process behind."""
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert not done.stderr
    assert done.returncode == 0
    return done.stdout


def test_a_forked_process_uses_the_node_that_was_started_for_it() -> None:
    assert run(ADOPT) == "True 1\n"


def test_another_environment_needs_another_node() -> None:
    assert run(ADOPT, "JSII_SILENCE_WARNING_OTHER=1") == "False 1\n"


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    monkeypatch.setattr(spare, "prepare", found.append)
    return found


@pytest.mark.parametrize(
    ("only", "engines"),
    [
        (None, [CDK8S, CDKTF]),
        ((), [CDK8S, CDKTF]),
        (("kubernetes",), [CDK8S]),
        (("terraform",), [CDKTF]),
        (("helm",), [CDK8S]),
        (("report",), [CDK8S, CDKTF]),
        (("cicd",), []),
    ],
)
def test_only_engines_that_the_parts_need_are_started(
    only: tuple[str, ...] | None,
    engines: list[tuple[str, ...]],
    prepared: list[tuple[str, ...]],
    tmp_path: Path,
) -> None:
    """Only apps of the project can create constructs of an engine."""
    start_engines(tmp_path, only)
    assert prepared == []
    (tmp_path / "apps").mkdir()
    for name in ("workloads", "infrastructure"):
        (tmp_path / "apps" / f"{name}.py").write_text("def synthesize(*_): ...\n")
    start_engines(tmp_path, only)
    assert prepared == engines


OWN = """
from functools import partial
from quantacirc_cdk.apps import workloads
synthesize = partial(workloads.synthesize, after=lambda *_: None)
"""
OTHER = """
import os
from quantacirc_cdk.apps import infrastructure
def synthesize(*arguments):
    os.environ["CDKTF_CONTEXT_JSON"] = "{}"
    infrastructure.synthesize(*arguments)
"""
"""Apps of a project that need the engines."""


def nodes_of(folder: Path) -> list[int]:
    """Return the processes of Node.js whose temporary files are in ``folder``."""
    return [
        one.info["pid"]
        for one in psutil.process_iter(["pid", "cmdline"])
        if any(str(folder) in word for word in one.info["cmdline"] or ())
    ]


@pytest.mark.slow
@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize("own", [False, True])
def test_a_run_starts_one_node_for_each_engine_and_leaves_none(tmp_path: Path, breaks: bool, own: bool) -> None:
    root, scratch = tmp_path / "project", tmp_path / "scratch"
    shutil.copytree(ROOT / "apps", root / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    scratch.mkdir()
    if own:
        (root / "apps" / "workloads.py").write_text(OWN)
        (root / "apps" / "infrastructure.py").write_text(OTHER)
    if breaks:
        (root / "apps" / "system.yaml").write_text("name: [")
    process = subprocess.Popen(
        [sys.executable, "-m", "quantacirc_cdk.cli", "synth", "--project", str(root)],
        env=environment(TMPDIR=str(scratch)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    seen: set[int] = set()
    while process.poll() is None:
        seen.update(nodes_of(scratch))
        time.sleep(0.01)
    assert process.returncode == (2 if breaks else 0)
    assert len(seen) == (2 if own else 0)
    until = time.monotonic() + 20
    while nodes_of(scratch) and time.monotonic() < until:
        time.sleep(0.05)
    assert not nodes_of(scratch)
    assert not list(scratch.iterdir())
