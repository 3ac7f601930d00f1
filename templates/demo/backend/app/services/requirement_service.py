"""Requirements: a row in PostgreSQL and a node in the graph, written in one transaction."""

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.graph import cypher, graph_service
from app.models import Requirement, RequirementStatus


async def create_requirement(
    *,
    title: str,
    description: str | None,
    status: RequirementStatus,
    priority: int | None,
    created_by: UUID,
) -> UUID:
    """Writes row and node and returns their id. Raises GraphUnavailable or what asyncpg raises."""
    id = uuid4()
    async with graph_service.transaction() as connection:
        await connection.execute(
            "INSERT INTO public.requirements (id, title, description, status, priority, created_by)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            id, title, description, status.value, priority, created_by,
        )  # fmt: skip
        await cypher(
            connection,
            "CREATE (n:Requirement {id: $id, title: $title, status: $status}) RETURN n.id",
            id=str(id),
            title=title,
            status=status.value,
        )
    return id


async def list_requirements(
    session: AsyncSession, *, search: str | None, limit: int, offset: int
) -> list[Requirement]:
    """Returns requirements, newest first; `search` is looked for in title and description."""
    query = select(Requirement).order_by(Requirement.created_at.desc(), Requirement.id)
    if search:
        query = query.where(
            Requirement.title.icontains(search, autoescape=True)
            | Requirement.description.icontains(search, autoescape=True)
        )
    return list(await session.scalars(query.limit(limit).offset(offset)))


async def list_nodes(limit: int) -> list[dict[str, object]]:
    """Returns nodes of the graph: AGE's id (as text, it exceeds 2^53), label and properties."""
    async with graph_service.connection() as connection:
        rows = await cypher(
            connection,
            "MATCH (n) RETURN id(n), label(n), properties(n) ORDER BY id(n) LIMIT $limit",
            columns=("id", "label", "properties"),
            limit=limit,
        )
    return [{**row, "id": str(row["id"])} for row in rows]
