"""Requirements; each has a node with the same id in the graph."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt, PrimaryKey, text_enum


class RequirementStatus(StrEnum):
    """Life cycle of a requirement."""

    DRAFT = "draft"
    ACTIVE = "active"
    COMPLETED = "completed"
    ARCHIVED = "archived"
    REJECTED = "rejected"


class Requirement(Base):
    """What the product must do; `priority` is 1 (lowest) to 5."""

    __tablename__ = "requirements"

    id: Mapped[PrimaryKey]
    title: Mapped[str] = mapped_column(String(500))
    description: Mapped[str | None]
    status: Mapped[RequirementStatus] = mapped_column(
        text_enum(RequirementStatus, "requirement_status")
    )
    priority: Mapped[int | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[CreatedAt]
