"""The rendered bus on real servers: its configuration, its users, its streams, its encryption."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from quantacirc_cdk.kubernetes.scripts import script
from support.kubernetes.bus import Bus, make_certificates, run_script
from support.kubernetes.manifests import ENVIRONMENTS, Object, find

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory, rendered: Mapping[str, Sequence[Object]]) -> Path:
    """Return the directory of the certificate that the Job of the laptop's environment makes."""
    lines = find(rendered["local"], "ConfigMap", "create-secrets")["data"]["certificates"]
    return make_certificates(tmp_path_factory.mktemp("certificates"), lines) / "bus-tls"


@pytest.fixture(scope="module")
def bus(
    tmp_path_factory: pytest.TempPathFactory, rendered: Mapping[str, Sequence[Object]], certificates: Path
) -> Iterator[Bus]:
    """Return production's three servers with their streams."""
    found = Bus(tmp_path_factory.mktemp("bus"), rendered["prod"], certificates)
    try:
        found.start()
        found.create_streams()
        yield found
    finally:
        found.stop()


def as_user(bus: Bus, user: str, act: Callable[[Client], Awaitable[Any]], **options: Any) -> Any:
    """Return what ``act`` returns, as this user; raises what the server answers."""

    async def run() -> Any:
        client = await bus.connect(user, **options)
        try:
            return await act(client)
        finally:
            await client.close()

    return asyncio.run(run())


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_server_takes_the_configuration_of_every_environment(
    rendered: Mapping[str, Sequence[Object]], certificates: Path, tmp_path: Path, name: str
) -> None:
    checked = Bus(tmp_path, rendered[name], certificates).check()
    assert checked.returncode == 0, checked.stderr
    assert "configuration file" in checked.stderr


@pytest.mark.parametrize("name", ["local", "prod"])
def test_passwords_of_other_makers_are_text_whatever_they_look_like(
    rendered: Mapping[str, Sequence[Object]], certificates: Path, tmp_path: Path, name: str
) -> None:
    """The server reads a variable like its configuration, and the password of ``route`` is part of an address."""
    odd = [
        "12345678",
        "5e10",
        "it's",
        "a b",
        "true",
        "$HOME",
        '"\\n"',
        "(a, b)",
        "{x",
        "#1",
        "100%",
        "a@b:c/d?e#",
        "é😀",
    ]
    bus = Bus(tmp_path, rendered[name], certificates, odd)
    try:
        bus.start()
        assert set(odd) <= set(bus.passwords.values())
        for user in sorted(set(bus.passwords) - {"route"}):
            as_user(bus, user, lambda client: client.flush())
    finally:
        bus.stop()


@pytest.mark.parametrize("password", ["12345678", "5e10", "it's", "a b", "a@b/c", '"\\%41'])
def test_servers_form_a_cluster_with_any_password_of_their_addresses(
    rendered: Mapping[str, Sequence[Object]], certificates: Path, tmp_path: Path, password: str
) -> None:
    bus = Bus(tmp_path, rendered["prod"], certificates, [password])
    try:
        bus.start()
        assert bus.passwords["route"] == password
        # Streams with three copies need all three servers.
        assert bus.create_streams().count("ready") == 5 + 14
    finally:
        bus.stop()


@pytest.mark.parametrize(
    ("password", "why"),
    [("", "is empty"), ("a\n", "has a line break"), ("$2a$10$abcdefghijklmnopqrstuv", "looks like a bcrypt hash")],
)
def test_a_password_that_no_server_takes_is_refused_by_the_name_of_its_key(
    rendered: Mapping[str, Sequence[Object]], certificates: Path, tmp_path: Path, password: str, why: str
) -> None:
    bus = Bus(tmp_path, rendered["prod"], certificates)
    bus.environment |= {"BUS_PASSWORD_ROUTE": password, "BUS_PASSWORD_PLANCK_FORGE": password}
    refused = bus.check()
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"The password of {user} {why}. Change the key {user} of the Secret with the passwords of the bus."
        for user in ("planck-forge", "route")
    ]


def test_the_streams_and_consumers_are_those_declared_and_three_servers_hold_each(bus: Bus) -> None:
    async def look(client: Client) -> tuple[list[Any], dict[str, list[Any]]]:
        manager = client.jsm()
        streams = await manager.streams_info()
        return streams, {one.config.name or "": await manager.consumers_info(one.config.name) for one in streams}

    streams, consumers = as_user(bus, "admin", look)
    declared = {one["name"]: one for one in bus.declared("stream")}
    assert len(declared) == 5
    assert {one.config.name: one.config.subjects for one in streams} == {
        name: one["subjects"] for name, one in declared.items()
    }
    assert {one.config.num_replicas for one in streams} == {3}
    assert {len(one.cluster.replicas) for one in streams} == {2}
    found = {(stream, one.name, one.config.max_deliver) for stream, many in consumers.items() for one in many}
    assert found == {
        (one["stream_name"], one["config"]["durable_name"], one["config"]["max_deliver"])
        for one in bus.declared("consumer")
    }
    assert len(found) == 14


