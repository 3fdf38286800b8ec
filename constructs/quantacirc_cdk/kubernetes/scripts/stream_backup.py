"""Snapshots the streams of a NATS bus into one file, or creates them from such a file.

``python stream_backup.py snapshot``: every stream with its consumers into ``WORK_DIR/<UTC time>.tar``, read back, and
its SHA-256 beside it. A snapshot that fails leaves nothing. Streams in memory have no snapshot; they are named.

``python stream_backup.py restore``: the streams of the one ``.tar`` in ``WORK_DIR``. A stream that is there and empty
is replaced; while one holds messages nothing is restored, unless ``REPLACE`` is ``yes``. Then everything that would
replace messages is first loaded as ``TRIAL_USER``, in another account of the same servers, one stream after the other:
if one does not load, nothing is changed. Each stream is copied to ``WORK_DIR/before`` and put back if the restore
itself fails. A signal stops a restore between two streams.

``python stream_backup.py rehearse``: loads the streams of the one ``.tar`` in ``WORK_DIR`` as ``TRIAL_USER``, one after
the other, and deletes them there.

The file holds a directory for each stream with ``backup.json`` and ``stream.tar.s2``, as ``nats stream backup`` writes
and ``nats stream restore`` reads them. The protocol is that of
https://docs.nats.io/reference/reference-protocols/nats_api_reference.

``WORK_DIR``, ``NATS_URL``, ``NATS_USER``, ``TRIAL_USER``, ``PASSWORD_FILE``; ``NATS_CA`` where the bus encrypts;
``VOLUME_BYTES``, the size of a server's volume (that of ``WORK_DIR``); ``CHUNK_SECONDS``, for which the bus may be
silent in the middle of a stream (60).
"""

import asyncio
import hashlib
import json
import logging
import os
import signal
import ssl
import sys
import tarfile
import time
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

Answer = dict[str, Any]

CHUNK = 128 * 1024
CONFIG, DATA = "backup.json", "stream.tar.s2"
NOT_FOUND, UNAVAILABLE = 404, 503
NO_ROOM = (10005, 10023, 10047)
"""JetStream error codes: no server has the resources that the stream requires."""
FREED_SECONDS = 5
"""Seconds in which servers free the storage of deleted streams."""
NOT_CLUSTERED = 10074
LESS: tuple[Answer, ...] = ({}, {"num_replicas": 1}, {"num_replicas": 1, "max_bytes": -1})
"""Settings that are reduced, in order, if the bus is smaller than the one in the backup."""
SILENCE = float(os.environ.get("CHUNK_SECONDS", "60"))


class FailedError(Exception):
    """Reason why a backup or restore failed."""


async def connect(user: str) -> Client:
    """Return a connection of a user without reconnect, because a snapshot cannot be resumed."""
    ca = os.environ.get("NATS_CA")
    password = Path(os.environ["PASSWORD_FILE"]).read_text(encoding="utf-8").strip()

    async def quiet(_: Exception) -> None:
        """Print nothing: errors are also raised."""

    try:
        return await nats.connect(
            os.environ["NATS_URL"],
            user=user,
            password=password,
            inbox_prefix=f"_INBOX_{user}",
            tls=ssl.create_default_context(cafile=ca) if ca else None,
            allow_reconnect=False,
            connect_timeout=10,
            error_cb=quiet,
        )
    except (NatsError, OSError, TimeoutError) as error:
        raise FailedError(f"the bus at {os.environ['NATS_URL']} does not let {user} in ({error!r})") from error


async def ask(client: Client, subject: str, **request: Any) -> Answer:
    """Return the response of JetStream, which can contain an ``error``. Retries while servers elect a leader."""
    for patience in (1, 2, 4, 8, 16, 0):
        with suppress(NoRespondersError):
            reply = await client.request(f"$JS.API.{subject}", json.dumps(request).encode(), timeout=30)
            answer = dict(json.loads(reply.data))
            if answer.get("error", {}).get("code") != UNAVAILABLE:
                return answer
        await asyncio.sleep(patience)
    return {"error": {"code": UNAVAILABLE, "description": "JetStream is not available"}}


def granted(what: str, answer: Answer) -> Answer:
    """Return the response. Raises the error of JetStream if there is one."""
    if "error" in answer:
        raise FailedError(f"{what}: {answer['error'].get('description', answer['error'])}")
    return answer


