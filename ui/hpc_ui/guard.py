"""Who may talk to the page's server: this machine and this page, with the token only."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OUR_HOSTS: Final = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]+)?")
MAX_BODY: Final = 4 << 20
TOO_LARGE: Final = "This request is too large."
HEADERS: Final = {
    # The editor writes its styles into the page; scripts and requests stay with this server.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STATIC: Final = (".js", ".css", ".svg")
FOR_THIS_SERVER: Final = "private, max-age=86400, immutable"
"""The address of a static file holds the token, so that the next server's files have other addresses."""


class Guard:
    """Rejects foreign hosts (DNS rebinding) and foreign origins; the token itself is the first part of the path.

    Everything that is served lies below the token, so that every relative address of the page carries it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a refusal, or hand the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        reason = refusal(Request(scope))
        body = b"" if reason else await _body(receive)
        if body is None:
            reason = TOO_LARGE
        response: ASGIApp = PlainTextResponse(reason, status_code=403) if reason else self.app
        await response(scope, _replay(body or b"", receive), _with_headers(scope, send))


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None where it is too large: a chunked one does not say so beforehand."""
    pieces, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        more = message.get("more_body", False)
        if size > MAX_BODY:
            return None
    return b"".join(pieces)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receiver that gives the body once, and then what else there is."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiver() -> Message:
        return messages.pop() if messages else await receive()

    return receiver


def refusal(request: Request) -> str:
    """Why a request is refused; empty when it is not."""
    host = request.headers.get("host", "")
    if not OUR_HOSTS.fullmatch(host):
        return "This server answers only to 127.0.0.1 and localhost."
    origin = request.headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return "This server answers only to its own page."
    if request.method == "POST" and request.headers.get("content-type") != "application/json":
        return "This server takes JSON only."
    length = request.headers.get("content-length") or "0"
    if not length.isdecimal() or len(length) > 9 or int(length) > MAX_BODY:
        return TOO_LARGE
    return ""


def no_token(_request: Request) -> Response:
    """What an address without the token gets, whatever it asks for."""
    text = "This page needs the token that `hpc ui` printed. Open the address shown in the terminal."
    return PlainTextResponse(text, status_code=403)


def _with_headers(scope: Scope, send: Send) -> Send:
    static = scope["path"].endswith(STATIC)

    async def sender(message: object) -> None:
        if isinstance(message, dict) and message["type"] == "http.response.start":
            kept = static and message["status"] == 200
            headers = {**HEADERS, "Cache-Control": FOR_THIS_SERVER if kept else "no-store"}
            extra = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await send(message)  # type: ignore[arg-type]

    return sender
