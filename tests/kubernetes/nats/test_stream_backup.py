"""Streams lose no message in a backup and a restore, on real servers and an S3 server, also when something goes wrong.

What runs is the rendered jobs: their commands, their variables, and no file but those that are mounted into them.
"""

import asyncio
import hashlib
import os
import re
import shutil
import signal
import tarfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from quantacirc_cdk.kubernetes.nats.config import TRIAL_USER
from quantacirc_cdk.kubernetes.scripts import stream_backup
from support.kubernetes.bus import Bus, make_certificates
from support.kubernetes.manifests import Object, find
from support.kubernetes.stream_backups import BrokenLine, JobFailedError, StreamBackups
from support.object_store import ObjectStore, object_store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        yield running


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory, rendered: Mapping[str, Sequence[Object]]) -> Path:
    lines = find(rendered["local"], "ConfigMap", "create-secrets")["data"]["certificates"]
    return make_certificates(tmp_path_factory.mktemp("certificates"), lines) / "bus-tls"


@pytest.fixture(scope="module")
def bus(
    tmp_path_factory: pytest.TempPathFactory, rendered: Mapping[str, Sequence[Object]], certificates: Path
) -> Iterator[Bus]:
    """Return the laptop's bus with its streams."""
    found = Bus(tmp_path_factory.mktemp("bus"), rendered["local"], certificates)
    try:
        found.start()
        found.create_streams()
        yield found
    finally:
        found.stop()


@pytest.fixture
def backups(bus: Bus, tmp_path: Path, rendered: Mapping[str, Sequence[Object]], store: ObjectStore) -> StreamBackups:
    """Return a bus with some messages, and an empty place for backups."""
    if run(bus, empty) < len(bus.declared("stream")):
        bus.create_streams()
    run(bus, fill)
    return StreamBackups(bus, rendered["local"], store, tmp_path, tmp_path.name.replace("_", "-")[:60].strip("-"))


def run(bus: Bus, act: Callable[[Client], Awaitable[Any]], user: str = "admin") -> Any:
    """Return what ``act`` returns, as this user."""

    async def connected() -> Any:
        client = await bus.connect(user)
        try:
            return await act(client)
        finally:
            await client.close()

    return asyncio.run(connected())


async def empty(client: Client) -> int:
    """Forget every message; return how many streams there are."""
    streams = await client.jsm().streams_info()
    for stream in streams:
        await client.jsm().purge_stream(stream.config.name or "")
    return len(streams)


async def fill(client: Client) -> None:
    """Write tasks, of which some are done and one is held, and events that do not compress."""
    context = client.jetstream()
    for number in range(50):
        await context.publish("qc.tasks.pauli-guard", f"task {number}".encode(), headers={"Run": str(number)})
        await context.publish("qc.events.pauli-guard", os.urandom(60_000))
    worker = await context.pull_subscribe_bind(durable="pauli-guard", stream="QC_TASKS")
    for message in (await worker.fetch(11, timeout=5))[:10]:
        await message.ack_sync()


async def content(client: Client) -> dict[str, Any]:
    """Return every message, and how far every consumer is."""
    manager, found = client.jsm(), {}
    for stream in await manager.streams_info():
        name = stream.config.name or ""
        kept = []
        for sequence in range(stream.state.first_seq, stream.state.last_seq + 1) if stream.state.messages else ():
            message = await manager.get_msg(name, sequence)
            kept.append((sequence, message.subject, hashlib.sha256(message.data or b"").hexdigest(), message.headers))
        consumers = sorted(
            (one.name, one.ack_floor.stream_seq if one.ack_floor else 0, one.num_pending)
            for one in await manager.consumers_info(name)
        )
        found[name] = (stream.config.subjects, kept, consumers)
    return found


def test_streams_that_were_lost_come_back_with_where_their_consumers_were(backups: StreamBackups) -> None:
    bus = backups.bus
    before = run(bus, content)
    assert [len(kept) for _, kept, _ in before.values()].count(0) == 3
    backups.backup()
    bus.stop()
    shutil.rmtree(bus.folder / "bus-0" / "data")
    bus.start()
    bus.create_streams()
    assert run(bus, content) != before
    said = backups.restore()
    assert run(bus, content) == before
    assert "QC_TASKS: 40 messages" in said


def test_nobody_can_read_what_is_stored_without_the_password(backups: StreamBackups) -> None:
    backups.backup()
    names = backups.stored()
    assert [name.split(".", 1)[1] for name in names] == ["tar.bin", "tar.sha256.bin"]
    stored = backups.rclone("cat", f"TARGET/{names[0]}")
    assert b"QC_TASKS" not in stored
    assert b"task 49" not in stored


