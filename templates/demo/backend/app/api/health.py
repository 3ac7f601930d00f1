"""Liveness (no dependencies) and readiness (a real SQL and a real Cypher query)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text

from app.api.errors import outage_of
from app.core.config import settings
from app.db.graph import cypher, graph_service
from app.db.session import engine

TIMEOUT_SECONDS = 2.0
router = APIRouter(tags=["health"])
logger = logging.getLogger(__name__)


@router.get("/health")
async def health() -> dict[str, str]:
    """Answers as long as the process runs, also while the database is broken."""
    return {"status": "healthy"}


@router.get("/version")
async def version() -> dict[str, str]:
    """What runs here."""
    return {
        "name": settings.PROJECT_NAME,
        "version": settings.APP_VERSION,
        "environment": settings.ENVIRONMENT,
    }


async def _query_database() -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def _query_graph() -> None:
    async with graph_service.connection() as connection:
        await cypher(connection, "RETURN 1")


async def _check(name: str, query: Callable[[], Awaitable[None]]) -> dict[str, str]:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await query()
        return {"status": "healthy"}
    except Exception as failure:
        # The message may name hosts and users; it belongs in the log, not in a public answer.
        error = outage_of(failure) or type(failure).__name__
        logger.warning(
            "readiness check failed",
            extra={"check": name, "error": f"{type(failure).__name__}: {failure}"},
        )
        return {"status": "unhealthy", "error": error}


@router.get("/health/ready", responses={503: {"description": "A dependency is unhealthy"}})
async def ready() -> JSONResponse:
    """200 when PostgreSQL and the graph answer, 503 when one does not; both are asked at once
    and given two seconds."""
    start = time.monotonic()
    database, graph = await asyncio.gather(
        _check("database", _query_database), _check("graph_database", _query_graph)
    )
    healthy = database["status"] == graph["status"] == "healthy"
    return JSONResponse(
        {
            "status": "healthy" if healthy else "unhealthy",
            "checks": {"database": database, "graph_database": graph},
            "duration_seconds": round(time.monotonic() - start, 3),
        },
        status_code=200 if healthy else 503,
        headers={"Cache-Control": "no-store"},
    )
