"""The small parts: times, locks, programs that are stopped, risks, the log, a table."""

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from rich.console import Console

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.operations.duration import seconds_of
from quantacirc_cdk.operations.interrupts import SIGNALS, deferred, interruptible, shielded
from quantacirc_cdk.operations.kubectl import ForbiddenError, LoggedOutError, MissingError, UnreachableError, failure
from quantacirc_cdk.operations.lock import stale
from quantacirc_cdk.operations.process import Done, run
from quantacirc_cdk.operations.report import Consumer, Report, State, Workload
from quantacirc_cdk.operations.risks import (
    DATA_LOSS,
    RECREATE,
    RISKS,
    Risk,
    component_risks,
    difference,
    migration_risks,
    refused,
    risks_of,
)
from quantacirc_cdk.operations.settings import Target
from quantacirc_cdk.operations.table import tables, verdict

NOW = datetime(2030, 1, 1, tzinfo=UTC)
HERE = socket.gethostname()


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200)])
def test_times_are_read(text: str, seconds: int):
    assert seconds_of(text, "--timeout") == seconds


@pytest.mark.parametrize("text", ["", "m", "1.5m", "-1s", "5 m", "1d"])
def test_what_is_no_time_is_refused(text: str):
    with pytest.raises(PropsError, match=r"--timeout: found .* expected a time such as 90s or 10m"):
        seconds_of(text, "--timeout")


def lease(holder: str, acquired: str = "2029-12-31T23:59:00.000000Z", seconds: int = 600) -> dict:
    return {"holderIdentity": holder, "acquireTime": acquired, "leaseDurationSeconds": seconds}


@pytest.mark.parametrize(
    ("spec", "dead"),
    [
        (lease(f"ann@{HERE}:{os.getpid()}"), False),
        (lease(f"ann@{HERE}:999999"), True),
        (lease("ann@elsewhere:999999"), False),
        (lease(f"ann@{HERE}:1"), False),
        (lease("somebody"), False),
        (lease("ann@elsewhere:1", seconds=30), True),
        (lease("ann@elsewhere:1", "9999-12-31T23:59:59Z", 2**31 - 1), False),
        ({}, True),
    ],
)
def test_a_lock_is_stale_when_its_time_is_over_or_its_process_is_gone(spec: dict, dead: bool):
    assert stale(spec, NOW) is dead


@pytest.mark.slow
def test_a_program_is_stopped_with_all_it_started_when_its_time_is_over():
    began = time.monotonic()
    done = run(["sh", "-c", "sleep 60 & echo begun; wait"], seconds=0.5)
    assert (done.status, done.ok, done.out) == (None, False, "begun\n")
    assert time.monotonic() - began < 5


@pytest.mark.slow
def test_a_program_is_not_reached_by_an_interrupt_of_ours_and_may_end_in_peace(tmp_path):
    code = "from quantacirc_cdk.operations.process import run\n"
    code += f"run(['sh', '-c', 'sleep 1; touch {tmp_path}/ended'], seconds=30, to_the_end=True)"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": "constructs"},
                               start_new_session=True, stderr=subprocess.PIPE)  # fmt: skip
    time.sleep(0.7)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert (tmp_path / "ended").exists()


@pytest.mark.parametrize("number", SIGNALS)
def test_each_way_to_cancel_is_an_interrupt_but_for_a_short_while(number: int):
    before = signal.getsignal(number)
    with interruptible():
        with shielded():
            os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            _send_and_wait(number)
    assert signal.getsignal(number) is before


def test_an_interrupt_waits_for_what_must_not_be_left_half_done():
    done = []

    def twice() -> None:
        with deferred():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("all of it")

    with interruptible(), pytest.raises(KeyboardInterrupt):
        twice()
    assert done == ["all of it"]


def _send_and_wait(number: int) -> None:
    os.kill(os.getpid(), number)
    threading.Event().wait(2)


TARGET = Target(environment="home", context="c", namespace="n", release="bakery", chart="", values="", approval=False,
                kubernetes_version="1.34")  # fmt: skip


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("error: You must be logged in to the server (Unauthorized)", LoggedOutError),
        (
            "Error: Kubernetes cluster unreachable: the server has asked for the client to provide credentials",
            LoggedOutError,
        ),
        ("Unable to connect to the server: getting credentials: exec: executable aws failed", LoggedOutError),
        ('Error from server (Forbidden): pods is forbidden: User "x" cannot list resource', ForbiddenError),
        ('Error from server (NotFound): namespaces "x" not found', MissingError),
        ('error: the server doesn\'t have a resource type "certificates"', MissingError),
        ("Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout", UnreachableError),
        ("The connection to the server localhost:8080 was refused", UnreachableError),
        ("", UnreachableError),
    ],
)
def test_what_kubectl_says_is_understood(said: str, kind: type[Exception]):
    assert type(failure(Done(status=1, out="", error=said), TARGET)) is kind


