"""Uploaded files: this row, and the content as `UPLOAD_DIR/<id>`."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, PrimaryKey


class Upload(Base):
    """What was uploaded, its size in bytes and its SHA-256 as 64 hexadecimal digits."""

    __tablename__ = "uploads"

    id: Mapped[PrimaryKey]
    filename: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
