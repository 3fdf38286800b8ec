"""Every process in its image, hardened as the manifests harden it, against a real bus and a real ledger."""

import json
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from images.container import Container, run, running
from images.servers import Nats, Postgres
from images.workshop import VERSION, Workshop
from quantacirc_cdk.kinds.postgresql.roles import role_of
from quantacirc_cdk.kubernetes.object_store import object_store_credentials
from quantacirc_cdk.model import System
from support.kubernetes.database_roles import Roles
from support.object_store import object_store
from support.postgresql import Server

pytestmark = pytest.mark.slow


class Cluster:
    """Starts components with the configuration and the mounted Secrets that the manifests give them."""

    def __init__(self, workshop: Workshop, system: System, bus: Nats, ledger: Postgres, folder: Path) -> None:
        self.workshop, self.system, self.bus, self.folder = workshop, system, bus, folder
        self.secrets = {
            "bus": bus.passwords,
            "bus-tls": {"ca.crt": (bus.tls / "ca.crt").read_text()},
            "ledger": {
                "host": "127.0.0.1",
                "port": str(ledger.port),
                "database": ledger.database,
                "username": ledger.user,
                "password": ledger.password,
            },
            "artifacts": {"url": "file:///tmp"},
        }

    def start(self, name: str, **variables: str) -> AbstractContextManager[Container]:
        """Run a component of the model."""
        component = self.system.components[name]
        user = self.bus.clients[name]
        environment = {
            "QUANTACIRC_COMPONENT": name,
            "QUANTACIRC_BUS_URL": self.bus.url,
            "QUANTACIRC_BUS_USER": name,
            "QUANTACIRC_BUS_PASSWORD_FILE": f"/etc/secrets/bus/{name}",
            "QUANTACIRC_BUS_CA_FILE": "/etc/secrets/bus-tls/ca.crt",
            "QUANTACIRC_BUS_INBOX_PREFIX": user.inbox,
            "QUANTACIRC_BUS_CONSUMES": ",".join(user.consumes),
            "QUANTACIRC_TERMINATION_GRACE_SECONDS": "20",
        }
        own = {"bus": {name: self.secrets["bus"][name]}, "bus-tls": self.secrets["bus-tls"]}
        mounts = [self._mount(name, secret, values) for secret, values in own.items()]
        for target in sorted({"ledger", "artifacts"} & set(component.reaches)):
            environment[f"QUANTACIRC_{target.upper()}_CREDENTIALS"] = f"/etc/secrets/{target}"
            mounts.append(self._mount(name, target, self.secrets[target]))
        return running(
            self.workshop,
            component.image,
            *component.args,
            environment=environment | variables,
            options=tuple(mounts),
        )

    def _mount(self, component: str, secret: str, values: Mapping[str, str]) -> str:
        folder = self.folder / "secrets" / component / secret
        folder.mkdir(parents=True, exist_ok=True)
        for key, value in values.items():
            (folder / key).write_text(value)
        return f"--volume={folder}:/etc/secrets/{secret}:ro"


@pytest.fixture
def cluster(built: Workshop, system: System, bus: Nats, ledger: Postgres, tmp_path: Path) -> Cluster:
    return Cluster(built, system, bus, ledger, tmp_path)


