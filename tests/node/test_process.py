"""A Node.js that was killed or stopped is an error that says so, soon."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.command import environment
from support.tools import ROOT

pytestmark = pytest.mark.integration

PROGRAM = """
import os, signal, sys
from quantacirc_cdk.kubernetes.engine import cdk8s
from quantacirc_cdk.errors import QuantacircError
import psutil
app = cdk8s.App(outdir="unused")
(node,) = psutil.Process().children(recursive=True)
node.send_signal(int(sys.argv[1]))
try:
    for number in range(1000):
        cdk8s.Chart(app, f"chart{number}")
except QuantacircError as error:
    print(error, flush=True)
    os.kill(node.pid, signal.SIGKILL) if node.is_running() else None
    os._exit(2)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "said"),
    [
        (signal.SIGKILL, "was ended by signal 9"),
        (signal.SIGSTOP, "did nothing for 1 s and was ended; QCDK_NODE_TIMEOUT sets another limit"),
    ],
)
def test_a_node_that_does_not_answer_is_named(number: signal.Signals, said: str) -> None:
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(int(number))],
        env=environment(QCDK_NODE_TIMEOUT="1"), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 2, ended.stderr
    assert said in ended.stdout
    assert time.monotonic() - began < 20


def test_a_node_that_does_not_start_is_one_line(tmp_path: Path) -> None:
    """An option that Node.js refuses in this variable ends it before it reads anything."""
    ended = subprocess.run(
        [sys.executable, "-m", "quantacirc_cdk.apps.workloads"], cwd=ROOT,
        env=environment(NODE_OPTIONS="--nonsense", CDK8S_OUTDIR=str(tmp_path)),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "Node.js, which the constructs run on, was ended" in ended.stderr
    assert "NODE_OPTIONS" in ended.stderr
    assert "Traceback" not in ended.stderr
