"""The HTTP and WebSocket interface; `api_router` is everything below `/api/v1`."""

from fastapi import APIRouter

from app.api import auth, graph, health, requirements, uploads

api_router = APIRouter(prefix="/api/v1")
api_router.include_router(health.router)
api_router.include_router(auth.router)
api_router.include_router(requirements.router)
api_router.include_router(graph.router)
api_router.include_router(uploads.router)
