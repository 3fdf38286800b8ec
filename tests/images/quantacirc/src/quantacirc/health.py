"""Health over HTTP, and the port of the metrics."""

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from quantacirc import metrics


class Health:
    """What the process knows of itself; readiness is recomputed by whoever learns of a change."""

    def __init__(self, dependencies: tuple[str, ...]) -> None:
        self.dependencies = dict.fromkeys(dependencies, False)
        self.started = False
        self.draining = False
        metrics.READY.set(0)
        for name in dependencies:
            metrics.CONNECTED.labels(name).set(0)

    @property
    def ready(self) -> bool:
        """Whether work may be sent here."""
        return self.started and not self.draining and all(self.dependencies.values())

    def report(self, dependency: str, connected: bool) -> None:
        """Record whether a dependency answers."""
        self.dependencies[dependency] = connected
        metrics.CONNECTED.labels(dependency).set(connected)
        metrics.READY.set(self.ready)

    def drain(self) -> None:
        """Record that no further work is taken."""
        self.draining = True
        metrics.READY.set(0)


def routes(health: Health) -> list[web.RouteDef]:
    """Return the health endpoints; the reasons are in the body, for people."""

    def answer(ok: bool) -> web.Response:
        body = {"ready": health.ready, "draining": health.draining, "dependencies": health.dependencies}
        return web.json_response(body, status=200 if ok else 503)

    async def startup(_: web.Request) -> web.Response:
        return answer(health.started)

    async def live(_: web.Request) -> web.Response:
        return answer(True)  # the event loop runs, which is all a restart could mend

    async def ready(_: web.Request) -> web.Response:
        return answer(health.ready)

    return [web.get("/startupz", startup), web.get("/livez", live), web.get("/readyz", ready)]


async def _metrics(_: web.Request) -> web.Response:
    body = await asyncio.to_thread(generate_latest)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def serve(definitions: list[web.RouteDef], port: int) -> web.AppRunner:
    """Serve on all addresses, IPv6 too, until the runner is cleaned up."""
    app = web.Application(client_max_size=1024**2)
    app.add_routes(definitions)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=port, shutdown_timeout=5).start()
    return runner


async def serve_metrics(port: int) -> web.AppRunner:
    """Serve ``/metrics``."""
    return await serve([web.get("/metrics", _metrics)], port)
