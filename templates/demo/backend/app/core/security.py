"""Password hashes and access tokens; used by the authentication service only.

Hashing blocks for tens of milliseconds, so it runs in a thread and never on the event loop.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHash, VerificationError

from app.core.config import settings

# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
_nobodys_hash = _hasher.hash(uuid4().hex)


async def hash_password(password: str) -> str:
    """Returns the Argon2id hash of a password, with its parameters and salt."""
    return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(hashed: str | None, password: str) -> bool:
    """Says whether the password belongs to the hash. Without a hash (no such user) it answers
    False after the same work, so that the time taken does not tell whether the account exists."""

    def verify() -> bool:
        try:
            return _hasher.verify(hashed or _nobodys_hash, password) and hashed is not None
        except (VerificationError, InvalidHash):
            return False

    return await asyncio.to_thread(verify)


@dataclass(frozen=True)
class Token:
    """The claims of an access token that the application uses."""

    id: UUID
    user_id: UUID
    logged_in_at: datetime
    expires_at: datetime


def sign_token(user_id: UUID, email: str, role: str, logged_in_at: datetime) -> str:
    """Signs an access token that lives `ACCESS_TOKEN_EXPIRE_MINUTES`."""
    now = datetime.now(UTC)
    claims = {
        "sub": str(user_id),
        "email": email,
        "role": role,
        "iat": now,
        "exp": now + timedelta(minutes=settings.ACCESS_TOKEN_EXPIRE_MINUTES),
        "auth_time": int(logged_in_at.timestamp()),
        "jti": str(uuid4()),
    }
    return jwt.encode(claims, settings.SECRET_KEY.get_secret_value(), settings.ALGORITHM)


def read_token(text: str) -> Token | None:
    """Verifies signature and lifetime; None for a token that is not ours, changed or expired."""
    try:
        claims = jwt.decode(
            text,
            settings.SECRET_KEY.get_secret_value(),
            algorithms=[settings.ALGORITHM],
            options={"require": ["sub", "exp", "jti", "auth_time"]},
        )
        return Token(
            id=UUID(claims["jti"]),
            user_id=UUID(claims["sub"]),
            logged_in_at=datetime.fromtimestamp(claims["auth_time"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        return None
