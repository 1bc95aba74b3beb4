"""Names on the Hugging Face hub: what the cache of this machine lacks is not checked, and needs a hub that answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from hpc_disk.data import data_sets
from hpc_disk.files import kind
from hpc_disk.models.folder import folder_of, hub_cache
from hpc_disk.needs import Needs
from hpc_disk.paths import local
from hpc_disk.problems import Problem

PATIENCE: Final = 5
"""Seconds in which the hub must answer."""
OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
"""Variables by which the libraries are told not to ask the hub."""
YES: Final = ("1", "ON", "YES", "TRUE")


def uncached(needs: Needs) -> Iterator[Problem]:
    """HPC528: a name on the hub that this machine's cache does not have, so that nothing is known about it."""
    for field, name in _not_here(needs):
        message = f"{name} was not checked: it is not in this machine's cache of the hub"
        yield Problem("HPC528", "note", field, message)


def unchecked(needs: Needs) -> Iterator[Problem]:
    """HPC528 where the hub answers: where it does not, HPC529 says the same and more."""
    yield from (problem for problem in uncached(needs) if not _silent())


def unreachable(needs: Needs) -> Iterator[Problem]:
    """HPC529: such a name, where the hub cannot be asked for it."""
    for field, name in _not_here(needs):
        if reason := _silent():
            yield Problem("HPC529", "error", field, f"{name} is not on this disk or in its cache, and {reason}")


def _not_here(needs: Needs) -> Iterator[tuple[str, str]]:
    """The field and the name of everything that only the hub may have."""
    if needs.model and kind(needs.model) is None and local(needs.model) is None and not folder_of(needs.model):
        yield "model", needs.model
    for field, _, source in data_sets(needs):
        if kind(source.path) is None and local(source.path) is None and not _cached_data(source.path):
            yield field, source.path


def _cached_data(name: str) -> bool:
    return kind(hub_cache() / f"datasets--{name.replace('/', '--')}") == "folder"


def _silent() -> str | None:
    """Why the hub cannot be asked, or None where it answers."""
    for variable in OFFLINE:
        if os.environ.get(variable, "").upper() in YES:
            return f"{variable} is set"
    address = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    return None if _answers(address) else f"{address} does not answer within {PATIENCE} seconds"


@lru_cache(maxsize=1)
def _answers(address: str) -> bool:
    import socket  # slow to import, and asked of a job that is to run only

    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    parts = urlsplit(proxy or address)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=PATIENCE).close()
    except (OSError, ValueError):
        return False
    return True


TO_RUN: Final = (unchecked, unreachable)