def test_the_file_is_what_the_standard_command_restores(backups: StreamBackups) -> None:
    """A directory a stream, with ``backup.json`` and ``stream.tar.s2``."""
    work = backups.work()
    backups.step("bus-backup", 0, work)
    (path,) = work.glob("*.tar")
    with tarfile.open(path) as archive:
        names = {entry.name for entry in archive}
        (data,) = [archive.extractfile(name) for name in names if name == "QC_TASKS/stream.tar.s2"]
        assert data is not None
        assert data.read(10) == b"\xff\x06\x00\x00S2sTwO"
    streams = {one["name"] for one in backups.bus.declared("stream")}
    assert names == {f"{stream}/{file}" for stream in streams for file in ("backup.json", "stream.tar.s2")}


def test_streams_that_hold_messages_are_not_replaced_unasked(backups: StreamBackups) -> None:
    backups.backup()

    async def more(client: Client) -> None:
        await client.jetstream().publish("qc.tasks.pauli-guard", b"a later one")

    run(backups.bus, more)
    before = run(backups.bus, content)
    with pytest.raises(JobFailedError, match=r"messages in QC_EVENTS \(50\), QC_TASKS \(41\)"):
        backups.restore()
    assert run(backups.bus, content) == before
    backups.restore(REPLACE="yes")
    assert len(run(backups.bus, content)["QC_TASKS"][1]) == 40


@pytest.mark.parametrize("hangs", [True, False])
def test_a_snapshot_that_breaks_off_leaves_nothing(backups: StreamBackups, hangs: bool) -> None:
    backups.backup()
    good = backups.stored()
    work = backups.work()
    said = "QC_EVENTS: the bus broke off or fell silent .*; nothing was stored, older backups are as they were"
    with BrokenLine(backups.bus.ports[0], 1_000_000, hangs=hangs) as line, pytest.raises(JobFailedError, match=said):
        backups.step("bus-backup", 0, work, NATS_URL=f"tls://localhost:{line.port}", CHUNK_SECONDS="2")
    assert line.broken.is_set()
    assert list(work.iterdir()) == []
    assert backups.stored() == good


def test_a_pod_that_is_told_to_go_leaves_nothing(backups: StreamBackups) -> None:
    work = backups.work()
    with (
        BrokenLine(backups.bus.ports[0], 1_000_000, hangs=True) as line,
        backups.start("bus-backup", 0, work, NATS_URL=f"tls://localhost:{line.port}") as process,
    ):
        assert line.broken.wait(20)
        os.killpg(process.pid, signal.SIGTERM)
        said = process.communicate(timeout=20)[0]
    assert process.returncode == 1
    assert "backup failed: interrupted" in said
    assert list(work.iterdir()) == []


def test_a_full_disk_stores_nothing(backups: StreamBackups) -> None:
    python = backups.folder / "bin" / "python"
    python.write_text(re.sub(r"(?m)^exec ", "ulimit -f 2048; exec ", python.read_text()))
    with pytest.raises(JobFailedError, match=r"backup failed: .*File too large; nothing was stored"):
        backups.backup()
    assert backups.stored() == []


def test_a_damaged_backup_is_refused_and_an_older_one_restores(backups: StreamBackups) -> None:
    before = run(backups.bus, content)
    backups.backup()
    (older, _) = backups.stored()
    time.sleep(1.1)  # a name is a second
    backups.backup()
    newer = backups.stored()[2]
    backups.put(newer, backups.rclone("cat", f"TARGET/{newer}")[:-70_000])
    with pytest.raises(JobFailedError, match=r"restore failed: .*; nothing was changed"):
        backups.restore(REPLACE="yes")
    assert run(backups.bus, content) == before
    backups.restore(REPLACE="yes", BACKUP=older.split(".")[0])
    assert run(backups.bus, content) == before


