"""Uploaded files: content in `UPLOAD_DIR`, everything else in PostgreSQL.

A file is written under a temporary name, synced, renamed to its id, and only then recorded: a row
always has its content.
"""

import asyncio
import hashlib
import os
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import settings
from app.models import Upload

CHUNK_BYTES = 1 << 20


class TooLarge(Exception):
    """The file has more than `MAX_UPLOAD_SIZE` bytes."""


def path_of(id: UUID) -> Path:
    """Where the content of an upload is; never derived from a name that a user chose."""
    return Path(settings.UPLOAD_DIR) / str(id)


def check_directory() -> None:
    """Makes the upload directory; raises OSError when it cannot be written."""
    directory = Path(settings.UPLOAD_DIR)
    directory.mkdir(parents=True, exist_ok=True)
    probe = directory / f".probe-{uuid4()}"
    probe.touch(mode=0o600, exist_ok=False)
    probe.unlink()


def _write(source: BinaryIO, target: Path) -> tuple[int, str]:
    temporary = target.with_name(f".{target.name}.part")
    digest, size = hashlib.sha256(), 0
    try:
        with open(temporary, "xb") as file:
            while chunk := source.read(CHUNK_BYTES):
                size += len(chunk)
                if size > settings.MAX_UPLOAD_SIZE:
                    raise TooLarge
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return size, digest.hexdigest()


async def store(
    session: AsyncSession,
    source: BinaryIO,
    *,
    filename: str,
    content_type: str,
    uploaded_by: UUID,
) -> Upload:
    """Stores a file. Raises TooLarge, or OSError when the directory cannot be written."""
    id = uuid4()
    size, digest = await asyncio.to_thread(_write, source, path_of(id))
    upload = Upload(
        id=id,
        filename=filename[:255],
        content_type=content_type[:255],
        size=size,
        sha256=digest,
        uploaded_by=uploaded_by,
    )
    session.add(upload)
    try:
        await session.commit()
    except BaseException:
        path_of(id).unlink(missing_ok=True)
        raise
    await session.refresh(upload)
    return upload


async def list_uploads(session: AsyncSession, limit: int) -> list[Upload]:
    """Returns uploads, newest first."""
    query = select(Upload).order_by(Upload.created_at.desc(), Upload.id).limit(limit)
    return list(await session.scalars(query))