async def names(client: Client) -> list[str]:
    """Return the names of all streams, sorted."""
    found: list[str] = []
    while True:
        answer = granted("the streams", await ask(client, "STREAM.NAMES", offset=len(found)))
        page = answer.get("streams") or []
        found += page
        if not page or len(found) >= answer["total"]:
            return sorted(found)


async def in_memory(client: Client, stream: str) -> bool:
    """Return whether a stream is stored in memory. Servers cannot snapshot such streams."""
    answer = granted(stream, await ask(client, f"STREAM.INFO.{stream}"))
    return bool(answer["config"].get("storage") == "memory")


async def snapshot(client: Client, folder: Path) -> str:
    """Write all streams into one file; return its name."""
    known = await names(client)
    streams = [stream for stream in known if not await in_memory(client, stream)]
    for stream in sorted({*known} - {*streams}):
        print(f"{stream}: skipped, its messages are in memory and nowhere else")  # noqa: T201
    if not streams:
        raise FailedError("the bus has no stream on disk" if known else "the bus has no stream")
    name = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()) + ".tar"
    part = folder / "part"
    try:
        with part.open("wb") as file:
            for stream in streams:
                try:
                    await write_stream(client, stream, file)
                except (NatsError, TimeoutError) as error:
                    raise FailedError(f"{stream}: the bus broke off or fell silent ({error!r})") from error
            file.write(tarfile.NUL * tarfile.RECORDSIZE)
        check(part, streams)
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        part.rename(folder / name)
        (folder / f"{name}.sha256").write_text(f"{digest}  {name}\n", encoding="utf-8")
    finally:
        part.unlink(missing_ok=True)
    return name


async def write_stream(client: Client, stream: str, file: BinaryIO) -> None:
    """Append the two files of a stream to the archive. The larger one is written while it arrives, and its size
    last.
    """
    inbox = client.new_inbox()
    chunks = await client.subscribe(inbox)
    request = {"chunk_size": CHUNK, "deliver_subject": inbox, "jsck": True}
    answer = granted(stream, await ask(client, f"STREAM.SNAPSHOT.{stream}", **request))
    described = {"config": answer["config"], "state": answer["state"]}
    config = json.dumps(described, sort_keys=True).encode()
    file.write(header(f"{stream}/{CONFIG}", len(config)) + config + b"\0" * (-len(config) % tarfile.BLOCKSIZE))
    start, size = file.tell(), 0
    file.write(header(f"{stream}/{DATA}", 0))
    while True:
        message = await chunks.next_msg(timeout=SILENCE)
        if not message.data:
            break
        file.write(message.data)
        size += len(message.data)
        if message.reply:
            await client.publish(message.reply)  # Otherwise, the server stops sending.
    headers = message.headers or {}
    if headers.get("Status", "204") != "204":
        raise FailedError(f"{stream}: the bus broke off: {headers.get('Description', headers['Status'])}")
    await chunks.unsubscribe()
    file.write(b"\0" * (-size % tarfile.BLOCKSIZE))
    end = file.tell()
    file.seek(start)
    file.write(header(f"{stream}/{DATA}", size))
    file.seek(end)
    print(f"{stream}: {described['state']['messages']} messages, {size} bytes")  # noqa: T201


