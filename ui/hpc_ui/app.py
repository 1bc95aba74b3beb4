"""The server's routes: a page of static files, and a few calls that answer in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hpc.diagnostics import Diagnostic, HpcError
from hpc_ui import api, questions
from hpc_ui.configs import Changed, Refused
from hpc_ui.guard import Guard, no_token
from hpc_ui.help_texts import help_of

PAGE: Final = Path(__file__).with_name("page")


def application(token: str, file: str | None) -> Starlette:
    """The whole server. Everything is below ``/TOKEN/``; every other address is rejected."""
    routes = [Route(f"/api/{name}", _endpoint(call), methods=["POST"]) for name, call in api.CALLS.items()]
    routes += [
        Route("/api/start", _endpoint(partial(api.start, file)), methods=["POST"]),
        Route("/api/download", _endpoint(_download), methods=["POST"]),
        Route("/api/ask", _endpoint(_ask), methods=["POST"]),
    ]
    below = [*routes, Mount("/", StaticFiles(directory=PAGE, html=True))]
    everywhere = Route("/{path:path}", no_token, methods=["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
    return Starlette(
        routes=[Mount(f"/{token}", routes=below), everywhere],
        middleware=[Middleware(Guard), Middleware(GZipMiddleware)],
    )


def _endpoint(call: Callable[[Any], Any]) -> Callable[[Request], Any]:
    """A call as an endpoint: a user's mistake is an answer, not a failure."""

    async def endpoint(request: Request) -> Response:
        try:
            found = await run_in_threadpool(call, _object(await request.body()))
            return found if isinstance(found, Response) else JSONResponse(found)
        except Changed as changed:
            return JSONResponse({"stamp": changed.stamp}, status_code=409)
        except HpcError as error:
            return _refusal("\n".join(_words(error)))
        except (Refused, OSError) as error:
            return _refusal(str(error))
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            return _refusal(f"the request is malformed: {error}")

    return endpoint


def _words(error: HpcError) -> list[str]:
    return [_sentence(d) for d in error.diagnostics]


def _sentence(d: Diagnostic) -> str:
    place = f"{d.place}: " if d.place else ""
    return f"{place}{d.code} {d.message}" + (f"; {help_of(d)}" if d.help else "")


def _refusal(reason: str) -> Response:
    return JSONResponse({"error": reason}, status_code=400)


def _object(body: bytes) -> Any:
    found = json.loads(body or b"{}")
    if not isinstance(found, dict):
        raise TypeError("it is not an object")
    return found


def _ask(body: api.Body) -> Response:
    """The answer as it is made: compressing it would hold it back."""
    made = questions.ask(body["folder"], body["question"], base=bool(body["base"]))
    return StreamingResponse(made, media_type="text/plain; charset=utf-8", headers={"Content-Encoding": "identity"})


def _download(body: api.Body) -> Response:
    """The compiled folder as a zip archive. A header is Latin-1, a name need not be."""
    name, data = api.archive(body)
    return Response(data, media_type="application/zip", headers={"X-Name": quote(name)})