def test_creating_the_streams_again_changes_nothing(bus: Bus) -> None:
    def state() -> Any:
        async def look(client: Client) -> Any:
            return sorted(
                (one.config.name, one.config.max_bytes, one.state.messages, one.state.consumer_count)
                for one in await client.jsm().streams_info()
            )

        return as_user(bus, "admin", look)

    before = state()
    assert bus.create_streams().count("ready") == 5 + 14
    assert state() == before


def test_the_streams_together_fit_the_volume(rendered: Mapping[str, Sequence[Object]]) -> None:
    for name in ENVIRONMENTS:
        requests = find(rendered[name], "ConfigMap", "bus-streams")["data"]
        limits = [json.loads(text)["max_bytes"] for file, text in requests.items() if file.endswith(".stream.json")]
        config = find(rendered[name], "ConfigMap", "bus")["data"]["nats.conf"]
        (stored,) = [int(line.split(":")[1]) for line in config.splitlines() if "max_file_store" in line]
        assert stored * 0.99 < sum(limits) <= stored


def test_a_task_goes_round(bus: Bus) -> None:
    """Orchestrator to agent and back, each with its own rights only."""

    async def ask(client: Client) -> None:
        await client.jetstream().publish("qc.tasks.planck-forge", b"quantize")

    async def work(client: Client) -> bytes:
        own = await client.jetstream().pull_subscribe_bind(durable="planck-forge", stream="QC_TASKS")
        (task,) = await own.fetch(1, timeout=10)
        await client.jetstream().publish("qc.results.planck-forge", task.data.upper())
        await task.ack_sync()
        return task.data

    async def hear(client: Client) -> bytes:
        own = await client.jetstream().pull_subscribe_bind(durable="orchestrator", stream="QC_RESULTS")
        (result,) = await own.fetch(1, timeout=10)
        await result.ack_sync()
        return result.data

    as_user(bus, "orchestrator", ask)
    assert as_user(bus, "planck-forge", work) == b"quantize"
    assert as_user(bus, "orchestrator", hear) == b"QUANTIZE"


