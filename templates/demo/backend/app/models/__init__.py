"""Tables of the application. Importing this package registers all of them on `Base.metadata`."""

from app.models.base import Base
from app.models.requirement import Requirement, RequirementStatus
from app.models.revoked_token import RevokedToken
from app.models.upload import Upload
from app.models.user import User, UserRole

__all__ = [
    "Base",
    "Requirement",
    "RequirementStatus",
    "RevokedToken",
    "Upload",
    "User",
    "UserRole",
]
