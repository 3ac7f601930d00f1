"""Login, refresh, logout, and who am I."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, status
from pydantic import BaseModel, ConfigDict, Field

from app.api.deps import CurrentUser, Login, Session, unauthorized
from app.core.config import settings
from app.models import UserRole
from app.services.auth_service import AccountLocked, AuthService

router = APIRouter(prefix="/auth", tags=["authentication"])


class Credentials(BaseModel):
    """What the login form sends."""

    email: str = Field(max_length=320)
    password: str = Field(max_length=1024)


class AccessToken(BaseModel):
    """A bearer token and its life in seconds."""

    access_token: str
    token_type: str = "bearer"
    expires_in: int = Field(
        default_factory=lambda: settings.ACCESS_TOKEN_EXPIRE_MINUTES * 60,
        description="Seconds until the token expires",
    )


class Me(BaseModel):
    """The account behind the token."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    full_name: str
    role: UserRole
    is_active: bool


@router.post("/login")
async def login(credentials: Credentials, session: Session) -> AccessToken:
    """Answers 401 for wrong credentials, and 423 once the account is locked."""
    auth = AuthService(session)
    try:
        user = await auth.authenticate(credentials.email, credentials.password)
    except AccountLocked as locked:
        raise HTTPException(status.HTTP_423_LOCKED, str(locked)) from None
    if user is None:
        raise unauthorized("Incorrect email or password")
    return AccessToken(access_token=auth.issue_token(user))


@router.post("/refresh")
async def refresh(login: Login) -> AccessToken:
    """A new token for a valid one, until the login itself is too old."""
    user, token = login
    if not AuthService.may_refresh(token):
        raise unauthorized("Log in again")
    return AccessToken(access_token=AuthService.issue_token(user, token.logged_in_at))


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def logout(login: Login, session: Session) -> None:
    """Ends the life of the token that is presented."""
    await AuthService(session).log_out(login[1])


@router.get("/me", response_model=Me)
async def me(user: CurrentUser) -> object:
    """Returns the account of the token."""
    return user
