"""Snapshots the streams of a NATS bus into one file, or creates them from such a file.

``python stream_backup.py snapshot``: every stream with its consumers into ``WORK_DIR/<UTC time>.tar``, read back, and
its SHA-256 beside it. A snapshot that fails leaves nothing.

``python stream_backup.py restore``: the streams of the one ``.tar`` in ``WORK_DIR``. A stream that is there and empty
is replaced; while one holds messages nothing is restored, unless ``REPLACE`` is ``yes``.

The file holds a directory for each stream with ``backup.json`` and ``stream.tar.s2``, as ``nats stream backup`` writes
and ``nats stream restore`` reads them. The protocol is that of
https://docs.nats.io/reference/reference-protocols/nats_api_reference.

``WORK_DIR``, ``NATS_URL``, ``NATS_USER``, ``PASSWORD_FILE``; ``NATS_CA`` where the bus encrypts; ``CHUNK_SECONDS``, for
which the bus may be silent in the middle of a stream (60).
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
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

CHUNK = 128 * 1024
CONFIG, DATA = "backup.json", "stream.tar.s2"
NOT_FOUND = 404
SILENCE = float(os.environ.get("CHUNK_SECONDS", "60"))

Answer = dict[str, Any]


class FailedError(Exception):
    """Why nothing was backed up or restored."""


async def connect() -> Client:
    """Return a connection; what breaks off is not taken up again, because half a snapshot is none."""
    ca = os.environ.get("NATS_CA")
    password = Path(os.environ["PASSWORD_FILE"]).read_text(encoding="utf-8").strip()
    user = os.environ["NATS_USER"]

    async def quiet(_: Exception) -> None:
        """Say nothing: what goes wrong is raised, too."""

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
    """Return the answer of JetStream, which may hold an ``error``."""
    reply = await client.request(f"$JS.API.{subject}", json.dumps(request).encode(), timeout=30)
    return dict(json.loads(reply.data))


def refusal(answer: Answer) -> str | None:
    """Return why JetStream refused, if it did."""
    return str(answer["error"].get("description", answer["error"])) if "error" in answer else None


async def names(client: Client) -> list[str]:
    """Return the names of all streams, sorted."""
    found: list[str] = []
    while True:
        answer = await ask(client, "STREAM.NAMES", offset=len(found))
        if why := refusal(answer):
            raise FailedError(f"the streams cannot be listed: {why}")
        page = answer.get("streams") or []
        found += page
        if not page or len(found) >= answer["total"]:
            return sorted(found)


async def snapshot(client: Client, folder: Path) -> str:
    """Write all streams into one file; return its name."""
    streams = await names(client)
    if not streams:
        raise FailedError("the bus has no stream")
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
        digest = sha256(part)
        part.rename(folder / name)
        (folder / f"{name}.sha256").write_text(f"{digest}  {name}\n", encoding="utf-8")
    finally:
        part.unlink(missing_ok=True)
    return name


async def write_stream(client: Client, stream: str, file: BinaryIO) -> None:
    """Append the two files of a stream to the archive, the larger as it arrives: its size is written last."""
    inbox = client.new_inbox()
    chunks = await client.subscribe(inbox)
    answer = await ask(client, f"STREAM.SNAPSHOT.{stream}", deliver_subject=inbox, chunk_size=CHUNK, jsck=True)
    if why := refusal(answer):
        raise FailedError(f"{stream}: {why}")
    described = {"config": answer["config"], "state": answer["state"]}
    config = json.dumps(described, sort_keys=True).encode()
    file.write(header(f"{stream}/{CONFIG}", len(config)) + padded(config))
    start, size = file.tell(), 0
    file.write(header(f"{stream}/{DATA}", 0))
    while True:
        message = await chunks.next_msg(timeout=SILENCE)
        if not message.data:
            break
        file.write(message.data)
        size += len(message.data)
        if message.reply:
            await client.publish(message.reply)  # or the server stops sending
    status = (message.headers or {}).get("Status", "204")
    if status != "204":
        raise FailedError(f"{stream}: the bus broke off: {(message.headers or {}).get('Description', status)}")
    await chunks.unsubscribe()
    file.write(b"\0" * (-size % tarfile.BLOCKSIZE))
    end = file.tell()
    file.seek(start)
    file.write(header(f"{stream}/{DATA}", size))
    file.seek(end)
    say(f"{stream}: {described['state']['messages']} messages, {size} bytes")


def header(name: str, size: int) -> bytes:
    """Return the header of a file in an archive, always of the same length; GNU's holds sizes beyond 8 GiB."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.GNU_FORMAT)


def padded(data: bytes) -> bytes:
    """Return the data and what fills its last block."""
    return data + b"\0" * (-len(data) % tarfile.BLOCKSIZE)


