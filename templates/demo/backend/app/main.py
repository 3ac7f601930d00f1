"""The ASGI application: `uvicorn app.main:app`.

On start it creates its schema and connects to the graph. When that fails it says so in the log
and goes on trying: `/health` is green meanwhile, `/api/v1/health/ready` is not.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.api import api_router, websocket
from app.api.errors import answer_database_errors
from app.api.middleware import BodyLimit, RequestLog
from app.core.config import settings
from app.core.logging import configure_logging
from app.db.graph import graph_service
from app.db.init_schema import create_graph, create_tables
from app.db.session import engine
from app.services.upload_service import check_directory

# How long a start waits for the database before it answers requests without it.
START_SECONDS = 5.0
MAX_RETRY_SECONDS = 5.0

configure_logging()
logger = logging.getLogger(__name__)


async def prepare_database(tried: asyncio.Event) -> None:
    """Runs the three steps of the start, each until it succeeds; sets `tried` after the first
    round, whatever came of it."""
    steps = [create_tables, create_graph, graph_service.connect]
    delay = 0.5
    while True:
        for step in list(steps):
            try:
                await step()
                steps.remove(step)
            except Exception as error:
                logger.error(
                    "database is not ready",
                    extra={"step": step.__name__, "error": f"{type(error).__name__}: {error}"},
                )
        tried.set()
        if not steps:
            logger.info("database is ready")
            return
        await asyncio.sleep(delay)
        delay = min(delay * 2, MAX_RETRY_SECONDS)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Start and stop of one worker."""
    logger.info("starting", extra={"version": settings.APP_VERSION, "debug": settings.DEBUG})
    try:
        check_directory()
    except OSError as error:
        logger.error(
            "upload directory is not writable, uploads will fail",
            extra={"upload_dir": settings.UPLOAD_DIR, "error": str(error)},
        )
    tried = asyncio.Event()
    preparation = asyncio.create_task(prepare_database(tried))
    try:
        await asyncio.wait_for(tried.wait(), START_SECONDS)
    except TimeoutError:
        logger.error("database does not answer, starting without it")
    yield
    preparation.cancel()
    await asyncio.gather(preparation, return_exceptions=True)
    await graph_service.close()
    await engine.dispose()
    logger.info("stopped")


app = FastAPI(
    title=settings.PROJECT_NAME,
    version=settings.APP_VERSION,
    description="Demo backend that honours the contract of the RxDx application.",
    lifespan=lifespan,
    docs_url="/api/docs",
    redoc_url="/api/redoc",
    openapi_url="/api/openapi.json",
)
app.add_middleware(
    CORSMiddleware,
    allow_origins=settings.CORS_ORIGINS,
    allow_credentials="*" not in settings.CORS_ORIGINS,
    allow_methods=["*"],
    allow_headers=["*"],
)
app.add_middleware(BodyLimit)
app.add_middleware(RequestLog)
answer_database_errors(app)
app.include_router(api_router)
app.include_router(websocket.router)


@app.get("/health", tags=["health"])
async def health() -> dict[str, str]:
    """Answers as long as the process runs, also while the database is broken."""
    return {"status": "healthy"}


@app.get("/")
async def root() -> dict[str, str]:
    """Says what this is and where its documentation is."""
    return {"message": "RxDx API", "version": settings.APP_VERSION, "docs": "/api/docs"}
