"""How a broken database is answered: 503, which clients and proxies may try again."""

import logging
import socket

import asyncpg
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.db.graph import GraphUnavailable

# Classes of SQLSTATE that say nothing about the query (PostgreSQL documentation, appendix A).
OUTAGE_CLASSES = {
    "08": "connection lost",
    "28": "login refused",
    "3D": "database does not exist",
    "53": "out of connections, memory or disk",
    "57": "starting, stopping or interrupted",
}
_UNREACHABLE = (
    GraphUnavailable,
    PoolTimeout,
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    asyncpg.InterfaceError,
)
logger = logging.getLogger(__name__)


def outage_of(error: Exception) -> str | None:
    """Says in a few words why the database was not there; None when it was there and objected to
    what it was asked. Names no host and no user: the answer may be public."""
    if isinstance(error, GraphUnavailable):
        return "not connected yet"
    if isinstance(error, PoolTimeout):
        return "all connections are in use"
    if isinstance(error, socket.gaierror):
        return "host name not found"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, _UNREACHABLE):
        return "not reachable"
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return OUTAGE_CLASSES["08"]
        error = error.orig if isinstance(error.orig, Exception) else error
    return OUTAGE_CLASSES.get(str(getattr(error, "sqlstate", None) or "")[:2])


async def _answer(request: Request, error: Exception) -> JSONResponse:
    outage = outage_of(error)
    logger.error(
        "database error",
        extra={"path": request.url.path, "error": f"{type(error).__name__}: {error}"},
        exc_info=None if outage else error,
    )
    if outage:
        return JSONResponse({"detail": "The database is not available"}, 503, {"Retry-After": "5"})
    return JSONResponse({"detail": "Internal server error"}, 500)


def answer_database_errors(app: FastAPI) -> None:
    """Registers the answer for everything that SQLAlchemy and asyncpg raise."""
    for kind in (*_UNREACHABLE, DBAPIError, asyncpg.PostgresError):
        app.add_exception_handler(kind, _answer)
