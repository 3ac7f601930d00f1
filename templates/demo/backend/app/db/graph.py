"""Apache AGE: a pool of asyncpg connections and Cypher on top of them.

Every connection loads the extension and puts `ag_catalog` first on its search path. The path is a
session default, not a SET, because returning a connection to the pool resets what was SET.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.core.config import settings

# Pool sizes are those of the RxDx application: sizing of max_connections counts on them.
MIN_CONNECTIONS = 5
MAX_CONNECTIONS = 20
SEARCH_PATH = 'ag_catalog, "$user", public'


class GraphUnavailable(Exception):
    """The graph pool is not connected (yet)."""


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.execute("LOAD 'age'")
    await connection.set_type_codec(
        "agtype", schema="ag_catalog", encoder=str, decoder=str, format="text"
    )


class GraphService:
    """The connection pool of one worker. `connect` is called by the start-up task, again and
    again until it succeeds; everything else uses `connection` or `transaction`."""

    def __init__(self) -> None:
        """Starts without a pool; until `connect` has succeeded the graph is unavailable."""
        self._pool: asyncpg.Pool | None = None

    @property
    def connected(self) -> bool:
        """Whether the pool exists; its connections may still have died meanwhile."""
        return self._pool is not None

    async def connect(self) -> None:
        """Creates the pool with its first connections; raises what asyncpg raises."""
        if self._pool is not None:
            return
        url = settings.database()
        self._pool = await asyncpg.create_pool(
            host=url.host,
            port=url.port or 5432,
            user=url.username,
            password=url.password,
            database=url.database,
            min_size=MIN_CONNECTIONS,
            max_size=MAX_CONNECTIONS,
            timeout=10,
            command_timeout=30,
            init=_prepare,
            server_settings={"search_path": SEARCH_PATH, "application_name": "rxdx-graph"},
        )

    async def close(self) -> None:
        """Closes the pool; connections still busy after three seconds are cut."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), timeout=3)
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Lends a connection; raises GraphUnavailable before the first `connect`."""
        if self._pool is None:
            raise GraphUnavailable("not connected to the graph database yet")
        async with self._pool.acquire() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """Lends a connection inside a transaction. Tables and graph live in one database, so a
        row and its node are written together or not at all."""
        async with self.connection() as connection, connection.transaction():
            yield connection


async def cypher(
    connection: asyncpg.Connection,
    query: str,
    columns: tuple[str, ...] = ("result",),
    **parameters: Any,
) -> list[dict[str, Any]]:
    """Runs Cypher and returns its rows. Values go in as `$name` parameters, never in the text of
    `query`, which must be a constant of this program; return maps and scalars, not vertices."""
    shape = ", ".join(f"{column} agtype" for column in columns)
    sql = f"SELECT * FROM cypher('{settings.AGE_GRAPH_NAME}', $cypher$ {query} $cypher$"
    if parameters:
        rows = await connection.fetch(f"{sql}, $1) AS ({shape})", json.dumps(parameters))
    else:
        rows = await connection.fetch(f"{sql}) AS ({shape})")
    return [{key: _from_agtype(value) for key, value in row.items()} for row in rows]


def _from_agtype(text: str | None) -> Any:
    return None if text is None else json.loads(text)


graph_service = GraphService()
