"""The bus: NATS JetStream. Streams and consumers belong to the deployment; a process may only use its own."""

import asyncio
import logging
import ssl

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from quantacirc.config import Config
from quantacirc.health import Health

log = logging.getLogger(__name__)


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
        log.warning("bus: %s", error)

    secure = ssl.create_default_context(cadata=config.bus_ca) if config.bus_ca else None
    while True:
        try:
            client = await nats.connect(
                config.bus_url,
                user=config.bus_user if config.bus_password else None,
                password=config.bus_password,
                tls=secure,
                name=config.role,
                inbox_prefix=config.inbox_prefix,
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


def stream_of(subject: str) -> str:
    """Return the stream that holds a subject: named after its first two tokens."""
    return "_".join(subject.split(".")[:2]).upper().replace("-", "_")


async def subscribe(client: Client, config: Config, stream: str) -> JetStreamContext.PullSubscription:
    """Return the process's own durable consumer of a stream."""
    return await client.jetstream().pull_subscribe_bind(durable=config.bus_user, stream=stream)