def check(path: Path, streams: list[str]) -> None:
    """Read the whole archive back; it must hold both files of each stream."""
    with tarfile.open(path, "r:") as archive:
        found = {entry.name for entry in archive if 0 < entry.size == sum(map(len, pieces(archive, entry.name)))}
    missing = sorted({f"{stream}/{file}" for stream in streams for file in (CONFIG, DATA)} - found)
    if missing:
        raise FailedError(f"the snapshot cannot be read back: {', '.join(missing)}")


def pieces(archive: tarfile.TarFile, name: str) -> Iterator[bytes]:
    """Yield a file of the archive in pieces that a message can hold: a stream may be larger than the memory."""
    file = archive.extractfile(name)
    while file is not None and (piece := file.read(CHUNK)):
        yield piece


def sha256(path: Path) -> str:
    """Return the checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def restore(client: Client, folder: Path) -> None:
    """Create the streams of the one archive in a folder."""
    (path,) = folder.glob("*.tar")
    with tarfile.open(path, "r:") as archive:
        streams = sorted(entry.name.split("/")[0] for entry in archive if entry.name.endswith(f"/{CONFIG}"))
        there = {stream: await messages(client, stream) for stream in streams}
        full = [f"{stream} ({count})" for stream, count in there.items() if count]
        if full and os.environ.get("REPLACE") != "yes":
            raise FailedError(f"there are messages in {', '.join(full)}, which would be lost")
        for stream in streams:
            described = json.loads(b"".join(pieces(archive, f"{stream}/{CONFIG}")))
            if there[stream] is not None and (why := refusal(await ask(client, f"STREAM.DELETE.{stream}"))):
                raise FailedError(f"{stream} cannot be replaced: {why}")
            await create(client, stream, described, archive)


async def messages(client: Client, stream: str) -> int | None:
    """Return how many messages a stream holds; None when there is no such stream."""
    answer = await ask(client, f"STREAM.INFO.{stream}")
    if why := refusal(answer):
        if answer["error"].get("code") == NOT_FOUND:
            return None
        raise FailedError(f"{stream}: {why}")
    return int(answer["state"]["messages"])


async def create(client: Client, stream: str, described: Answer, archive: tarfile.TarFile) -> None:
    """Create a stream from a backup: as it was or, where the bus is smaller now, with less."""
    refused = ""
    for less in ({}, {"num_replicas": 1}, {"num_replicas": 1, "max_bytes": -1}):
        request = {"config": {**described["config"], **less}, "state": described["state"]}
        answer = await ask(client, f"STREAM.RESTORE.{stream}", **request)
        refused = refusal(answer) or ""
        if not refused:
            break
    else:
        raise FailedError(f"{stream}: {refused}")
    for piece in pieces(archive, f"{stream}/{DATA}"):
        reply = await client.request(answer["deliver_subject"], piece, timeout=SILENCE)
        if reply.data and (why := refusal(json.loads(reply.data))):
            raise FailedError(f"{stream}: {why}")
    done = json.loads((await client.request(answer["deliver_subject"], b"", timeout=5 * SILENCE)).data)
    if why := refusal(done):
        raise FailedError(f"{stream}: {why}")
    if done["state"]["last_seq"] < described["state"]["last_seq"]:
        raise FailedError(f"{stream}: only {done['state']['last_seq']} of {described['state']['last_seq']} came back")
    changed = f"; with {json.dumps(less)}, until its settings are applied again" if less else ""
    say(f"{stream}: {done['state']['messages']} messages{changed}")


def say(text: str) -> None:
    """Tell whoever reads the log."""
    print(text, flush=True)  # noqa: T201


async def run(what: str) -> None:
    """Do what is asked; SIGTERM ends it in order."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()

    def stop() -> None:
        if task and not task.done():
            task.cancel()
            loop.call_later(0.2, stop)  # nats-py swallows a cancellation that comes while it writes

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    folder, client = Path(os.environ["WORK_DIR"]), await connect()
    if what == "snapshot":
        say(f"dumped {await snapshot(client, folder)}")
    else:
        await restore(client, folder)
    await client.close()  # only now: where the other end is gone it would wait for it


def main() -> int:
    """Return the exit status."""
    what = sys.argv[1]
    after = (
        "nothing was stored, older backups are as they were"
        if what == "snapshot"
        else "what is named above is restored, and no more; to replace streams that hold messages set REPLACE to yes"
    )
    os.umask(0o077)
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    try:
        asyncio.run(run(what))
    except (FailedError, NatsError, OSError, tarfile.TarError, ValueError) as error:
        why = str(error) or repr(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        why = "interrupted"
    else:
        return 0
    print(f"{'backup' if what == 'snapshot' else 'restore'} failed: {why}; {after}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
