"""What goes wrong while something is changed: there is never a half state that is not named, with the way on."""

import os
import signal
import time

import psutil
import pytest

from cluster.server import Cluster
from support.operations.bakery import VERSIONS, Bakery, Terminal

pytestmark = pytest.mark.slow

BROKEN = {"image": "registry.invalid/broken"}
NEW = {"image": "registry.invalid/oven:2"}


@pytest.fixture
def running(bakery: Bakery) -> Bakery:
    """A bakery whose first revision runs, and a second that waits to be deployed."""
    bakery.install()
    bakery.values(baker=NEW)
    bakery.cluster.requests.clear()
    return bakery


def asked(cluster: Cluster, text: str) -> bool:
    return any(text in request for request in list(cluster.requests))


def test_a_wrong_context_is_refused_before_anything_is_sent(running: Bakery, cluster: Cluster):
    cluster.kubeconfig(running.root / "kubeconfig", current="kind-butcher")
    cluster.requests.clear()
    for command in (["deploy", "home", "--yes"], ["deploy", "home", "--dry-run"], ["rollback", "home", "--yes"]):
        done = running.qcdk(*command)
        assert (done.returncode, cluster.requests) == (2, [])
        assert 'the kube context is "kind-butcher", expected "kind-bakery"; nothing was sent' in done.stderr


def test_expired_credentials_change_nothing_and_say_so(running: Bakery, cluster: Cluster):
    cluster.break_down(".", "401")
    for command in ("deploy", "rollback"):
        done = running.qcdk(command, "home", "--yes")
        assert (done.returncode, cluster.changes[6:]) == (2, cluster.changes[6:])
        assert 'the cluster refuses the credentials of context "kind-bakery": log in again' in done.stderr
    cluster.mend()
    assert running.history() == [(1, "deployed")]


def test_credentials_that_expire_midway_leave_a_state_that_is_named(running: Bakery, cluster: Cluster):
    everything = cluster.break_down(".", "401", after=10**9)
    process = running.start("deploy", "home", "--yes")
    running.until(lambda: asked(cluster, "bakery.v2"))
    everything.after = 0
    _, error = process.communicate(timeout=120)
    assert process.returncode == 3, error
    assert "the release is neither new nor old" in error
    assert "qcdk rollback home 1, or qcdk deploy home" in error
    cluster.mend()
    done = running.deploy()
    assert done.returncode == 0, done.stderr
    assert running.image("baker") == "registry.invalid/oven:2"


def test_a_cluster_that_does_not_answer_is_told_from_one_that_refuses(running: Bakery, cluster: Cluster):
    cluster.break_down(".", "close")
    done = running.deploy("--request-timeout", "2s")
    assert done.returncode == 2
    assert 'the cluster of context "kind-bakery" does not respond' in done.stderr
    assert "log in" not in done.stderr


@pytest.mark.parametrize("fault", ["hang", "close"])
def test_an_api_that_stops_answering_midway_leaves_a_state_that_is_named(running: Bakery, cluster: Cluster, fault: str):
    everything = cluster.break_down(".", fault, after=10**9)
    process = running.start("deploy", "home", "--yes", "--timeout", "4s", "--request-timeout", "1s")
    running.until(lambda: asked(cluster, "bakery.v2"))
    everything.after = 0
    _, error = process.communicate(timeout=120)
    assert process.returncode == 3, error
    assert "the release is neither new nor old" in error
    assert "helm --kube-context kind-bakery --namespace bakery history bakery" in error
    assert "to go on once the cluster answers: qcdk rollback home 1, or qcdk deploy home" in error
    assert "the lock bakery-deployment could not be removed and will expire" in error
    cluster.mend()
    done = running.deploy()
    assert done.returncode == 0, done.stderr
    assert (running.image("baker"), running.history()[-1][1]) == ("registry.invalid/oven:2", "deployed")
    assert cluster.list("Lease") == []


def test_an_api_that_answers_again_in_time_is_waited_for(running: Bakery, cluster: Cluster):
    cluster.slow_down(1)
    fault = cluster.break_down("GET .*/pods", "503", after=10**9)
    process = running.start("deploy", "home", "--yes", "--timeout", "60s")
    running.until(lambda: running.image("baker") == "registry.invalid/oven:2")
    fault.after, fault.times = 0, 3
    _, error = process.communicate(timeout=120)
    assert process.returncode == 0, error


def test_an_api_that_is_away_for_a_while_takes_the_release_back_and_leaves_no_lock(running: Bakery, cluster: Cluster):
    """Whatever is tried in between is tried again, and the outage is longer than one try."""
    running.values(baker=BROKEN)
    everything = cluster.break_down(".", "close", after=10**9)
    process = running.start(
        "deploy", "home", "--yes", "--timeout", "40s", "--patience", "1s", "--request-timeout", "1s"
    )
    running.until(lambda: asked(cluster, "bakery.v3"))
    everything.after = 0
    time.sleep(5)
    cluster.mend()
    _, error = process.communicate(timeout=120)
    assert process.returncode == 1, error
    assert (running.image("baker"), running.history()[-1][1]) == ("registry.invalid/oven:1", "deployed")
    assert cluster.list("Lease") == []


