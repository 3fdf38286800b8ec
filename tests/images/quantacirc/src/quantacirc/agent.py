"""An agent: takes tasks from the bus one at a time, writes an artifact and a run, publishes the result."""

import asyncio
import hashlib
import json
import logging
import time
from contextlib import suppress

from nats.aio.msg import Msg
from nats.js import JetStreamContext

from quantacirc import artifacts, metrics
from quantacirc.config import Config
from quantacirc.ledger import UNAVAILABLE
from quantacirc.service import Service

log = logging.getLogger(__name__)


class Agent(Service):
    """One of the agents; its role is its name."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.name = config.role
        self.artifacts = artifacts.store(config)

    async def handle(self, jetstream: JetStreamContext, message: Msg) -> None:
        """Perform a task; one that can never succeed goes to the dead letters."""
        run = message.headers.get("Nats-Msg-Id") if message.headers else None
        run = run or f"{message.metadata.stream}-{message.metadata.sequence.stream}"
        began = time.monotonic()
        with metrics.IN_FLIGHT.labels(self.name).track_inprogress():
            try:
                await self._perform(jetstream, message, run, began)
                outcome = "done"
            except UNAVAILABLE as error:  # somebody else's trouble: later, or elsewhere
                log.warning("run %s is put back: %s", run, error or type(error).__name__)
                await message.nak(delay=2)
                outcome = "retried"
            except Exception:
                log.exception("run %s failed", run)
                await self._give_up(jetstream, message, run)
                outcome = "failed"
        metrics.TASKS.labels(self.name, outcome).inc()
        metrics.SECONDS.labels(self.name).observe(time.monotonic() - began)

    async def _perform(self, jetstream: JetStreamContext, message: Msg, run: str, began: float) -> None:
        task = json.loads(message.data)
        await self.ledger.record(run, self.name, "running")
        await asyncio.sleep(float(task.get("seconds", 0)))
        text = str(task["text"]).encode()
        report = {"agent": self.name, "run": run, "bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
        artifact = f"{self.name}/{run}.json"
        await self.artifacts.put_async(artifact, json.dumps(report).encode())
        await self.ledger.record(run, self.name, "done", artifact)
        result = json.dumps({**report, "artifact": artifact, "seconds": time.monotonic() - began}).encode()
        for subject in (f"qc.results.{self.name}", f"qc.events.{self.name}"):
            await jetstream.publish(subject, result, headers={"Nats-Msg-Id": f"{subject}:{run}"})
        await message.ack_sync()

    async def _give_up(self, jetstream: JetStreamContext, message: Msg, run: str) -> None:
        """Keep a task that can never succeed where people can look at it."""
        await jetstream.publish(f"qc.dlq.{self.name}", message.data, headers={"Nats-Msg-Id": f"dlq:{run}"})
        with suppress(*UNAVAILABLE):
            await self.ledger.record(run, self.name, "failed")
        await message.term()
