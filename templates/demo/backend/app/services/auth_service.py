"""Accounts, login with lock-out, tokens. Used by the API, and by installers to make
administrators and to reset passwords:

    async with AsyncSessionLocal() as session:
        await AuthService(session).create_user(email=…, password=…, full_name=…, role="admin")
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import settings
from app.core.security import Token, hash_password, password_matches, read_token, sign_token
from app.models import RevokedToken, User, UserRole


class UserExists(Exception):
    """There is already an account with this e-mail address."""


class AccountLocked(Exception):
    """Too many failed logins; the account opens again at `until`."""

    def __init__(self, until: datetime) -> None:
        """Remembers when the lock ends."""
        super().__init__(f"Account is locked until {until.isoformat(timespec='seconds')}")
        self.until = until


class AuthService:
    """All operations on accounts, on one database session."""

    def __init__(self, session: AsyncSession) -> None:
        """Uses (and commits on) the session it is given."""
        self._session = session

    async def create_user(
        self, *, email: str, password: str, full_name: str, role: str = "user"
    ) -> User:
        """Creates and commits an account. Raises UserExists, or ValueError for an empty
        password, an address without @, or an unknown role."""
        if not password or "@" not in email:
            raise ValueError("an e-mail address and a password are needed")
        user = User(
            email=email.strip().lower(),
            hashed_password=await hash_password(password),
            full_name=full_name,
            role=UserRole(role),
        )
        self._session.add(user)
        try:
            await self._session.commit()
        except IntegrityError:
            await self._session.rollback()
            raise UserExists(f"an account with the address {email} exists") from None
        return user

    async def authenticate(self, email: str, password: str) -> User | None:
        """Returns the user, or None for wrong credentials. The `MAX_LOGIN_ATTEMPTS`-th failure
        locks the account for `ACCOUNT_LOCK_DURATION_HOURS`; from then on AccountLocked is raised,
        for the right password too. The row is locked meanwhile, so that guesses sent in parallel
        are counted one after the other."""
        query = select(User).where(User.email == email.strip().lower()).with_for_update()
        user = await self._session.scalar(query)
        now = datetime.now(UTC)
        if user and user.locked_until:
            if user.locked_until > now:
                raise AccountLocked(user.locked_until)
            user.locked_until = None
            user.failed_login_attempts = 0
        matches = await password_matches(user.hashed_password if user else None, password)
        if user is None:
            return None
        if matches and user.is_active:
            user.failed_login_attempts = 0
        else:
            user.failed_login_attempts += 1
            if user.failed_login_attempts >= settings.MAX_LOGIN_ATTEMPTS:
                user.locked_until = now + timedelta(hours=settings.ACCOUNT_LOCK_DURATION_HOURS)
        await self._session.commit()
        return user if matches and user.is_active else None

    async def reset_password(self, user: User, new_password: str) -> None:
        """Sets a password without asking for the old one, as an administrator may."""
        user.hashed_password = await hash_password(new_password)
        await self._session.commit()

    @staticmethod
    def issue_token(user: User, logged_in_at: datetime | None = None) -> str:
        """Signs an access token; a refreshed one keeps the time of the login."""
        return sign_token(user.id, user.email, user.role.value, logged_in_at or datetime.now(UTC))

    async def user_of(self, text: str) -> tuple[User, Token] | None:
        """Returns who a token belongs to; None when it is invalid, logged out, or its user gone."""
        token = read_token(text)
        if token is None:
            return None
        query = (
            select(User)
            .where(User.id == token.user_id, User.is_active)
            .where(~select(RevokedToken).where(RevokedToken.id == token.id).exists())
        )
        user = await self._session.scalar(query)
        return None if user is None else (user, token)

    @staticmethod
    def may_refresh(token: Token) -> bool:
        """A login can be prolonged for `REFRESH_TOKEN_EXPIRE_DAYS`, then it must be repeated."""
        age = datetime.now(UTC) - token.logged_in_at
        return age < timedelta(days=settings.REFRESH_TOKEN_EXPIRE_DAYS)

    async def log_out(self, token: Token) -> None:
        """Revokes a token for the rest of its life, and forgets those that have expired."""
        now = datetime.now(UTC)
        await self._session.execute(delete(RevokedToken).where(RevokedToken.expires_at < now))
        await self._session.execute(
            insert(RevokedToken)
            .values(id=token.id, expires_at=token.expires_at)
            .on_conflict_do_nothing()
        )
        await self._session.commit()
