"""Logs as JSON lines: to stdout, and to `LOG_DIR/app.log` with rotation.

Every uvicorn worker and every replica writes to the same file, so writing and rotating happen
under a file lock. A log directory that cannot be written is reported and then done without.
"""

import fcntl
import json
import logging
import os
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.core.config import settings

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what is passed as `extra=` becomes fields of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Formats one record; values JSON does not know are written as text."""
        fields: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "service": "rxdx-backend",
            "environment": settings.ENVIRONMENT,
            "pid": record.process,
        }
        fields |= {k: v for k, v in vars(record).items() if k not in _STANDARD_FIELDS}
        # uvicorn repeats its message with terminal colours in this field.
        fields.pop("color_message", None)
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, default=str, ensure_ascii=False)


class SharedRotatingFileHandler(RotatingFileHandler):
    """A rotating file that several processes may write: one lock around check, rotation, write."""

    def __init__(self, path: Path, max_bytes: int, backup_count: int) -> None:
        """Opens the file and its lock beside it; raises OSError when either cannot be written."""
        self._lock_fd = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        super().__init__(
            path, maxBytes=max_bytes, backupCount=backup_count, encoding="utf-8", delay=False
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record, following a rotation that another process has made."""
        fcntl.flock(self._lock_fd, fcntl.LOCK_EX)
        try:
            self._reopen_if_rotated()
            super().emit(record)
        finally:
            fcntl.flock(self._lock_fd, fcntl.LOCK_UN)

    def _reopen_if_rotated(self) -> None:
        try:
            current = os.stat(self.baseFilename)
            ours = os.fstat(self.stream.fileno())
            if (current.st_dev, current.st_ino) == (ours.st_dev, ours.st_ino):
                return
        except (FileNotFoundError, AttributeError):
            pass
        if self.stream:
            self.stream.close()
        self.stream = self._open()


def configure_logging() -> None:
    """Sends every logger of the process through the JSON handlers; safe to call again."""
    formatter = JsonFormatter()
    stdout = logging.StreamHandler(sys.stdout)
    stdout.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [stdout]
    root.setLevel(settings.LOG_LEVEL)
    try:
        directory = Path(settings.LOG_DIR)
        directory.mkdir(parents=True, exist_ok=True)
        file = SharedRotatingFileHandler(
            directory / "app.log", settings.LOG_MAX_BYTES, settings.LOG_BACKUP_COUNT
        )
        file.setFormatter(formatter)
        root.addHandler(file)
    except OSError as error:
        logging.getLogger(__name__).error(
            "log directory is not writable, logging to stdout only",
            extra={"log_dir": settings.LOG_DIR, "error": str(error)},
        )
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # Requests are logged by app.api.middleware, with their duration and without their query.
    access = logging.getLogger("uvicorn.access")
    access.handlers.clear()
    access.propagate = False
    # DEBUG echoes SQL, as in the RxDx application; never its parameters (see app.db.session).
    logging.getLogger("sqlalchemy.engine").setLevel("INFO" if settings.DEBUG else "WARNING")
