"""The anomaly detector: finds tasks that take far longer than their agent's tasks do."""

import json
import math
from contextlib import suppress
from dataclasses import dataclass

from nats.errors import TimeoutError as NothingWaiting
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy

from quantacirc import metrics
from quantacirc.service import Service

MIN_SAMPLES = 20
DEVIATIONS = 4.0
FLOOR_SECONDS = 0.05
"""Deviations are at least this long: among tasks that all take a millisecond, two are no anomaly."""


@dataclass
class Spread:
    """Running mean and variance (Welford's method)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def unusual(self, value: float) -> bool:
        """Return whether ``value`` lies far above what was seen, then take it in."""
        deviation = math.sqrt(self.squares / self.count) if self.count else 0.0
        far = self.count >= MIN_SAMPLES and value > self.mean + DEVIATIONS * max(deviation, FLOOR_SECONDS)
        if not far:  # an outlier must not teach the detector that outliers are usual
            self.count += 1
            delta = value - self.mean
            self.mean += delta / self.count
            self.squares += delta * (value - self.mean)
        return far


class AnomalyDetector(Service):
    """Reads every event, publishes ``qc.events.anomaly``."""

    uses_ledger = False

    async def work(self, jetstream: JetStreamContext) -> None:
        """Watch until told to stop; what happened before the start is read again to know what is usual."""
        consumer = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
        events = await jetstream.subscribe("qc.events.>", ordered_consumer=True, config=consumer)
        seen: dict[str, Spread] = {}
        while not self.stopping.is_set():
            with suppress(NothingWaiting):
                message = await events.next_msg(timeout=1)
                if message.subject == "qc.events.anomaly":
                    continue
                event = json.loads(message.data)
                agent, seconds = str(event["agent"]), float(event["seconds"])
                if seen.setdefault(agent, Spread()).unusual(seconds):
                    metrics.ANOMALIES.labels(agent).inc()
                    await jetstream.publish(
                        "qc.events.anomaly", message.data, headers={"Nats-Msg-Id": f"anomaly:{event['run']}"}
                    )
        await events.unsubscribe()
