"""The anomaly detector: finds tasks that take far longer than their agent's tasks do."""

import json
import math
from dataclasses import dataclass

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from quantacirc import metrics
from quantacirc.config import Config
from quantacirc.service import Service

ANOMALY = "qc.events.anomaly"
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

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.seen: dict[str, Spread] = {}

    async def handle(self, jetstream: JetStreamContext, message: Msg) -> None:
        """Compare an event with those before it."""
        event = json.loads(message.data)
        agent, seconds = str(event["agent"]), float(event["seconds"])
        if message.subject != ANOMALY and self.seen.setdefault(agent, Spread()).unusual(seconds):
            metrics.ANOMALIES.labels(agent).inc()
            await jetstream.publish(ANOMALY, message.data, headers={"Nats-Msg-Id": f"anomaly:{event['run']}"})
        await message.ack()