def test_an_api_that_is_away_while_the_release_is_taken_back_is_waited_for(running: Bakery, cluster: Cluster):
    """Longer than one try of ``helm rollback``, and than one of each request after it."""
    running.values(baker=BROKEN)
    everything = cluster.break_down(".", "close", after=10**9)
    process = running.start(
        "deploy", "home", "--yes", "--timeout", "60s", "--patience", "1s", "--request-timeout", "1s"
    )
    # helm rollback has written its revision, the second since the first was installed, and changes the objects.
    running.until(lambda: sum("POST" in one and "/secrets" in one for one in list(cluster.requests)) == 2, seconds=180)
    everything.after = 0
    time.sleep(13)
    cluster.mend()
    _, error = process.communicate(timeout=120)
    assert process.returncode == 1, error
    assert (running.image("baker"), running.history()[-1][1]) == ("registry.invalid/oven:1", "deployed")
    assert cluster.list("Lease") == []


@pytest.mark.parametrize("release", VERSIONS)
def test_a_pending_release_that_nobody_finishes_is_repaired(tmp_path, cluster: Cluster, release: str):
    bakery = Bakery(tmp_path, cluster, release).set_up()
    bakery.install()
    bakery.values(baker=NEW)
    kill_midway(bakery, cluster)
    assert bakery.history() == [(1, "deployed"), (2, "pending-upgrade")]
    done = bakery.deploy()
    assert done.returncode == 0, done.stderr
    assert "revision 2 was never finished: rolling back to 1 first" in done.stderr
    assert bakery.history()[-1] == (4, "deployed")
    assert bakery.image("baker") == "registry.invalid/oven:2"


def test_a_first_release_that_nobody_finishes_is_installed_again(bakery: Bakery, cluster: Cluster):
    kill_midway(bakery, cluster)
    assert bakery.history() == [(1, "pending-install")]
    done = bakery.deploy()
    assert done.returncode == 0, done.stderr
    assert "revision 1, the first, was never finished: it is installed again" in done.stderr
    assert bakery.history() == [(1, "deployed")]


def kill_midway(bakery: Bakery, cluster: Cluster) -> None:
    """Kill a deployment and its helm with no warning, while objects are being applied."""
    cluster.break_down(r"(POST|PATCH) .*/deployments(/|\?)(?!.*dryRun)", "hang")
    cluster.requests.clear()
    process = bakery.start("deploy", "home", "--yes")
    bakery.until(lambda: any("/deployments" in one and not one.startswith("GET") and "dryRun" not in one
                             for one in list(cluster.requests)))  # fmt: skip
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for one in reversed(family):
        one.kill()
    process.communicate(timeout=60)
    psutil.wait_procs(family, timeout=20)
    cluster.mend()


def test_a_release_that_another_helm_works_on_is_left_alone(running: Bakery, cluster: Cluster):
    fault = cluster.break_down("PATCH .*/deployments/", "hang")
    helm = running.start_program("helm", "--kube-context", "kind-bakery", "--namespace", "bakery", "upgrade", "bakery",
                                 running.chart)  # fmt: skip
    running.until(lambda: running.history()[-1] == (2, "pending-upgrade"))
    running.until(lambda: fault.times < 10**9)  # helm says that it is under way before it sends anything
    running.cluster.faults.clear()
    done = running.deploy()
    assert done.returncode == 2
    assert "revision 2 is pending-upgrade since" in done.stderr
    assert "(to accept: --accept pending)" in done.stderr
    cluster.mend()
    helm.communicate(timeout=60)


def test_of_two_deployments_at_once_one_is_refused(running: Bakery, cluster: Cluster):
    cluster.slow_down(4)
    first = running.start("deploy", "home", "--yes")
    running.until(lambda: bool(cluster.list("Lease")))
    second = running.deploy()
    assert second.returncode == 2
    assert "another deployment is running: ann@" in second.stderr
    assert "nothing was changed" in second.stderr
    _, error = first.communicate(timeout=60)
    assert (first.returncode, running.history()[-1]) == (0, (2, "deployed")), error


def test_a_pipeline_that_is_cancelled_takes_the_release_back(running: Bakery, cluster: Cluster):
    cluster.slow_down(60)
    process = running.start("deploy", "home", "--yes")
    running.until(lambda: running.image("baker") == "registry.invalid/oven:2")
    time.sleep(0.5)
    status, _, error = running.interrupt(process, signal.SIGTERM)
    assert status == 130, error
    assert "interrupted" in error
    assert "taken back: what revision 1 deployed runs again, and is ready" in error
    assert running.image("baker") == "registry.invalid/oven:1"
    assert running.history()[-1] == (3, "deployed")
    assert cluster.list("Lease") == []


