"""The MLflow server or file that MLFLOW_TRACKING_URI names must be usable before a run starts (HPC870)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hpc_disk.files import kind
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

if TYPE_CHECKING:
    from urllib.parse import SplitResult

FILE: Final = "sqlite:///"
MAGIC: Final = b"SQLite format 3\0"
PATIENCE: Final = 5.0
"""Seconds that the server gets to say anything at all."""
CORRECT: Final = "correct or unset MLFLOW_TRACKING_URI"


def silent(needs: Needs) -> Iterator[Problem]:
    """HPC870. A server that goes away later ends no run."""
    address = os.environ.get("MLFLOW_TRACKING_URI", "")
    if "mlflow" not in needs.report_to or not _talks(needs):
        return
    file = address.removeprefix(FILE).partition("?")[0] if address.startswith(FILE) else ""
    if file and file != ":memory:" and (reason := unusable(Path(file))):
        yield Problem("HPC870", "error", "report_to", f"MLflow at {address}: {reason}", CORRECT)
    if address.startswith(("http://", "https://")) and (reason := _silence(address)):
        message = f"MLflow at {without_password(address)} does not answer: {reason}"
        yield Problem("HPC870", "error", "report_to", message, f"start the server, or {CORRECT}")


def without_password(address: str) -> str:
    """An address as it may be shown."""
    return re.sub(r"//[^/@]*@", "//", address)


def unusable(store: Path) -> str | None:
    """Why a file cannot be MLflow's store; None where nothing is known against it. MLflow itself tries for minutes."""
    from tempfile import TemporaryFile

    existing = next(path for path in (store, *store.parents) if kind(path))
    try:
        if existing != store:
            with TemporaryFile(dir=existing):
                return None
        if kind(store) != "file":
            return f"{store} is not a file"
        with store.open("r+b") as file:
            return None if file.read(len(MAGIC)) in (b"", MAGIC) else f"{store} is not a database of SQLite"
    except OSError as error:
        return f"cannot write {store}: {error.strerror}"


def _talks(needs: Needs) -> bool:
    """Whether this is where the tracking happens: in rank 0, on one node of several that only torchrun knows."""
    return os.environ.get("RANK", "0" if needs.nodes == 1 else "") == "0"


@lru_cache(maxsize=1)
def _silence(address: str) -> str | None:
    """Why the server does not answer; None where it does. No name that is looked up and no slow answer takes longer."""
    import threading

    found: list[str | None] = []
    asking = threading.Thread(target=lambda: found.append(_ask(address)), daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return found[0] if found else f"no answer within {PATIENCE:.0f} seconds"


def _ask(address: str) -> str | None:
    from http.client import HTTPException, InvalidURL
    from urllib.parse import urlsplit

    try:
        _wait_for_an_answer(urlsplit(address))
    except (InvalidURL, OSError, ValueError) as error:
        return str(error)
    except HTTPException:
        return None  # It has said something.
    return None


def _wait_for_an_answer(uri: SplitResult) -> None:
    """MLflow itself judges a certificate, by its own variables, and knows its way through a proxy."""
    import ssl
    from http.client import HTTPConnection, HTTPSConnection
    from urllib.request import getproxies, proxy_bypass

    host, port = uri.hostname or "", uri.port
    if getproxies().get(uri.scheme) and not proxy_bypass(host):
        return
    server = HTTPConnection(host, port, timeout=PATIENCE)
    if uri.scheme == "https":
        unverified = ssl.create_default_context()
        unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
        server = HTTPSConnection(host, port, timeout=PATIENCE, context=unverified)
    server.request("GET", f"{uri.path.rstrip('/')}/health")
    server.getresponse().close()


TO_RUN: Final = (silent,)
