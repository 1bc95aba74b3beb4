"""The server's routes: a page of static files, and a few calls that answer in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hpc.diagnostics import Diagnostic, HpcError
from hpc_ui import calls
from hpc_ui.files import Changed, Refused
from hpc_ui.guard import Guard, no_token
from hpc_ui.words import help_of

PAGE: Final = Path(__file__).with_name("page")


def application(token: str, file: str | None) -> Starlette:
    """The whole server. Everything is below ``/TOKEN/``; every other address is rejected."""
    routes = [Route(f"/api/{name}", _endpoint(call), methods=["POST"]) for name, call in calls.CALLS.items()]
    routes += [
        Route("/api/start", _endpoint(partial(calls.start, file)), methods=["POST"]),
        Route("/api/download", _download, methods=["POST"]),
    ]
    below = [*routes, Mount("/", StaticFiles(directory=PAGE, html=True))]
    everywhere = Route("/{path:path}", no_token, methods=["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
    return Starlette(routes=[Mount(f"/{token}", routes=below), everywhere], middleware=[Middleware(Guard)])


def _endpoint(call: Callable[[Any], Any]) -> Callable[[Request], Any]:
    """A call as an endpoint: a user's mistake is an answer, not a failure."""

    async def endpoint(request: Request) -> Response:
        try:
            body = json.loads(await request.body() or b"{}")
            return JSONResponse(await run_in_threadpool(call, body))
        except Changed as changed:
            return JSONResponse({"stamp": changed.stamp}, status_code=409)
        except HpcError as error:
            return _refusal("\n".join(_words(error)))
        except (Refused, OSError) as error:
            return _refusal(str(error))
        except (KeyError, TypeError, ValueError) as error:
            return _refusal(f"the request is malformed: {error}")

    return endpoint


def _words(error: HpcError) -> list[str]:
    return [_sentence(d) for d in error.diagnostics]


def _sentence(d: Diagnostic) -> str:
    place = f"{d.place}: " if d.place else ""
    return f"{place}{d.code} {d.message}" + (f"; {help_of(d)}" if d.help else "")


def _refusal(reason: str) -> Response:
    return JSONResponse({"error": reason}, status_code=400)


async def _download(request: Request) -> Response:
    """The compiled folder as a zip archive."""
    name, data = await run_in_threadpool(calls.archive, json.loads(await request.body()))
    return Response(data, media_type="application/zip", headers={"X-Name": name})