@pytest.mark.parametrize(
    ("kind", "before", "after", "name"),
    [
        ("StatefulSet", {"serviceName": "a"}, {"serviceName": "b"}, RECREATE),
        ("Deployment", {"selector": {"matchLabels": {"a": "b"}}}, {"selector": {"matchLabels": {"a": "c"}}}, RECREATE),
        ("PersistentVolumeClaim", {"resources": {"requests": {"storage": "2Gi"}}}, None, DATA_LOSS),
        ("Deployment", {"replicas": 1}, {"replicas": 2}, None),
    ],
)
def test_what_a_change_cannot_undo_has_a_name(kind: str, before: dict, after: dict | None, name: str | None):
    group = "v1" if kind == "PersistentVolumeClaim" else "apps/v1"
    old, new = (
        [{"apiVersion": group, "kind": kind, "metadata": {"name": "x"}, "spec": spec}] if spec else []
        for spec in (before, after)
    )
    found = risks_of(difference(old, new, place="home", names=("revision 2", "revision 1")))
    assert [risk.name for risk in found] == ([name] if name else [])
    assert len(refused(found, [])) == len(found)
    assert refused(found, RISKS) == []


def test_the_risk_that_is_named_is_the_dangerous_change_and_not_one_beside_it():
    """Whoever accepts a risk by its name must have read what is lost."""
    template = {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "2Gi"}}}}
    old = {
        "replicas": 1,
        "serviceName": "a",
        "updateStrategy": {"type": "OnDelete"},
        "volumeClaimTemplates": [template],
    }
    new = old | {"replicas": 2, "serviceName": "b", "updateStrategy": {"type": "RollingUpdate"}}
    one, other = ({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "x"}, "spec": spec}
                  for spec in (old, new))  # fmt: skip
    changes = difference([one], [other], place="home", names=("revision 2", "revision 1"))
    rules = [finding.rule.id for finding in changes.objects[0].findings]
    (risk,) = risks_of(changes)
    assert len(rules) == 3
    assert risk.name == RECREATE
    assert risk.what.endswith("[stateful-set-immutable]"), (risk.what, rules)
    assert rules.index("stateful-set-immutable") > 0, "it proves nothing where the dangerous one comes first"


def test_each_risk_is_said_once_and_only_where_it_is_not_accepted():
    found = [Risk(name=DATA_LOSS, what="a"), Risk(name=DATA_LOSS, what="a"), Risk(name=RECREATE, what="b")]
    assert refused(found, []) == ["a (to accept: --accept data-loss)", "b (to accept: --accept recreate)"]
    assert refused(found, [RECREATE]) == ["a (to accept: --accept data-loss)"]
    assert refused(found, [DATA_LOSS]) == ["b (to accept: --accept recreate)"]


def test_the_worst_change_comes_first():
    def item(kind: str, name: str, **spec: object) -> dict:
        return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "spec": spec}

    claim, service = item("PersistentVolumeClaim", "z"), item("Service", "a", clusterIP="None")
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}, "data": {}}
    changes = difference([config, service, claim], [], place="home", names=("revision 2", "revision 1"))
    assert [one.name for one in changes.objects] == ["PersistentVolumeClaim z", "ConfigMap b", "Service a"]


@pytest.mark.parametrize(
    ("wanted", "done", "found"),
    [(None, None, False), (3, None, False), (3, 3, False), (4, 3, False), (2, 3, True), (None, 3, True)],
)
def test_a_migration_is_not_undone_by_older_software(wanted: int | None, done: int | None, found: bool):
    assert bool(migration_risks(wanted, done, "ledger")) is found


def test_the_table_shows_each_part_and_no_control_characters():
    bad = Workload(name="shop", kind="Deployment", ready=0, wanted=1, reasons=("crash \x1b[31m red",))
    unseen = Consumer(name="baker", stream="ORDERS", unseen="no answer")
    report = Report(environment="home", context="c", namespace="n", parts=[bad, unseen])
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(tables(report))
    text = console.export_text()
    assert ("✗  shop" in text, "?  consumer  baker" in text, "\x1b" in text) == (True, True, False)
    assert verdict(report) == "home is degraded, 1 of 2 parts degraded, 1 could not be checked"
    assert (report.exit_status, unseen.state) == (1, State.UNKNOWN)


def test_each_component_is_asked_for_risks_of_its_kind(monkeypatch: pytest.MonkeyPatch):
    def called(component: str, place: str, before: list, after: list, name: str) -> list[Risk] | None:
        assert (place, before, after) == ("diff.risks", ["old"], ["new"])
        return [Risk(name=DATA_LOSS, what=f"{component} {name}")] if component == "database" else None

    monkeypatch.setattr("quantacirc_cdk.operations.risks.called", called)
    site = SimpleNamespace(system=SimpleNamespace(components={"a": "database", "b": "worker", "c": "database"}))
    assert [risk.what for risk in component_risks(site, ["old"], ["new"])] == ["database a", "database c"]
