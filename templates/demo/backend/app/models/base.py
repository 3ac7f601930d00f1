"""What all tables have in common."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Enum, func
from sqlalchemy.orm import DeclarativeBase, mapped_column

PrimaryKey = Annotated[UUID, mapped_column(primary_key=True, default=uuid4)]
CreatedAt = Annotated[
    datetime, mapped_column(DateTime(timezone=True), server_default=func.now(), nullable=False)
]


class Base(DeclarativeBase):
    """Base class of the tables."""


def text_enum(members: type[StrEnum], name: str) -> Enum:
    """A text column with a CHECK constraint, which can be altered more easily than a type."""
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda kind: [member.value for member in kind],
    )