def test_what_the_servers_cannot_read_is_said(backups: StreamBackups) -> None:
    """The checksum is right, but the snapshot was broken before it was made: the last line of defence."""
    work = backups.work()
    backups.step("bus-backup", 0, work)
    (path,) = work.glob("*.tar")
    with tarfile.open(path) as archive:
        place = archive.getmember("QC_EVENTS/stream.tar.s2")
    broken = bytearray(path.read_bytes())
    broken[place.offset_data + place.size // 2] ^= 0xFF
    path.write_bytes(broken)
    with pytest.raises(JobFailedError, match="restore failed: QC_EVENTS: restore failed"):
        backups.step("bus-backup-restore", 1, work, REPLACE="yes")


def broken_tasks(backups: StreamBackups) -> Path:
    """Return a work volume with a backup whose stream of tasks does not load, and add a later task."""
    work = backups.work()
    backups.step("bus-backup", 0, work)
    (path,) = work.glob("*.tar")
    with tarfile.open(path) as archive:
        place = archive.getmember("QC_TASKS/stream.tar.s2")
    broken = bytearray(path.read_bytes())
    broken[place.offset_data + place.size // 2] ^= 0xFF
    path.write_bytes(broken)

    async def more(client: Client) -> None:
        await client.jetstream().publish("qc.tasks.pauli-guard", b"a later one")

    run(backups.bus, more)
    return work


def created(bus: Bus, user: str) -> dict[str, str]:
    """Return when each stream of the user's account was created: a stream that was replaced is younger."""

    async def look(client: Client) -> dict[str, str]:
        return {str(one.config.name): str(one.created) for one in await client.jsm().streams_info()}

    found: dict[str, str] = run(bus, look, user)
    return found


def test_a_backup_of_which_one_stream_does_not_load_replaces_no_stream(backups: StreamBackups) -> None:
    """Of the two streams that hold messages, the first one loads."""
    work = broken_tasks(backups)
    before, born = run(backups.bus, content), created(backups.bus, "admin")
    assert sorted(name for name, (_, kept, _) in before.items() if kept) == ["QC_EVENTS", "QC_TASKS"]
    with pytest.raises(JobFailedError, match=r"QC_TASKS: restore failed.*; this was a trial, and no stream"):
        backups.step("bus-backup-restore", 1, work, REPLACE="yes")
    assert (run(backups.bus, content), created(backups.bus, "admin")) == (before, born)
    assert created(backups.bus, TRIAL_USER) == {}


def test_a_rehearsal_loads_every_stream_of_the_newest_backup_and_changes_none(backups: StreamBackups) -> None:
    backups.backup()
    before, born = run(backups.bus, content), created(backups.bus, "admin")
    assert f"{len(before)} streams load, in " in backups.rehearse()
    assert (run(backups.bus, content), created(backups.bus, "admin")) == (before, born)
    assert created(backups.bus, TRIAL_USER) == {}


def test_a_rehearsal_finds_a_stream_that_does_not_load(backups: StreamBackups) -> None:
    work = broken_tasks(backups)
    before, born = run(backups.bus, content), created(backups.bus, "admin")
    with pytest.raises(JobFailedError, match=r"rehearsal failed: QC_TASKS: .*; the streams of the system are as"):
        backups.step("bus-backup-drill", 1, work)
    assert (run(backups.bus, content), created(backups.bus, "admin")) == (before, born)
    assert created(backups.bus, TRIAL_USER) == {}


def test_a_trial_leaves_nothing_and_a_trial_that_was_killed_is_in_nobodys_way(backups: StreamBackups) -> None:
    work = backups.work()
    backups.step("bus-backup", 0, work)
    before = run(backups.bus, content)

    async def left(client: Client) -> None:
        await client.jsm().add_stream(name="QC_TASKS", subjects=["qc.tasks.>"])

    run(backups.bus, left, TRIAL_USER)
    backups.step("bus-backup-restore", 1, work, REPLACE="yes")
    assert run(backups.bus, content) == before
    assert created(backups.bus, TRIAL_USER) == {}


def test_a_trial_that_could_fill_the_volume_of_a_server_is_refused(backups: StreamBackups) -> None:
    work = backups.work()
    backups.step("bus-backup", 0, work)
    before, born = run(backups.bus, content), created(backups.bus, "admin")
    with pytest.raises(JobFailedError, match=r"QC_EVENTS: a trial needs \d+ bytes, .* no stream was changed"):
        backups.step("bus-backup-restore", 1, work, REPLACE="yes", VOLUME_BYTES="8000000")
    assert (run(backups.bus, content), created(backups.bus, "admin")) == (before, born)


def test_a_stream_whose_restore_fails_is_put_back_as_it_was(backups: StreamBackups) -> None:
    """Without the trial, for what fails only then: a server without room, for example."""
    work = broken_tasks(backups)
    before = run(backups.bus, content)["QC_TASKS"]
    (path,) = work.glob("*.tar")

    async def replace(client: Client) -> None:
        with tarfile.open(path) as archive:
            await stream_backup.replace(client, "QC_TASKS", archive, work / "before")

    with pytest.raises(stream_backup.FailedError, match="QC_TASKS was put back as it was"):
        run(backups.bus, replace)
    assert run(backups.bus, content)["QC_TASKS"] == before


def test_a_signal_between_the_deletion_of_a_stream_and_its_return_loses_no_message(
    backups: StreamBackups, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = backups.work()
    backups.step("bus-backup", 0, work)
    before, delete = run(backups.bus, content), stream_backup.delete

    async def nothing(*_: Any) -> None:
        pass

    async def restore(client: Client) -> None:
        task = asyncio.ensure_future(stream_backup.restore(client, work))

        async def told(client: Client, stream: str) -> None:
            await delete(client, stream)
            for _ in range(3):
                task.cancel()
                await asyncio.sleep(0)

        monkeypatch.setattr(stream_backup, "delete", told)
        await asyncio.wait([task])
        assert task.cancelled()
        await asyncio.sleep(0.5)

    monkeypatch.setattr(stream_backup, "try_out", nothing)  # its account is that of another test
    for name, text in {"REPLACE": "yes", "VOLUME_BYTES": "1000000000000"}.items():
        monkeypatch.setenv(name, text)
    run(backups.bus, restore)
    assert run(backups.bus, content) == before


def test_a_stream_in_memory_is_named_and_stops_no_backup(
    backups: StreamBackups, rendered: Mapping[str, Sequence[Object]], certificates: Path, tmp_path: Path
) -> None:
    """On servers that somebody gave memory for streams."""
    roomy = Bus(tmp_path / "roomy", rendered["local"], certificates)
    roomy.folder.mkdir()
    roomy.config = roomy.config.replace("max_memory_store: 0", "max_memory_store: 16777216")

    async def add(client: Client) -> None:
        await client.jsm().add_stream(name="SCRATCH", subjects=["scratch.>"], storage="memory")

    backups.bus = roomy
    backups.secrets = {**backups.secrets, "bus-credentials": roomy.passwords}
    try:
        roomy.start()
        roomy.create_streams()
        run(roomy, fill)
        run(roomy, add)
        said = backups.backup()
    finally:
        roomy.stop()
    assert "SCRATCH: skipped, its messages are in memory and nowhere else" in said
    assert "QC_TASKS: 40 messages" in said
    assert len(backups.stored()) == 2


def test_old_backups_go_and_the_last_ones_stay(backups: StreamBackups) -> None:
    for day in range(1, 6):
        for suffix in ("tar.bin", "tar.sha256.bin"):
            backups.put(f"2020010{day}T000000Z.{suffix}", b"x")
    backups.put("20200109T000000Z.tar.bin", b"unfinished, and a year old")
    said = backups.backup()
    kept = {name.split(".")[0] for name in backups.stored()}
    assert {"20200104T000000Z", "20200105T000000Z"} < kept
    assert len(kept) == 3
    assert "deleted the unfinished 20200109T000000Z.tar" in said


def test_who_backs_up_can_change_nothing(backups: StreamBackups) -> None:
    refused: list[str] = []

    async def attempt(client: Client) -> None:
        async def note(error: Exception) -> None:
            refused.append(str(error).lower())

        client._error_cb = note
        for subject in ("STREAM.DELETE.QC_TASKS", "STREAM.PURGE.QC_TASKS", "STREAM.RESTORE.X", "STREAM.CREATE.X"):
            await client.publish(f"$JS.API.{subject}", b"{}")
        await client.publish("qc.tasks.pauli-guard", b"{}")
        await client.subscribe(">")
        await client.flush()
        await asyncio.sleep(0.2)

    run(backups.bus, attempt, "bus-backup")
    assert sum("permissions violation" in one for one in refused) == 6, refused


def test_a_wrong_password_is_said(backups: StreamBackups) -> None:
    backups.secrets = {**backups.secrets, "bus-credentials": {"bus-backup": "guess"}}
    with pytest.raises(JobFailedError, match="does not let bus-backup in"):
        backups.backup()


def test_three_servers_streams_come_back_on_three_and_on_one(
    backups: StreamBackups, rendered: Mapping[str, Sequence[Object]], certificates: Path, tmp_path: Path
) -> None:
    """The second as in a rehearsal: production's backup on a laptop."""
    three = Bus(tmp_path / "three", rendered["prod"], certificates)
    three.folder.mkdir()
    three.requests = {
        name: text
        for name, text in three.requests.items()
        if name in ("QC_EVENTS.stream.json", "QC_TASKS.stream.json", "QC_TASKS.pauli-guard.consumer.json")
    }
    one, backups.bus = backups.bus, three
    passwords = backups.secrets["bus-credentials"]
    try:
        three.start()
        three.create_streams()
        run(three, fill)
        before = run(three, content)
        backups.secrets = {**backups.secrets, "bus-credentials": three.passwords}
        backups.backup()
        run(three, empty)
        assert "num_replicas" not in backups.restore()
        assert run(three, content) == before
    finally:
        three.stop()
    backups.bus, backups.secrets = one, {**backups.secrets, "bus-credentials": passwords}
    said = backups.restore(REPLACE="yes")
    assert {name: found for name, found in run(one, content).items() if name in before} == before
    assert '"num_replicas": 1' in said
