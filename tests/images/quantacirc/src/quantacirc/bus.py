"""The bus: NATS JetStream, its streams, and its connection's health."""

import asyncio
import logging

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError

from quantacirc.config import Config
from quantacirc.health import Health

log = logging.getLogger(__name__)

STREAMS = (
    StreamConfig(name="QC_TASKS", subjects=["qc.tasks.>"], retention=RetentionPolicy.WORK_QUEUE),
    StreamConfig(name="QC_RESULTS", subjects=["qc.results.>"], max_age=7 * 86400),
    StreamConfig(name="QC_EVENTS", subjects=["qc.events.>"], max_age=7 * 86400),
    StreamConfig(name="QC_DLQ", subjects=["qc.dlq.>"], max_age=30 * 86400),
)


async def connect(config: Config, health: Health) -> Client:
    """Return a connection that repairs itself for as long as the process lives; tries until the bus answers."""

    async def up() -> None:
        health.report("bus", True)
        log.info("bus connected")

    async def down() -> None:
        health.report("bus", False)
        if not health.draining:
            log.warning("bus disconnected")

    async def problem(error: Exception) -> None:
        log.debug("bus: %s", error)

    while True:
        try:
            client = await nats.connect(
                config.bus_url,
                user=config.bus_user,
                password=config.bus_password,
                name=config.role,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.5,
                ping_interval=5,
                max_outstanding_pings=2,
                disconnected_cb=down,
                reconnected_cb=up,
                error_cb=problem,
            )
        except (NatsError, OSError, TimeoutError) as error:
            log.warning("bus: %s; trying again", error or type(error).__name__)
            await asyncio.sleep(1)
            continue
        await up()
        return client


async def streams(client: Client) -> JetStreamContext:
    """Return JetStream with the streams in place; whoever comes first creates them."""
    jetstream = client.jetstream()
    for stream in STREAMS:
        try:
            await jetstream.find_stream_name_by_subject(str((stream.subjects or [""])[0]))
        except NotFoundError:
            await jetstream.add_stream(stream)
    return jetstream
