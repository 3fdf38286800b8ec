"""The life of a process: start, become ready, work, drain."""

import asyncio
import logging
import signal
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from contextlib import suppress

from aiohttp import web
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from quantacirc import bus, health, ledger
from quantacirc.config import Config

log = logging.getLogger(__name__)


class Service(ABC):
    """A process with health endpoints, metrics, a bus and, if it uses one, a ledger."""

    uses_ledger = True

    def __init__(self, config: Config) -> None:
        self.config = config
        self.health = health.Health(("bus", "ledger") if self.uses_ledger else ("bus",))
        self.ledger = ledger.Ledger(config, self.health)
        self.stopping = asyncio.Event()
        self.client: Client | None = None

    def routes(self) -> list[web.RouteDef]:
        """Return what the HTTP port serves besides health."""
        return []

    @abstractmethod
    async def handle(self, jetstream: JetStreamContext, message: Msg) -> None:
        """Deal with one message, and acknowledge it."""

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT, then drain."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._drain)
        servers = [
            await health.serve_metrics(self.config.metrics_port),
            await health.serve([*health.routes(self.health), *self.routes()], self.config.http_port),
        ]
        background = [asyncio.create_task(self.ledger.look_after())] if self.uses_ledger else []
        self.health.started = True
        try:
            await self._connected()
        finally:
            for task in background:
                task.cancel()
            await self.ledger.close()
            for server in servers:
                await server.cleanup()
        log.info("drained")

    def _drain(self) -> None:
        log.info("draining")
        self.health.drain()
        self.stopping.set()

    async def _connected(self) -> None:
        """Connect to the bus and work; a SIGTERM that comes before the bus does ends the attempt."""
        client = self.client = await self._unless_stopping(bus.connect(self.config, self.health))
        if client is None:
            return
        work = asyncio.create_task(self._work(client))
        await asyncio.wait((work, asyncio.create_task(self.stopping.wait())), return_when=asyncio.FIRST_COMPLETED)
        try:
            await asyncio.wait_for(work, self.config.grace_seconds)
        except TimeoutError:
            log.error("work was left unfinished after %.0f s; the bus delivers it again", self.config.grace_seconds)
        # Everything published was acknowledged, so there is nothing to drain on the connection itself.
        with suppress(NatsError, OSError, TimeoutError):
            await asyncio.wait_for(client.close(), 5)

    async def _work(self, client: Client) -> None:
        """Take messages from every stream until told to stop; those in hand are finished."""
        streams = sorted({bus.stream_of(subject) for subject in self.config.consumes})
        await asyncio.gather(self.stopping.wait(), *(self._consume(client, stream) for stream in streams))

    async def _consume(self, client: Client, stream: str) -> None:
        while not self.stopping.is_set():
            try:
                messages = await bus.subscribe(client, self.config, stream)
                while not self.stopping.is_set():
                    await self._take(client, messages)
            except (NatsError, OSError) as error:
                log.warning("bus: %s: %s; trying again", stream, error or type(error).__name__)
                await self.pause(1)

    async def _take(self, client: Client, messages: JetStreamContext.PullSubscription) -> None:
        if not self.health.ready:
            await self.pause(0.5)
            return
        try:
            message, *_ = await messages.fetch(1, timeout=1)
        except TimeoutError:  # nothing was waiting
            return
        try:
            await self.handle(client.jetstream(), message)
        except (ValueError, LookupError, TypeError):
            log.exception("a message on %s makes no sense", message.subject)
            await message.term()

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the process is to run."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    async def _unless_stopping(self, attempt: Coroutine[object, object, Client]) -> Client | None:
        connecting, stopped = asyncio.create_task(attempt), asyncio.create_task(self.stopping.wait())
        await asyncio.wait((connecting, stopped), return_when=asyncio.FIRST_COMPLETED)
        if connecting.done():
            return connecting.result()
        connecting.cancel()
        return None
