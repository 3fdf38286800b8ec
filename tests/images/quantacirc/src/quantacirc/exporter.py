"""The exporter: metrics of the system as a whole, which no single process knows."""

import asyncio
import json

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from quantacirc import metrics
from quantacirc.ledger import UNAVAILABLE
from quantacirc.service import Service

PERIOD_SECONDS = 5


class Exporter(Service):
    """Counts what is heard on the bus and what stands in the ledger."""

    async def handle(self, jetstream: JetStreamContext, message: Msg) -> None:
        """Count an event."""
        metrics.HEARD.labels(message.subject).inc()
        event = json.loads(message.data)
        if message.subject == "qc.events.anomaly":
            metrics.ANOMALIES.labels(event["agent"]).inc()
        await message.ack()

    async def _work(self, client: Client) -> None:
        await asyncio.gather(super()._work(client), self._count_runs())

    async def _count_runs(self) -> None:
        while not self.stopping.is_set():
            try:
                for agent, status, count in await self.ledger.counts():
                    metrics.RUNS.labels(agent, status).set(count)
            except UNAVAILABLE:
                metrics.RUNS.clear()  # an old figure would look like a current one
            await self.pause(PERIOD_SECONDS)
