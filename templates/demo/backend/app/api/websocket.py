"""WebSocket echo, to prove that the way through every proxy is open."""

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

router = APIRouter()


@router.websocket("/ws")
@router.websocket("/ws/echo")
async def echo(socket: WebSocket) -> None:
    """Sends back what it receives, text as text and bytes as bytes, until the client leaves."""
    await socket.accept()
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is not None:
                await socket.send_text(message["text"])
            else:
                await socket.send_bytes(message.get("bytes") or b"")
    except WebSocketDisconnect:
        return