def test_a_second_interrupt_leaves_the_release_and_says_what_it_is(running: Bakery, cluster: Cluster):
    cluster.slow_down(60)
    process = running.start("deploy", "home", "--yes")
    running.until(lambda: running.image("baker") == "registry.invalid/oven:2")
    time.sleep(0.5)
    cluster.break_down("PATCH .*/deployments/", "hang", times=1)
    process.send_signal(signal.SIGINT)
    running.until(lambda: running.history()[-1] == (3, "pending-rollback"))
    status, _, error = running.interrupt(process)
    assert status == 3, error
    assert "the release is neither new nor old: interrupted again" in error
    assert "qcdk rollback home 1, or qcdk deploy home" in error
    cluster.mend()
    cluster.slow_down(0)
    done = running.rollback("1")
    assert done.returncode == 0, done.stderr
    assert running.image("baker") == "registry.invalid/oven:1"


def test_an_interrupt_before_anything_changed_changes_nothing(running: Bakery, cluster: Cluster):
    changes = len(cluster.changes)
    cluster.break_down("GET /version", "hang")
    process = running.start("deploy", "home", "--yes")
    running.until(lambda: asked(cluster, "GET /version"))
    status, _, error = running.interrupt(process)
    assert (status, len(cluster.changes)) == (130, changes)
    assert "interrupted; nothing was changed" in error
    assert "Traceback" not in error


def test_ctrl_c_leaves_the_terminal_as_it_was(running: Bakery, cluster: Cluster):
    cluster.slow_down(60)
    terminal = Terminal(running.command("deploy", "home", "--yes"), running)
    terminal.read_until("2 old pods")
    terminal.type("\x03")
    status, shown = terminal.end()
    assert status == 130, shown
    assert "^C" in shown
    assert terminal.after == terminal.before
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l"), "the cursor is still hidden"
    assert running.image("baker") == "registry.invalid/oven:1"


def test_a_terminal_that_is_closed_takes_the_release_back(running: Bakery, cluster: Cluster):
    cluster.slow_down(60)
    terminal = Terminal(running.command("deploy", "home", "--yes"), running)
    terminal.read_until("2 old pods")
    terminal.hang_up()
    terminal.process.wait(60)  # Python makes its own status of streams that it cannot flush
    assert (running.image("baker"), running.history()[-1]) == ("registry.invalid/oven:1", (3, "deployed"))
    assert cluster.list("Lease") == []


def test_an_interrupted_rollback_is_complete_and_says_how_to_go_on(running: Bakery, cluster: Cluster):
    running.install()
    cluster.slow_down(60)
    process = running.start("rollback", "home", "--yes")
    running.until(lambda: running.image("baker") == "registry.invalid/oven:1")
    running.until(lambda: running.history()[-1] == (3, "deployed"))
    time.sleep(0.5)
    status, _, error = running.interrupt(process)
    assert status == 130, error
    assert "revision 1 was restored, and nobody waited for it" in error
    assert "to undo: qcdk rollback home 2" in error
    assert running.history()[-1] == (3, "deployed")


def test_a_rollback_that_the_api_does_not_finish_is_gone_on_with(running: Bakery, cluster: Cluster):
    running.install()
    everything = cluster.break_down(".", "hang", after=10**9)
    process = running.start("rollback", "home", "--yes", "--timeout", "4s", "--request-timeout", "1s")
    running.until(lambda: asked(cluster, "bakery.v3"))
    everything.after = 0
    _, error = process.communicate(timeout=120)
    assert process.returncode == 3, error
    assert "the rollback was not completed" in error
    assert "to go on once the cluster answers: qcdk rollback home 1" in error
    cluster.mend()
    done = running.rollback("1")
    assert done.returncode == 0, done.stderr
    assert running.image("baker") == "registry.invalid/oven:1"


def test_the_lock_of_a_dead_process_on_this_machine_is_broken_and_no_other(running: Bakery, cluster: Cluster):
    host = os.uname().nodename
    spec = {
        "holderIdentity": f"ann@{host}:999999",
        "leaseDurationSeconds": 3600,
        "acquireTime": "2099-01-01T00:00:00.0Z",
    }
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "bakery-deployment"}}
    cluster.put({**lease, "spec": {**spec, "holderIdentity": "bob@elsewhere:999999"}})
    assert "bob@elsewhere:999999 since 2099" in running.deploy().stderr
    cluster.set("Lease", "bakery-deployment", spec=spec)
    assert running.deploy().returncode == 0
