"""Files: upload, list, download."""

import logging
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, HTTPException, UploadFile, status
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from app.api.deps import CurrentUser, Editor, Session
from app.core.config import settings
from app.models import Upload
from app.services import upload_service

router = APIRouter(prefix="/uploads", tags=["uploads"])
logger = logging.getLogger(__name__)


class UploadOut(BaseModel):
    """An uploaded file; size in bytes, SHA-256 in hexadecimal."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    filename: str
    content_type: str
    size: int
    sha256: str
    created_at: datetime


@router.post("", response_model=UploadOut, status_code=status.HTTP_201_CREATED)
async def upload(file: UploadFile, user: Editor, session: Session) -> object:
    """Stores one file (multipart field `file`); 413 above `MAX_UPLOAD_SIZE`."""
    try:
        return await upload_service.store(
            session,
            file.file,
            filename=(file.filename or "unnamed").replace("\0", ""),
            content_type=file.content_type or "application/octet-stream",
            uploaded_by=user.id,
        )
    except upload_service.TooLarge:
        raise HTTPException(
            status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
            f"The file is larger than {settings.MAX_UPLOAD_SIZE} bytes",
        ) from None
    except OSError as error:
        logger.error("upload could not be written", extra={"error": str(error)})
        raise HTTPException(
            status.HTTP_507_INSUFFICIENT_STORAGE, "The file could not be stored"
        ) from None


@router.get("", response_model=list[UploadOut])
async def list_all(_: CurrentUser, session: Session) -> object:
    """The last hundred, newest first."""
    return await upload_service.list_uploads(session, limit=100)


@router.get("/{id}", response_class=FileResponse)
async def download(id: UUID, _: CurrentUser, session: Session) -> FileResponse:
    """The content, always as an attachment: a browser must not run what a user has uploaded."""
    found = await session.get(Upload, id)
    if found is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Upload not found")
    path = upload_service.path_of(id)
    if not path.is_file():
        logger.error("content of an upload is missing", extra={"upload": str(id)})
        raise HTTPException(status.HTTP_410_GONE, "The content of this upload is missing")
    return FileResponse(
        path,
        filename=found.filename,
        media_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff"},
    )
