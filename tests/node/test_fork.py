"""A process that is forked after jsii was used works on its own Node.js, beside its parent and others."""

import subprocess
import sys

import pytest

from support.command import environment

PROGRAM = """
import multiprocessing, os
import cdk8s
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.node import bundled_jsii
import psutil

def make(process, count):
    chart = cdk8s.Chart(cdk8s.App(), f"chart-{process}")
    for number in range(count):
        Manifest(chart, str(number), api_version="v1", kind="ConfigMap", name=f"{process}-{number}")
    return [one["metadata"]["name"] for one in cdk8s.Testing.synth(chart)]

def nodes():
    return [one.pid for one in psutil.Process().children(recursive=True) if one.exe().endswith("node")]

def work(name, answers):
    assert not nodes(), "started before it is needed"
    answers.put((name, make(name, 40), nodes()))

def main():
    with bundled_jsii():  # Once more, as any code may do.
        pass
    mine, (node,) = make("parent", 3), nodes()
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    workers = [fork.Process(target=work, args=(name, answers)) for name in "abc"]
    for worker in workers:
        worker.start()
    got = [answers.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert sorted(name for name, _, _ in got) == ["a", "b", "c"]
    for name, made, _ in got:
        assert made == [f"{name}-{number}" for number in range(40)], made
    assert len({node, *(one for _, _, own in got for one in own)}) == 4
    child = os.fork()
    if not child:
        raise SystemExit(0)  # Ends in the usual way, with what jsii and this package have registered for it.
    assert os.waitpid(child, 0)[1] == 0
    assert make("again", 3) == ["again-0", "again-1", "again-2"]
    late = fork.Process(target=work, args=("late", answers))
    late.start()
    assert answers.get(timeout=60)[1] == [f"late-{number}" for number in range(40)]

main()
"""


@pytest.mark.slow
def test_forked_processes_use_jsii_at_the_same_time() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert not ended.stderr