FORBIDDEN: dict[str, Callable[[Client], Awaitable[Any]]] = {
    "publish another's results": lambda client: client.publish("qc.results.pauli-guard", b""),
    "give itself a task": lambda client: client.publish("qc.tasks.planck-forge", b""),
    "delete a stream": lambda client: client.publish("$JS.API.STREAM.DELETE.QC_TASKS", b""),
    "purge a stream": lambda client: client.publish("$JS.API.STREAM.PURGE.QC_TASKS", b""),
    "create a consumer": lambda client: client.publish("$JS.API.CONSUMER.DURABLE.CREATE.QC_TASKS.mine", b"{}"),
    "take another's tasks": lambda client: client.publish("$JS.API.CONSUMER.MSG.NEXT.QC_TASKS.pauli-guard", b""),
    "acknowledge another's tasks": lambda client: client.publish("$JS.ACK.QC_TASKS.pauli-guard.1.1.1.1.1", b""),
    "listen to everything": lambda client: client.subscribe(">"),
    "listen to another's answers": lambda client: client.subscribe("_INBOX_orchestrator.>"),
    "listen to the servers": lambda client: client.subscribe("$SYS.>"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_an_agent_may_not(bus: Bus, what: str) -> None:
    refused: list[str] = []

    async def attempt(client: Client) -> None:
        async def note(error: Exception) -> None:
            refused.append(str(error))

        client._error_cb = note
        await FORBIDDEN[what](client)
        for _ in range(100):
            await client.flush()
            if refused:
                break
            await asyncio.sleep(0.05)

    as_user(bus, "planck-forge", attempt)
    assert any("permissions violation" in one.lower() for one in refused), refused


@pytest.mark.parametrize("options", [{"password": "guess"}, {"tls": False}])
def test_nobody_comes_in_without_the_password_or_in_the_clear(bus: Bus, options: Mapping[str, Any]) -> None:
    async def nothing(_: Client) -> None:
        return None

    with pytest.raises((NatsError, OSError, asyncio.TimeoutError)):
        as_user(bus, "planck-forge", nothing, **options)


async def patiently(act: Callable[[], Awaitable[Any]]) -> Any:
    """Return what ``act`` returns, also when servers on a busy machine have to choose a leader again meanwhile."""
    for _ in range(60):
        with suppress(ServiceUnavailableError):
            return await act()
        await asyncio.sleep(0.5)
    return await act()


def test_what_nobody_could_process_is_kept(bus: Bus) -> None:
    """After its last delivery the servers say so, also when the agent that died cannot."""

    async def exhaust(client: Client) -> Any:
        context = client.jetstream()
        config = ConsumerConfig(durable_name="doomed", max_deliver=2, ack_wait=0.3, filter_subject="qc.events.doomed")
        await patiently(lambda: client.jsm().add_consumer("QC_EVENTS", config))
        await context.publish("qc.events.doomed", b"x")
        doomed = await context.pull_subscribe_bind(durable="doomed", stream="QC_EVENTS")
        for _ in range(2):
            await doomed.fetch(1, timeout=5)
        with suppress(TimeoutError):
            await doomed.fetch(1, timeout=2)
        for _ in range(50):
            try:
                last = await client.jsm().get_last_msg(
                    "UNDELIVERED", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.QC_EVENTS.doomed"
                )
                return json.loads(last.data or b"{}")
            except NotFoundError:
                await asyncio.sleep(0.1)
        return {}

    kept = as_user(bus, "admin", exhaust)
    assert (kept.get("stream"), kept.get("consumer"), kept.get("deliveries")) == ("QC_EVENTS", "doomed", 2)


def test_a_change_that_the_servers_refuse_fails_the_job_and_says_why(bus: Bus, tmp_path: Path) -> None:
    other = {**json.loads(bus.requests["QC_TASKS.stream.json"]), "retention": "limits"}
    (tmp_path / "QC_TASKS.stream.json").write_text(json.dumps(other))
    environment = {
        "NATS_CA": str(bus.certificates / "ca.crt"),
        "NATS_PASSWORD": bus.passwords["admin"],
        "NATS_URL": f"tls://localhost:{bus.ports[0]}",
        "NATS_USER": "admin",
        "STREAMS": str(tmp_path),
    }
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run_script("create-streams.sh", tmp_path, environment)
    assert "stream QC_TASKS: refused" in caught.value.stderr


def only(requests: Mapping[str, str], **subjects: str) -> dict[str, str]:
    """Return the requests with these consumers of the tasks and no others."""
    model = json.loads(requests["QC_TASKS.planck-forge.consumer.json"])
    kept = {name: text for name, text in requests.items() if not name.startswith("QC_TASKS.") or "stream.json" in name}
    for name, subject in subjects.items():
        config = {**model["config"], "durable_name": name, "filter_subject": subject}
        kept[f"QC_TASKS.{name}.consumer.json"] = json.dumps({**model, "config": config})
    return kept


@pytest.fixture
def small(
    tmp_path: Path, rendered: Mapping[str, Sequence[Object]], certificates: Path
) -> Iterator[tuple[Bus, Callable[..., str]]]:
    """Return one server, and a function that runs the job with these consumers of the tasks."""
    found = Bus(tmp_path, rendered["local"], certificates)
    try:
        found.start()
        yield found, lambda **subjects: found.create_streams(only(found.requests, **subjects))
    finally:
        found.stop()


def consumers_of_tasks(bus: Bus) -> dict[str, str]:
    async def look(client: Client) -> dict[str, str]:
        return {one.name: one.config.filter_subject or "" for one in await client.jsm().consumers_info("QC_TASKS")}

    return dict(as_user(bus, "admin", look))


def publish(bus: Bus, *subjects: str) -> None:
    async def act(client: Client) -> None:
        for subject in subjects:
            await client.jetstream().publish(subject, subject.encode())

    as_user(bus, "admin", act)


def received(bus: Bus, durable: str, *, acknowledge: bool = True) -> list[str]:
    async def act(client: Client) -> list[str]:
        found = await client.jetstream().pull_subscribe_bind(durable=durable, stream="QC_TASKS")
        with suppress(asyncio.TimeoutError, NatsError):
            messages = await found.fetch(10, timeout=2)
            for message in messages if acknowledge else ():
                await message.ack_sync()
            return [message.data.decode() for message in messages]
        return []

    return list(as_user(bus, "admin", act))


def test_a_renamed_worker_receives_what_the_old_one_left(small: tuple[Bus, Callable[..., str]]) -> None:
    bus, run = small
    run(old="qc.tasks.a", other="qc.tasks.b")
    publish(bus, "qc.tasks.a", "qc.tasks.b")
    assert received(bus, "old", acknowledge=False) == ["qc.tasks.a"]
    said = run(new="qc.tasks.a", other="qc.tasks.b")
    assert "consumer old of QC_TASKS: deleted\n" in said
    assert said.count("deleted") == 1
    assert consumers_of_tasks(bus) == {"new": "qc.tasks.a", "other": "qc.tasks.b"}
    assert received(bus, "new") == ["qc.tasks.a"], "also what the old worker had not acknowledged"


def test_workers_exchange_subjects_and_receive_what_was_stored_before(small: tuple[Bus, Callable[..., str]]) -> None:
    bus, run = small
    run(one="qc.tasks.a", two="qc.tasks.b")
    publish(bus, "qc.tasks.a", "qc.tasks.b", "qc.tasks.b", "qc.tasks.a")
    assert received(bus, "two") == ["qc.tasks.b", "qc.tasks.b"]
    assert run(one="qc.tasks.b", two="qc.tasks.a").count("deleted") == 2
    publish(bus, "qc.tasks.b")
    assert received(bus, "two") == ["qc.tasks.a", "qc.tasks.a"]
    assert received(bus, "one") == ["qc.tasks.b"]
    assert "deleted" not in run(one="qc.tasks.b", two="qc.tasks.a")


def test_messages_of_a_removed_worker_wait_for_a_consumer(small: tuple[Bus, Callable[..., str]]) -> None:
    bus, run = small
    run(one="qc.tasks.a")
    publish(bus, "qc.tasks.a")
    run()
    assert consumers_of_tasks(bus) == {}
    run(later="qc.tasks.a")
    assert received(bus, "later") == ["qc.tasks.a"]


def test_the_job_does_not_delete_the_consumers_of_others(small: tuple[Bus, Callable[..., str]]) -> None:
    bus, run = small

    async def add(client: Client) -> None:
        for name, description in (("plain", None), ("described", "of an operator")):
            config = ConsumerConfig(durable_name=name, filter_subject=f"qc.tasks.{name}", description=description)
            await client.jsm().add_consumer("QC_TASKS", config)

    run(one="qc.tasks.a")
    as_user(bus, "admin", add)
    assert "deleted" not in run(one="qc.tasks.a")
    assert set(consumers_of_tasks(bus)) == {"one", "plain", "described"}
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run(one="qc.tasks.plain")
    assert "consumer one of QC_TASKS: refused: filtered consumer not unique" in caught.value.stderr
    assert "delete the other consumer" in caught.value.stderr


def test_consumers_beyond_one_page_of_the_list_are_deleted_too(small: tuple[Bus, Callable[..., str]]) -> None:
    bus, run = small

    async def add(client: Client) -> None:
        for number in range(257):
            config = ConsumerConfig(durable_name=f"c{number}", filter_subject=f"qc.tasks.c{number}")
            await client.jsm().add_consumer("QC_TASKS", config)

    run(zulu="qc.tasks.z")
    as_user(bus, "admin", add)
    assert "consumer zulu of QC_TASKS: deleted" in run()


def test_a_bus_that_does_not_answer_fails_the_job(tmp_path: Path) -> None:
    environment = {"NATS_URL": "nats://127.0.0.1:9", "NATS_USER": "a", "NATS_PASSWORD": "b", "STREAMS": str(tmp_path)}
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run_script("create-streams.sh", tmp_path, {**environment, "WAIT_SECONDS": "0"})
    assert caught.value.stderr.strip() == "the bus at nats://127.0.0.1:9 does not answer"


def test_a_renewed_certificate_is_served_without_a_restart(
    rendered: Mapping[str, Sequence[Object]], tmp_path: Path
) -> None:
    lines = find(rendered["local"], "ConfigMap", "create-secrets")["data"]["certificates"]
    current = tmp_path / "current"
    current.mkdir()
    for made in make_certificates(tmp_path, lines).glob("*/*"):
        shutil.copy(made, current)
    found = Bus(tmp_path / "bus", rendered["local"], current)
    found.start()
    place = tmp_path / "bus" / "bus-0"
    reloader = tmp_path / "reload-on-change.sh"
    reloader.write_text(script("reload-on-change.sh"))
    environment = {**found.environment, "PATH": "/usr/sbin:/usr/bin:/bin", "WATCHED": str(current)}
    environment |= {"PID_FILE": str(place / "nats.pid"), "SECONDS_BETWEEN": "0.1"}
    watcher = subprocess.Popen(["/bin/sh", reloader], env=environment, stdout=subprocess.DEVNULL)
    try:

        async def nothing(_: Client) -> None:
            return None

        as_user(found, "admin", nothing)
        time.sleep(0.5)
        for made in make_certificates(tmp_path, lines).glob("*/*"):  # another authority: the old one is not trusted now
            shutil.copy(made, current)
        deadline = time.monotonic() + 10
        while True:
            try:
                as_user(found, "admin", nothing)
                break
            except (NatsError, OSError, APIError):
                assert time.monotonic() < deadline, (place / "log").read_text()[-2000:]
                time.sleep(0.2)
        assert found.processes[0].poll() is None
    finally:
        watcher.kill()
        watcher.wait()
        found.stop()
