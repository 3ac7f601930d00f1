"""Settings from the environment; the only module that reads it.

Precedence is that of the RxDx application: process environment, then `.env`, then the default
here. A value that does not parse stops the start: `CORS_ORIGINS` must be a JSON list, for example.
"""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DEFAULT_SECRET_KEY = "CHANGE_ME_IN_PRODUCTION"
MIN_SECRET_KEY_CHARS = 32

Port = Annotated[int, Field(ge=1, le=65535)]
# Apache AGE wants at least three characters; the name is spliced into SQL, hence the strict set.
GraphName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{2,62}$")]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    BeforeValidator(lambda level: level.upper() if isinstance(level, str) else level),
]


class Settings(BaseSettings):
    """Every variable of the contract with its default; sizes in bytes, times as named."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        case_sensitive=True,
        extra="ignore",
        # A validation error must not print the value: it may be a secret.
        hide_input_in_errors=True,
    )

    PROJECT_NAME: str = "RxDx"
    APP_VERSION: str = "dev"
    ENVIRONMENT: Literal["development", "staging", "production"] = "development"
    DEBUG: bool = True

    SECRET_KEY: SecretStr = SecretStr(DEFAULT_SECRET_KEY)
    ALGORITHM: Literal["HS256", "HS384", "HS512"] = "HS256"
    ACCESS_TOKEN_EXPIRE_MINUTES: int = Field(default=30, ge=1)
    REFRESH_TOKEN_EXPIRE_DAYS: int = Field(default=7, ge=1)
    MAX_LOGIN_ATTEMPTS: int = Field(default=3, ge=1)
    ACCOUNT_LOCK_DURATION_HOURS: int = Field(default=1, ge=1)
    CORS_ORIGINS: list[str] = ["http://localhost:3000", "http://localhost:5173"]

    POSTGRES_SERVER: str = "localhost"
    POSTGRES_PORT: Port = 5432
    POSTGRES_USER: str = "rxdx"
    POSTGRES_PASSWORD: SecretStr = SecretStr("rxdx_password")
    POSTGRES_DB: str = "rxdx"
    DATABASE_URL: SecretStr | None = None
    AGE_GRAPH_NAME: GraphName = "rxdx_graph"

    SMTP_HOST: str = "localhost"
    SMTP_PORT: Port = 587
    SMTP_USER: str = ""
    SMTP_PASSWORD: SecretStr = SecretStr("")
    SMTP_TLS: bool = True
    EMAIL_FROM: str = "noreply@rxdx.local"
    EMAIL_REPLY_TO: str = "support@rxdx.local"
    IMAP_HOST: str = "localhost"
    IMAP_PORT: Port = 993
    IMAP_USER: str = ""
    IMAP_PASSWORD: SecretStr = SecretStr("")
    IMAP_TLS: bool = True
    IMAP_MAILBOX: str = "INBOX"
    EMAIL_POLL_INTERVAL_SECONDS: int = Field(default=60, ge=1)

    LLM_ENABLED: bool = False
    LLM_STUDIO_URL: str = "http://localhost:1234/v1"
    LLM_MODEL_NAME: str = "local-model"

    UPLOAD_DIR: str = "./uploads"
    MAX_UPLOAD_SIZE: int = Field(default=10_485_760, ge=1)
    AUDIT_LOG_RETENTION_DAYS: int = Field(default=3650, ge=1)
    LOG_LEVEL: LogLevel = "INFO"
    LOG_DIR: str = "./logs"
    LOG_MAX_BYTES: int = Field(default=104_857_600, ge=1)
    LOG_BACKUP_COUNT: int = Field(default=14, ge=0)

    @model_validator(mode="after")
    def check_together(self) -> Self:
        """Refuses what parses but cannot be served: a bad database address, a public key."""
        self.database()
        if self.ENVIRONMENT != "development":
            key = self.SECRET_KEY.get_secret_value()
            if key == DEFAULT_SECRET_KEY or len(key) < MIN_SECRET_KEY_CHARS:
                raise ValueError(
                    f"SECRET_KEY must be set to at least {MIN_SECRET_KEY_CHARS} characters "
                    f"when ENVIRONMENT is {self.ENVIRONMENT}"
                )
        for origin in self.CORS_ORIGINS:
            if origin != "*" and not urlsplit(origin).scheme:
                raise ValueError(f"CORS_ORIGINS: {origin!r} is not an origin like https://host")
        return self

    def database(self) -> URL:
        """Where PostgreSQL is. `DATABASE_URL` wins over the `POSTGRES_*` parts when it is set;
        user and password in it are percent-encoded, the database name is taken as it is."""
        if self.DATABASE_URL is None:
            return URL.create(
                "postgresql+asyncpg",
                username=self.POSTGRES_USER,
                password=self.POSTGRES_PASSWORD.get_secret_value(),
                host=self.POSTGRES_SERVER,
                port=self.POSTGRES_PORT,
                database=self.POSTGRES_DB,
            )
        try:
            url = make_url(self.DATABASE_URL.get_secret_value())
        except (ArgumentError, ValueError):
            raise ValueError("DATABASE_URL is not a URL; encode the password") from None
        if url.drivername != "postgresql+asyncpg":
            raise ValueError("DATABASE_URL must start with postgresql+asyncpg://")
        return url


settings = Settings()
