"""Around every request: a log line, and a limit on the size of the body."""

import logging
import re
import time
from uuid import uuid4

from fastapi import HTTPException, status
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.config import settings

# What a multipart body may carry beside the file itself.
MULTIPART_OVERHEAD_BYTES = 64 * 1024
MAX_DROPPED_BYTES = 64 * 1024 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
logger = logging.getLogger("app.access")


class RequestLog:
    """Logs method, path, status and milliseconds. The query is left out, it may hold a token.
    Health checks come every few seconds and are logged at DEBUG; app.api.health says itself what
    is wrong."""

    def __init__(self, app: ASGIApp) -> None:
        """Wraps the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and logs it when it has been answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        start, answered = time.monotonic(), 500

        async def tell(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, tell)
        finally:
            path: str = scope["path"]
            quiet = path.endswith(("/health", "/health/ready"))
            logger.log(
                logging.DEBUG if quiet else logging.INFO if answered < 500 else logging.ERROR,
                "request",
                extra={
                    "method": scope["method"],
                    "path": path,
                    "status": answered,
                    "duration_ms": round((time.monotonic() - start) * 1000, 1),
                    "client": scope["client"][0] if scope.get("client") else None,
                    "request_id": request_id,
                },
            )


class BodyLimit:
    """Refuses bodies above `MAX_UPLOAD_SIZE` with 413; nothing larger reaches memory or disk.
    The rest of such a body is read and dropped before the answer: a connection that is closed
    with unread data is reset, and the answer lost with it. That, too, has a limit."""

    def __init__(self, app: ASGIApp) -> None:
        """Wraps the application."""
        self._app = app
        self._limit = settings.MAX_UPLOAD_SIZE + MULTIPART_OVERHEAD_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts what the application reads."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received = 0

        async def count() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self._limit:
                    await self._drop(message, receive)
                    raise HTTPException(
                        status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
                        f"The request is larger than {settings.MAX_UPLOAD_SIZE} bytes",
                    )
            return message

        await self._app(scope, count, send)

    @staticmethod
    async def _drop(message: Message, receive: Receive) -> None:
        dropped = 0
        while message.get("more_body") and dropped < MAX_DROPPED_BYTES:
            message = await receive()
            dropped += len(message.get("body", b""))
