"""Dependencies of the endpoints: the session, and the user behind the bearer token."""

from typing import Annotated

from fastapi import Depends, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.security import Token
from app.db.session import get_session
from app.models import User, UserRole
from app.services.auth_service import AuthService

Session = Annotated[AsyncSession, Depends(get_session)]
_bearer = HTTPBearer(auto_error=False)


def unauthorized(detail: str) -> HTTPException:
    """A 401 that says, as RFC 6750 asks, how to authenticate."""
    return HTTPException(
        status.HTTP_401_UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"}
    )


async def _login(
    session: Session,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> tuple[User, Token]:
    found = await AuthService(session).user_of(credentials.credentials) if credentials else None
    if found is None:
        raise unauthorized("Log in first")
    return found


Login = Annotated[tuple[User, Token], Depends(_login)]


async def _user(login: Login) -> User:
    return login[0]


async def _editor(login: Login) -> User:
    user = login[0]
    if user.role is UserRole.AUDITOR:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Auditors may read but not write")
    return user


CurrentUser = Annotated[User, Depends(_user)]
Editor = Annotated[User, Depends(_editor)]