def header(name: str, size: int) -> bytes:
    """Return the header of a file in an archive, of constant length. The GNU format supports sizes above 8 GiB."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.GNU_FORMAT)


def check(path: Path, streams: list[str]) -> None:
    """Read back the whole archive, which must contain both files of each stream."""
    with tarfile.open(path, "r:") as archive:
        found = {entry.name for entry in archive if 0 < entry.size == sum(map(len, pieces(archive, entry.name)))}
    missing = sorted({f"{stream}/{file}" for stream in streams for file in (CONFIG, DATA)} - found)
    if missing:
        raise FailedError(f"the snapshot cannot be read back: {', '.join(missing)}")


def pieces(archive: tarfile.TarFile, name: str) -> Iterator[bytes]:
    """Yield a file of the archive in pieces that fit in a message, because a stream can be larger than the memory."""
    file = archive.extractfile(name)
    while file is not None and (piece := file.read(CHUNK)):
        yield piece


async def restore(client: Client, folder: Path) -> None:
    """Create the streams of the only archive in a folder."""
    (path,) = folder.glob("*.tar")
    with tarfile.open(path, "r:") as archive:
        streams = streams_of(archive)
        there = {stream: await messages(client, stream) for stream in streams}
        full = [f"{stream} ({count})" for stream, count in there.items() if count]
        if full and os.environ.get("REPLACE") != "yes":
            raise FailedError(f"there are messages in {', '.join(full)}, which would be lost")
        replaced = [stream for stream in streams if there[stream]]
        await check_room(client, replaced, archive, folder)
        await try_out(replaced, archive)
        for stream in streams:
            replacing = replace if there[stream] else renew
            await to_its_end(replacing(client, stream, archive, folder / "before"))


def streams_of(archive: tarfile.TarFile) -> list[str]:
    """Return the names of the streams in an archive."""
    return sorted(entry.name.split("/")[0] for entry in archive if entry.name.endswith(f"/{CONFIG}"))


async def rehearse(client: Client, folder: Path) -> None:
    """Create each stream of the only archive in a folder in the trial's account, and delete it there."""
    (path,), began = folder.glob("*.tar"), time.monotonic()
    with tarfile.open(path, "r:") as archive:
        streams = streams_of(archive)
        await check_room(client, streams, archive, folder)
        await try_out(streams, archive)
    print(f"rehearsed {path.stem}: {len(streams)} streams load, in {time.monotonic() - began:.0f} s")  # noqa: T201


async def check_room(client: Client, streams: list[str], archive: tarfile.TarFile, folder: Path) -> None:
    """Raise an error if a trial could fill a server's volume, because servers do not limit a restore.

    The work volume is as large as that of a server.
    """
    disk = os.statvfs(folder)
    volume = int(os.environ.get("VOLUME_BYTES", disk.f_frsize * disk.f_blocks))
    infos = [granted(name, await ask(client, f"STREAM.INFO.{name}")) for name in await names(client)]
    used = sum(info["state"]["bytes"] for info in infos)
    for stream in streams:
        described = json.loads(b"".join(pieces(archive, f"{stream}/{CONFIG}")))
        needed = described["state"]["bytes"] + archive.getmember(f"{stream}/{DATA}").size
        if used + needed > volume:
            raise FailedError(
                f"{stream}: a trial needs {needed} bytes, and of the {volume} of a server's volume {used} are used; "
                "no stream was changed: use larger volumes, or delete this stream yourself and restore without REPLACE"
            )


async def try_out(streams: list[str], archive: tarfile.TarFile) -> None:
    """Load streams in an account where nothing is lost, and delete them there. Raises an error if one does not load."""
    if not streams:
        return
    client = await connect(os.environ["TRIAL_USER"])
    for stream in streams:
        await delete_if_there(client, stream)  # A trial that was killed left it.
        try:
            await create(client, stream, archive, LESS[-1:])
        except (FailedError, NatsError, OSError, TimeoutError, ValueError) as error:
            raise FailedError(f"{error or repr(error)}; this was a trial, and no stream was changed") from error
        finally:
            with suppress(NatsError, TimeoutError):
                await delete_if_there(client, stream)
    await client.close()


async def delete_if_there(client: Client, stream: str) -> None:
    """Delete a stream that may not exist."""
    if await messages(client, stream) is not None:
        await delete(client, stream)


async def renew(client: Client, stream: str, archive: tarfile.TarFile, _: Path) -> None:
    """Create a stream that contains no messages, or does not exist, from its backup."""
    await delete_if_there(client, stream)
    print(await create(client, stream, archive))  # noqa: T201


async def replace(client: Client, stream: str, archive: tarfile.TarFile, before: Path) -> None:
    """Replace a stream that contains messages by its backup. If that fails, restore the previous stream."""
    try:
        with before.open("wb") as file:
            await write_stream(client, stream, file)
            file.write(tarfile.NUL * tarfile.RECORDSIZE)
        check(before, [stream])
    except (NatsError, TimeoutError) as error:
        raise FailedError(f"{stream}: it could not be copied first ({error!r})") from error
    await delete(client, stream)
    try:
        print(await create(client, stream, archive))  # noqa: T201
    except (FailedError, NatsError, OSError, TimeoutError, ValueError) as error:
        await delete_if_there(client, stream)
        with tarfile.open(before, "r:") as kept:
            await create(client, stream, kept)
        raise FailedError(f"{error}; {stream} was put back as it was") from error
    before.unlink()


