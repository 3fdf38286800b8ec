"""The exporter: metrics of the system as a whole, which no single process knows."""

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from quantacirc import metrics
from quantacirc.ledger import UNAVAILABLE
from quantacirc.roles import AGENTS
from quantacirc.service import Service

PERIOD_SECONDS = 5


class Exporter(Service):
    """Reads backlogs from the bus and run counts from the ledger."""

    async def work(self, jetstream: JetStreamContext) -> None:
        """Refresh the gauges until told to stop."""
        while not self.stopping.is_set():
            await self._backlogs(jetstream)
            try:
                for agent, status, count in await self.ledger.counts():
                    metrics.RUNS.labels(agent, status).set(count)
            except UNAVAILABLE:
                metrics.RUNS.clear()  # an old figure would look like a current one
            await self.pause(PERIOD_SECONDS)

    async def _backlogs(self, jetstream: JetStreamContext) -> None:
        stream = await jetstream.find_stream_name_by_subject("qc.tasks.>")
        for agent in AGENTS:
            try:
                consumer = await jetstream.consumer_info(stream, agent)
            except NotFoundError:  # the agent has never run
                continue
            metrics.BACKLOG.labels(agent).set((consumer.num_pending or 0) + (consumer.num_ack_pending or 0))
