"""SQLAlchemy engine and sessions; one engine, so one pool, in each worker process."""

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from app.core.config import settings

# Pool sizes are those of the RxDx application: sizing of max_connections counts on them.
engine = create_async_engine(
    settings.database(),
    pool_size=10,
    max_overflow=20,
    pool_pre_ping=True,
    hide_parameters=True,
    connect_args={"timeout": 10, "server_settings": {"application_name": "rxdx-backend"}},
)

AsyncSessionLocal = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    """FastAPI dependency: a session that is closed (and rolled back) after the request."""
    async with AsyncSessionLocal() as session:
        yield session
