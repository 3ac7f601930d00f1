"""Requirements: create, list, read."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, status
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.deps import CurrentUser, Editor, Session
from app.models import Requirement, RequirementStatus
from app.services import requirement_service

router = APIRouter(prefix="/requirements", tags=["requirements"])

# PostgreSQL cannot store the character U+0000.
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")]


class NewRequirement(BaseModel):
    """What a requirement is made from."""

    title: Text = Field(min_length=5, max_length=500)
    description: Text | None = Field(default=None, max_length=10_000)
    status: RequirementStatus = RequirementStatus.DRAFT
    priority: int | None = Field(default=None, ge=1, le=5)


class RequirementOut(BaseModel):
    """A requirement as it is stored."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    description: str | None
    status: RequirementStatus
    priority: int | None
    created_by: UUID
    created_at: datetime


async def _find(session: Session, id: UUID) -> Requirement:
    found = await session.get(Requirement, id)
    if found is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Requirement not found")
    return found


@router.post("", response_model=RequirementOut, status_code=status.HTTP_201_CREATED)
async def create(new: NewRequirement, user: Editor, session: Session) -> object:
    """Writes the row and its graph node, both or neither."""
    id = await requirement_service.create_requirement(**dict(new), created_by=user.id)
    return await _find(session, id)


@router.get("", response_model=list[RequirementOut])
async def list_all(
    _: CurrentUser,
    session: Session,
    search: Annotated[Text | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> object:
    """Newest first."""
    return await requirement_service.list_requirements(
        session, search=search, limit=limit, offset=offset
    )


@router.get("/{id}", response_model=RequirementOut)
async def read(id: UUID, _: CurrentUser, session: Session) -> object:
    """One requirement, or 404."""
    return await _find(session, id)