def wait_for_run(orchestrator: Container, run: str, status: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while (last := orchestrator.ask(f"/runs/{run}")[1])["status"] != status:
        assert time.monotonic() < deadline, f"the run is {last}"
        time.sleep(0.1)


def test_a_task_goes_through_orchestrator_agent_ledger_and_monitoring(built: Workshop, cluster: Cluster):
    with ExitStack() as stack:
        names = ("orchestrator", "planck-forge", "exporter", "anomaly-detector")
        everybody = [stack.enter_context(cluster.start(name)) for name in names]
        orchestrator, agent, exporter, _ = everybody
        for container in everybody:
            container.wait_until("/readyz", 200)
            assert container.status("/livez") == container.status("/startupz") == 200
            assert container.metrics()["quantacirc_ready"] == 1

        submitted = run(built, "cli", "submit", "planck-forge", "hello", QUANTACIRC_ORCHESTRATOR_URL=orchestrator.url)
        assert submitted.returncode == 0, submitted.stderr
        wait_for_run(orchestrator, submitted.stdout.strip(), "done")
        agent.wait_for_metric('quantacirc_tasks_total{agent="planck-forge",outcome="done"}', 1)
        exporter.wait_for_metric('quantacirc_runs{agent="planck-forge",status="done"}', 1)
        heard = 'quantacirc_messages_consumed_total{subject="qc.%s.planck-forge"}'
        exporter.wait_for_metric(heard % "events", 1)
        orchestrator.wait_for_metric(heard % "results", 1)

        for container in everybody:
            container.terminate()
        for container in everybody:
            assert container.process.wait(20) == 0
            log = container.log.read_text()
            assert "drained" in log
            assert "Traceback" not in log
            assert "Permissions Violation" not in log


def test_each_has_its_role_in_the_ledger_and_waits_for_the_tables_of_its_owner(
    built: Workshop, cluster: Cluster, own_ledger: Postgres, tmp_path: Path
):
    server = Server(own_ledger.port, own_ledger.programs, 0, own_ledger.user, own_ledger.password)
    made = Roles.of(server, server, tmp_path, own_ledger.database)
    made.run()
    declared = cluster.system.components["ledger"].roles
    assert declared is not None

    def start(name: str) -> AbstractContextManager[Container]:
        role = role_of(declared, name)
        login = {key: (made.folder / role / key).read_text() for key in ("username", "password")}
        cluster.secrets["ledger"] |= {"port": str(own_ledger.port), **login}
        return cluster.start(name)

    with ExitStack() as stack:
        agent, exporter = (stack.enter_context(start(name)) for name in ("planck-forge", "exporter"))
        for container in (agent, exporter):
            container.wait_until("/startupz", 200)
            assert container.ask("/readyz")[1]["dependencies"]["ledger"] is False
        orchestrator = stack.enter_context(start("orchestrator"))
        for container in (orchestrator, agent, exporter):
            container.wait_until("/readyz", 200)
        submitted = run(built, "cli", "submit", "planck-forge", "hello", QUANTACIRC_ORCHESTRATOR_URL=orchestrator.url)
        wait_for_run(orchestrator, submitted.stdout.strip(), "done")
        exporter.wait_for_metric('quantacirc_runs{agent="planck-forge",status="done"}', 1)
    assert "must be owner" in made.says("writer", "drop table runs")
    assert "permission denied" in made.says("reader", "delete from runs")


def test_sigterm_finishes_the_task_in_hand_and_takes_no_other(cluster: Cluster):
    with cluster.start("orchestrator") as orchestrator, cluster.start("tunnel-fix") as agent:
        for container in (orchestrator, agent):
            container.wait_until("/readyz", 200)
        _, in_hand = orchestrator.ask("/tasks/tunnel-fix", {"text": "long", "seconds": 3})
        wait_for_run(orchestrator, in_hand["run"], "running")
        _, waiting = orchestrator.ask("/tasks/tunnel-fix", {"text": "next"})
        agent.terminate()
        agent.wait_until("/readyz", 503, 2)
        assert agent.status("/livez") == 200
        assert agent.process.wait(20) == 0
        assert orchestrator.ask(f"/runs/{in_hand['run']}")[1]["status"] == "done"
        assert orchestrator.ask(f"/runs/{waiting['run']}")[1]["status"] == "submitted"


def test_an_artifact_is_in_the_bucket_that_the_secret_of_the_object_store_names(cluster: Cluster):
    credentials = object_store_credentials("artifacts")
    with object_store() as store:
        urlopen(Request(f"{store.endpoint}/artifacts", method="PUT"), timeout=10).close()
        given = dict.fromkeys(credentials.random, "secret-of-the-test")
        cluster.secrets["artifacts"] = {**credentials.fixed, **given, "endpoint": store.endpoint}
        with cluster.start("orchestrator") as orchestrator, cluster.start("schrodinger-dev") as agent:
            for container in (orchestrator, agent):
                container.wait_until("/readyz", 200)
            _, task = orchestrator.ask("/tasks/schrodinger-dev", {"text": "keep this"})
            wait_for_run(orchestrator, task["run"], "done")
        signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/s3/aws4_request"}
        place = f"{store.endpoint}/artifacts/schrodinger-dev/{task['run']}.json"
        with urlopen(Request(place, headers=signed), timeout=10) as answer:
            assert json.load(answer)["bytes"] == len("keep this")


def test_a_task_that_makes_no_sense_fails_once_and_the_agent_goes_on(cluster: Cluster):
    with cluster.start("orchestrator") as orchestrator, cluster.start("hydro-spread") as agent:
        for container in (orchestrator, agent):
            container.wait_until("/readyz", 200)
        _, bad = orchestrator.ask("/tasks/hydro-spread", {"text": "x", "seconds": "soon"})
        wait_for_run(orchestrator, bad["run"], "failed")
        _, good = orchestrator.ask("/tasks/hydro-spread", {"text": "x"})
        wait_for_run(orchestrator, good["run"], "done")
        agent.wait_for_metric('quantacirc_tasks_total{agent="hydro-spread",outcome="failed"}', 1)


def test_readiness_follows_the_bus_and_liveness_does_not(cluster: Cluster, bus: Nats):
    with cluster.start("pauli-guard") as agent:
        agent.wait_until("/readyz", 200)
        bus.stop()
        agent.wait_until("/readyz", 503)
        assert agent.ask("/readyz")[1]["dependencies"] == {"bus": False, "ledger": True}
        assert agent.status("/livez") == 200
        assert agent.metrics()['quantacirc_dependency_connected{dependency="bus"}'] == 0
        bus.start()
        agent.wait_until("/readyz", 200)


def test_readiness_follows_the_ledger(cluster: Cluster, own_ledger: Postgres):
    cluster.secrets["ledger"]["port"] = str(own_ledger.port)
    with cluster.start("uncertain-ai") as agent:
        agent.wait_until("/readyz", 200)
        own_ledger.stop()
        agent.wait_until("/readyz", 503)
        assert agent.ask("/readyz")[1]["dependencies"] == {"bus": True, "ledger": False}
        assert agent.status("/livez") == 200
        own_ledger.start()
        agent.wait_until("/readyz", 200)


def test_a_process_that_never_reaches_its_bus_is_alive_and_unready_and_ends_on_sigterm(cluster: Cluster, bus: Nats):
    bus.stop()
    with cluster.start("london-link") as agent:
        agent.wait_until("/startupz", 200)
        assert agent.status("/livez") == 200
        assert agent.status("/readyz") == 503
        agent.terminate()
        assert agent.process.wait(10) == 0


WRITABLE = """
import os
root = os.stat("/").st_dev
for folder, names, files in os.walk("/"):
    found = [os.path.join(folder, name) for name in (*names, *files)]
    print(*(path for path in found if not os.path.islink(path) and os.access(path, os.W_OK)), sep="\\n")
    names[:] = [name for name in names if os.lstat(os.path.join(folder, name)).st_dev == root]
"""
"""Prints what the user may write, without what is in other file systems."""


def test_the_process_is_user_10001_and_writes_nowhere_but_tmp(built: Workshop, cluster: Cluster):
    with cluster.start("bose-boost") as agent:
        agent.wait_until("/readyz", 200)

        def inside(program: str) -> str:
            # The image has no shell.
            return built.engine("podman", "exec", agent.name, "python", "-c", program)

        status = inside("print(open('/proc/1/status').read())")
        fields = dict(line.split(":", 1) for line in status.splitlines() if line)
        assert fields["Uid"].split() == fields["Gid"].split() == ["10001"] * 4
        assert int(fields["CapEff"], 16) == 0
        assert fields["Seccomp"].strip() == "2"
        assert inside(WRITABLE).split() == ["/tmp"]
        inside("open('/tmp/file', 'w').write('fits')")


def test_an_unknown_agent_is_refused_with_the_nearest_name(built):
    done = run(built, "agents", QUANTACIRC_AGENT="plank-forge")
    assert done.returncode == 2
    assert done.stderr == 'error: QUANTACIRC_AGENT is "plank-forge", expected planck-forge\n'


def test_the_command_line_prints_its_version(built: Workshop):
    done = run(built, "cli", "--version")
    assert (done.returncode, done.stdout) == (0, f"quantacirc, version {VERSION}\n")