async def to_its_end(work: Awaitable[None]) -> None:
    """Do work that a signal must not stop halfway, because a stream would be lost; obey the signal afterwards."""
    task, told = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            told = True
    if told:
        raise asyncio.CancelledError


async def messages(client: Client, stream: str) -> int | None:
    """Return the number of messages of a stream; None if it does not exist."""
    answer = await ask(client, f"STREAM.INFO.{stream}")
    if answer.get("error", {}).get("code") == NOT_FOUND:
        return None
    return int(granted(stream, answer)["state"]["messages"])


async def delete(client: Client, stream: str) -> None:
    """Delete a stream, and wait until all servers know about it."""
    granted(f"{stream} cannot be replaced", await ask(client, f"STREAM.DELETE.{stream}"))
    while await messages(client, stream) is not None:
        await asyncio.sleep(0.1)


async def create(client: Client, stream: str, archive: tarfile.TarFile, reductions: tuple[Answer, ...] = LESS) -> str:
    """Create a stream from a backup, with its settings or, on a smaller bus, with reduced ones; return what it has."""
    described = json.loads(b"".join(pieces(archive, f"{stream}/{CONFIG}")))
    subject, deadline = f"STREAM.RESTORE.{stream}", time.monotonic() + FREED_SECONDS
    for less in reductions:
        request = {"config": {**described["config"], **less}, "state": described["state"]}
        answer = await ask(client, subject, **request)
        while answer.get("error", {}).get("err_code") in NO_ROOM and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
            answer = await ask(client, subject, **request)
        if answer.get("error", {}).get("err_code") not in (NOT_CLUSTERED, *NO_ROOM):
            break
    target = granted(stream, answer)["deliver_subject"]
    for piece in pieces(archive, f"{stream}/{DATA}"):
        reply = await client.request(target, piece, timeout=SILENCE)
        granted(stream, json.loads(reply.data or b"{}"))
    done = granted(stream, json.loads((await client.request(target, b"", timeout=5 * SILENCE)).data))
    wanted = described["state"]
    if done["state"]["last_seq"] < wanted["last_seq"]:
        raise FailedError(f"{stream}: only {done['state']['last_seq']} of {wanted['last_seq']} came back")
    await consumers_back(client, stream, wanted["consumer_count"])
    changed = f"; with {json.dumps(less)}, until its settings are applied again" if less else ""
    return f"{stream}: {done['state']['messages']} messages{changed}"


async def consumers_back(client: Client, stream: str, count: int) -> None:
    """Wait until all consumers of a stream exist; several servers create them with a delay."""
    deadline, back = time.monotonic() + SILENCE, 0
    while time.monotonic() < deadline:
        answer = await ask(client, f"CONSUMER.LIST.{stream}", offset=0)
        back = len(answer.get("consumers") or [])
        if back >= min(count, answer.get("limit", count)) and not answer.get("missing"):
            return
        await asyncio.sleep(0.2)
    raise FailedError(f"{stream}: only {back} of {count} consumers came back")


async def run(what: str) -> None:
    """Run a command; SIGTERM ends it cleanly."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()

    def stop() -> None:
        if task and not task.done():
            task.cancel()
            loop.call_later(0.2, stop)  # nats-py swallows a cancellation that arrives during a write.

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    folder, client = Path(os.environ["WORK_DIR"]), await connect(os.environ["NATS_USER"])
    if what == "snapshot":
        print(f"dumped {await snapshot(client, folder)}")  # noqa: T201
    elif what == "rehearse":
        await rehearse(client, folder)
    else:
        await restore(client, folder)
    await client.close()  # Close only now: if the server is gone, closing waits for it.


ENDS = {
    "snapshot": ("backup", "nothing was stored, older backups are as they were"),
    "restore": (
        "restore",
        "what is named above is restored, and no more; to replace streams that hold messages set REPLACE to yes",
    ),
    "rehearse": ("rehearsal", "the streams of the system are as they were"),
}
"""Name of each command in its last line, and what follows from its failure."""


def main() -> int:
    """Return the exit status."""
    what = sys.argv[1]
    name, after = ENDS[what]
    os.umask(0o077)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    try:
        asyncio.run(run(what))
    except (FailedError, NatsError, OSError, tarfile.TarError, ValueError) as error:
        why = str(error) or repr(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        why = "interrupted"
    else:
        return 0
    print(f"{name} failed: {why}; {after}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
