"""The orchestrator: accepts tasks over HTTP and tells how their runs stand."""

import json
import uuid

from aiohttp import web
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from quantacirc import metrics
from quantacirc.ledger import UNAVAILABLE
from quantacirc.roles import AGENTS
from quantacirc.service import Service


class Orchestrator(Service):
    """The HTTP API behind the ingress."""

    async def handle(self, jetstream: JetStreamContext, message: Msg) -> None:
        """Take note of a result or an event; the agent wrote the run itself."""
        metrics.HEARD.labels(message.subject).inc()
        await message.ack()

    def routes(self) -> list[web.RouteDef]:
        """Return the API."""
        return [
            web.get("/agents", self.agents),
            web.post("/tasks/{agent}", self.submit),
            web.get("/runs/{run}", self.show),
        ]

    async def agents(self, _: web.Request) -> web.Response:
        """List the agents."""
        return web.json_response(AGENTS)

    async def submit(self, request: web.Request) -> web.Response:
        """Hand a task to an agent; the body is the task."""
        agent = request.match_info["agent"]
        if agent not in AGENTS:
            return web.json_response({"error": f'no agent "{agent}"', "agents": AGENTS}, status=404)
        try:
            task = json.loads(await request.read())
        except ValueError:
            return web.json_response({"error": "the body is not JSON"}, status=400)
        if not isinstance(task, dict) or not isinstance(task.get("text"), str):
            return web.json_response({"error": 'the body needs a "text"'}, status=400)
        if self.client is None or not self.health.ready:
            return web.json_response({"error": "not ready"}, status=503)
        run = str(uuid.uuid4())
        try:
            await self.ledger.record(run, agent, "submitted")
            await self.client.jetstream().publish(
                f"qc.tasks.{agent}", json.dumps(task).encode(), headers={"Nats-Msg-Id": run}
            )
        except (*UNAVAILABLE, NatsError) as error:
            return web.json_response({"error": f"not accepted: {error or type(error).__name__}"}, status=503)
        return web.json_response({"run": run}, status=202)

    async def show(self, request: web.Request) -> web.Response:
        """Show a run."""
        try:
            found = await self.ledger.run(request.match_info["run"])
        except UNAVAILABLE:
            return web.json_response({"error": "the ledger does not answer"}, status=503)
        return web.json_response(found or {"error": "no such run"}, status=200 if found else 404)
