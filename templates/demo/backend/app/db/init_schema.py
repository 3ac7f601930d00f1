"""Creates tables and graph: at every start of the application, and as a command.

    python -m app.db.init_schema [--no-seed]

Without `--no-seed` the command also creates five users with one public password, as the command
of the RxDx application does. Never leave that flag out on a server that others can reach.
"""

import asyncio
import sys

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.config import settings
from app.db.graph import SEARCH_PATH
from app.db.session import AsyncSessionLocal, engine
from app.models import Base
from app.services.auth_service import AuthService, UserExists

# Any constant works; workers and replicas that start together take turns on it.
SCHEMA_LOCK = 0x52784478
VERTEX_LABELS = ("Requirement",)

PUBLIC_PASSWORD = "AdminPassword123!"
SEED_USERS = (
    ("admin@example.com", "Admin User", "admin"),
    ("pm@example.com", "Project Manager", "project_manager"),
    ("validator@example.com", "Validator User", "validator"),
    ("auditor@example.com", "Auditor User", "auditor"),
    ("test@example.com", "Test User", "user"),
)


async def _take_turns(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})


async def create_tables() -> None:
    """Creates the tables that are missing; raises what the database raises."""
    async with engine.begin() as connection:
        await _take_turns(connection)
        await connection.run_sync(Base.metadata.create_all)


async def create_graph() -> None:
    """Creates extension, graph and labels where they are missing. Labels are made here because
    AGE makes them on first use, and two first uses at once fail."""
    graph = settings.AGE_GRAPH_NAME
    async with engine.begin() as connection:
        await _take_turns(connection)
        installed = await connection.scalar(
            text("SELECT count(*) FROM pg_extension WHERE extname = 'age'")
        )
        if not installed:
            await connection.execute(text("CREATE EXTENSION age"))
        await connection.execute(text("LOAD 'age'"))
        await connection.execute(text(f"SET LOCAL search_path = {SEARCH_PATH}"))
        if not await connection.scalar(
            text("SELECT count(*) FROM ag_graph WHERE name = :graph"), {"graph": graph}
        ):
            await connection.execute(text(f"SELECT create_graph('{graph}')"))
        for label in VERTEX_LABELS:
            if not await connection.scalar(
                text(
                    "SELECT count(*) FROM ag_label l JOIN ag_graph g ON l.graph = g.graphid "
                    "WHERE g.name = :graph AND l.name = :label"
                ),
                {"graph": graph, "label": label},
            ):
                await connection.execute(text(f"SELECT create_vlabel('{graph}', '{label}')"))


async def seed_users() -> int:
    """Creates the public users that do not exist yet and returns how many that were."""
    created = 0
    for email, full_name, role in SEED_USERS:
        async with AsyncSessionLocal() as session:
            try:
                await AuthService(session).create_user(
                    email=email, password=PUBLIC_PASSWORD, full_name=full_name, role=role
                )
                created += 1
            except UserExists:
                pass
    return created


async def main(seed: bool) -> None:
    """The command: schema, graph, and users unless told not to."""
    try:
        await create_tables()
        print("tables: ready")
        await create_graph()
        print(f"graph {settings.AGE_GRAPH_NAME}: ready")
        if seed:
            print(f"users: {await seed_users()} created of {len(SEED_USERS)}")
            print(f"WARNING: their password, {PUBLIC_PASSWORD}, is public; see --no-seed")
    finally:
        await engine.dispose()


if __name__ == "__main__":
    unknown = [argument for argument in sys.argv[1:] if argument != "--no-seed"]
    if unknown:
        sys.exit(f"usage: python -m app.db.init_schema [--no-seed]  (unknown: {unknown[0]})")
    try:
        asyncio.run(main(seed="--no-seed" not in sys.argv[1:]))
    except Exception as failure:
        sys.exit(f"init_schema failed: {type(failure).__name__}: {failure}")
