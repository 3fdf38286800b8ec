"""The run ledger: one row a task in PostgreSQL, and its connection's health."""

import asyncio
import logging
import ssl
from contextlib import suppress

import asyncpg

from quantacirc.config import Config
from quantacirc.health import Health

log = logging.getLogger(__name__)

SCHEMA = """
create table if not exists runs (
    id text primary key,
    agent text not null,
    status text not null check (status in ('submitted', 'running', 'done', 'failed')),
    artifact text,
    changed timestamptz not null default now()
)"""
RECORD = """
insert into runs (id, agent, status, artifact) values ($1, $2, $3, $4)
on conflict (id) do update set status = excluded.status, artifact = excluded.artifact, changed = now()
where runs.status <> 'done'"""  # a task delivered twice must not reopen a finished run
UNAVAILABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)
CHECK_SECONDS = 2.0


class Ledger:
    """A pool of connections that is looked after in the background."""

    def __init__(self, config: Config, health: Health) -> None:
        self.config = config
        self.health = health
        self.pool: asyncpg.Pool | None = None

    async def look_after(self) -> None:
        """Connect, create the table where there is none, and keep asking whether the ledger answers."""
        while True:
            try:
                if self.pool is None:
                    self.pool = await self._connect()
                await self.pool.fetchval("select 1", timeout=CHECK_SECONDS)
                self._report(True)
            except UNAVAILABLE as error:
                self._report(False, error)
            await asyncio.sleep(CHECK_SECONDS)

    async def _connect(self) -> asyncpg.Pool:
        known = self.config.ledger
        secure = ssl.create_default_context(cadata=known["ca.crt"]) if "ca.crt" in known else "prefer"
        pool = await asyncpg.create_pool(
            host=known.get("host", "localhost"),
            port=int(known.get("port", "5432")),
            database=known.get("database", "quantacirc"),
            user=known.get("username", "quantacirc"),
            password=known.get("password"),
            ssl=secure,
            min_size=1,
            max_size=4,
            timeout=5,
            command_timeout=10,
        )
        # Replicas that start together would race for the table's type; the lock lets one of them create it. Only the
        # database's owner can: the others are not ready until it has.
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(7239401)")
            if await connection.fetchval("select to_regclass('runs')") is None:
                await connection.execute(SCHEMA)
        return pool

    def _report(self, connected: bool, error: BaseException | None = None) -> None:
        if connected != self.health.dependencies["ledger"]:
            log.info("ledger connected") if connected else log.warning("ledger: %s", error or type(error).__name__)
        self.health.report("ledger", connected)

    async def record(self, run: str, agent: str, status: str, artifact: str | None = None) -> None:
        """Insert or update a run."""
        await self._pool().execute(RECORD, run, agent, status, artifact)

    async def run(self, run: str) -> dict[str, object] | None:
        """Return a run, or None when there is none with this id."""
        row = await self._pool().fetchrow("select id, agent, status, artifact, changed from runs where id = $1", run)
        return {**row, "changed": row["changed"].isoformat()} if row else None

    async def counts(self) -> list[tuple[str, str, int]]:
        """Return the number of runs by agent and status."""
        rows = await self._pool().fetch("select agent, status, count(*) from runs group by agent, status")
        return [tuple(row) for row in rows]

    def _pool(self) -> asyncpg.Pool:
        if self.pool is None:
            raise ConnectionError("the ledger is not connected yet")
        return self.pool

    async def close(self) -> None:
        """Close the connections, the busy ones after at most five seconds."""
        if self.pool is not None:
            with suppress(*UNAVAILABLE):
                await asyncio.wait_for(self.pool.close(), 5)
