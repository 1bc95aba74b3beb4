"""The releases of the libraries on this machine, for which a run is compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from hpc.checks.relations import Finding
from hpc.checks.target_releases import unsupported
from hpc.source.document import Document
from hpc.targets import releases
from hpc.targets.plan import VERSIONS
from hpc_schema import fields as f
from hpc_schema.validator import FIELDS

WHERE: Final = "what is installed"
"""The origin of such a target."""


def installed() -> dict[str, str]:
    """Library → its release here, as far as it is installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in VERSIONS:
        try:
            found[name] = _numbers(version(name))
        except PackageNotFoundError:
            continue
    return found


def _numbers(release: str) -> str:
    """``5.24.0.dev0`` → ``5.24.0``."""
    match = re.match(r"\d+(\.\d+)*", release)
    return match[0] if match else "0"


def for_installed(document: Document, found: Mapping[str, str]) -> tuple[Document, Finding | None]:
    """The document with the releases that are here as its target, and what to say where it names others.

    Where a job for its own target is compiled to the same files, or its target is wrong, it stays as it is.
    """
    asked = document.values.get("target")
    if len(found) < len(VERSIONS) or not _is_sound(asked):
        return document, None
    here = ",".join(f"{name}=={release}" for name, release in found.items())
    if releases.compatible(asked) == releases.compatible(here):
        return document, None
    changed = document._replace(
        values={**document.values, "target": here}, overrides={**document.overrides, "target": WHERE}
    )
    if asked is None:
        return changed, None
    message = f"`target` is {asked}, but {releases.words(here)} are installed; compiling for the installed releases"
    return changed, Finding("HPC743", message, (f.target,))


def _is_sound(target: object) -> bool:
    """Whether nothing is wrong with the target itself: what is wrong must be told as everywhere, not replaced."""
    return target is None or (FIELDS["target"](target) and not any(unsupported(str(target))))
