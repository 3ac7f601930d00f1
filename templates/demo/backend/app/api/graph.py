"""The graph, read with Cypher."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.api.deps import CurrentUser
from app.services.requirement_service import list_nodes

router = APIRouter(prefix="/graph", tags=["graph"])


class Node(BaseModel):
    """A vertex; `id` is AGE's own and changes when the graph is restored elsewhere."""

    id: str
    label: str
    properties: dict[str, Any]


@router.get("/nodes", response_model=list[Node])
async def nodes(_: CurrentUser, limit: Annotated[int, Query(ge=1, le=10_000)] = 1000) -> object:
    """All nodes, oldest first."""
    return await list_nodes(limit)
