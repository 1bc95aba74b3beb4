"""Requests to the page's application itself, without a server."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

from hpc_ui.app import application
from tests.fuzz.damage import mutated

TOKEN = "token"
APPLICATION = application(TOKEN, None)


def statuses(name: str, chance: random.Random, body: dict[str, Any]) -> int:
    """The status of one call, whose body may be damaged."""
    data = json.dumps(body).encode("utf-8", "surrogatepass")
    return asyncio.run(_ask(name, mutated(data, chance) if chance.random() < 0.5 else data))


async def _ask(name: str, data: bytes) -> int:
    sent: list[dict[str, Any]] = []
    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": f"/{TOKEN}/api/{name}", "headers": headers}
    scope |= {"query_string": b"", "root_path": "", "http_version": "1.1", "scheme": "http"}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await APPLICATION(scope, receive, send)
    return int(sent[0]["status"])
