"""Whether the releases of ``target`` can do what the config asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hpc.checks.relations import Finding, RelationCheck
from hpc.resolve import Config
from hpc.targets import releases
from hpc_schema import fields as f


def unsupported_release(config: Config) -> Iterator[Finding]:
    """HPC740."""
    target = config[f.target]
    if target is not None:
        yield from unsupported(target)


def unsupported(target: str) -> Iterator[Finding]:
    """The same of the target alone."""
    libraries = [part.partition("==")[0].strip() for part in target.split(",")]
    for library in dict.fromkeys(libraries):
        if libraries.count(library) > 1:
            yield Finding("HPC740", f"`target` names {library} more than once", (f.target,), "name each library once")
    for library, release in releases.named(target).items():
        oldest = releases.line(getattr(releases.PAIRS[0], library))
        if releases.parse(release) < oldest:
            supported = releases.text(oldest)
            message = f"{library} {release} is older than {supported}, the oldest release that hpc supports"
            yield Finding("HPC740", message, (f.target,))


def untested_releases(config: Config) -> Iterator[Finding]:
    """HPC741."""
    target = config[f.target]
    if target is None or any(unsupported(target)):
        return
    found = {name: releases.parse(release) for name, release in releases.releases_of(target).items()}
    for library in releases.named(target):
        newest = getattr(releases.PAIRS[-1], library)
        if found[library][:2] > releases.line(newest):
            tested = releases.text(releases.line(newest))
            message = f"{library} {releases.text(found[library])} is newer than {tested}, the newest that was tested"
            yield Finding("HPC741", message, (f.target,), f"use {library} {tested}, or watch the first steps closely")
            return
    if not releases.tested_together(found):
        trl, transformers = (releases.text(found[name]) for name in ("trl", "transformers"))
        message = f"TRL {trl} and transformers {transformers} were not tested together"
        yield Finding("HPC741", message, (f.target,))


def absent_in_release(config: Config) -> Iterator[Finding]:
    """HPC742."""
    target = config[f.target]
    if target is None or any(unsupported(target)):
        return
    for lack, release in releases.lacking(config, target):
        message = f"{lack.library} {release} does not have {lack.what}"
        help_ = f"use {lack.library} {lack.until} or newer, or {lack.instead}"
        yield Finding("HPC742", message, (*lack.fields, f.target), help_, also_read=lack.also_read)


CHECKS: Final[tuple[RelationCheck, ...]] = (unsupported_release, untested_releases, absent_in_release)
