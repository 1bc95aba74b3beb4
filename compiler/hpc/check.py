"""Everything that is wrong with a document, in one pass: its fields, the schema's rules, then hpc's own checks.

Invariants: no diagnostic only follows from another (a field whose intended value is not known takes part in no
relation), and none is hidden by one that `hpc validate --fix` takes away (relations see what was meant).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

from hpc.checks import beyond
from hpc.checks.relations import CHECKS, Finding
from hpc.diagnostics import Diagnostic, in_file_order
from hpc.job import Job
from hpc.resolve import Config, resolve
from hpc.source.document import Document
from hpc_schema.validator import is_valid

Disk = Literal["ignored", "at hand", "needed"]
ON_DISK: Final = ("model", "train_data", "eval_data", "resume_from_checkpoint")
"""The fields that name something on the disk."""


def check(document: Document, *, portal: bool | str = False, disk: Disk = "at hand", **asked: Any) -> Job:
    """The document as a job, with everything that is wrong with it.

    ``portal`` adds the platform's limits: today's, or those of an ISO date. ``disk`` says how far the disk counts:
    ``ignored`` for what must not depend on the machine, ``at hand`` for what is there, ``needed`` for a job that is to
    run here, so that what is missing counts, too. ``asked`` are the options of a run that change what its disk must
    hold (``overwrite`` …).
    """
    read = document
    found: list[Diagnostic] = []
    wrong: frozenset[str] = frozenset()
    if not is_valid(document.values):
        # A good config needs nothing that explains.
        from hpc.checks.conflicts import broken_rules
        from hpc.checks.fields import read_fields
        from hpc.checks.other_tool import foreign_config

        if foreign := foreign_config(document):
            return Job(read, resolve(document._replace(values={})), [foreign])
        reading = read_fields(document)
        document, wrong = reading.as_meant(), frozenset(reading.wrong)
        found += reading.diagnostics
        found += broken_rules(document, wrong)
    config = resolve(document)
    found += _relations(config, wrong, disk, asked)
    if portal:
        from hpc.checks.portal import platform_limits

        found += platform_limits(document, portal if isinstance(portal, str) else None)
    return Job(read, config, in_file_order(found))


def _relations(config: Config, wrong: frozenset[str], disk: Disk, asked: dict[str, Any]) -> Iterator[Diagnostic]:
    for finding in _findings(config, disk, asked):
        names = [field.name for field in finding.fields]
        if wrong.isdisjoint([*names, *(field.name for field in finding.also_read)]):
            yield from_finding(config.document, finding)


def from_finding(document: Document, finding: Finding) -> Diagnostic:
    """The diagnostic of a finding, at the first of its fields that somebody gave."""
    from hpc.checks.diagnose import relation, writing
    from hpc.checks.notation import in_notation
    from hpc.rules import rule_of

    if not finding.fields:
        rule = rule_of(finding.code)
        severity, help_ = finding.severity or rule.severity, in_notation(finding.help or rule.help, document.format)
        return Diagnostic(finding.code, severity, finding.message, document.file, help=help_)
    found = relation(
        document,
        finding.code,
        finding.message,
        [field.name for field in finding.fields],
        severity=finding.severity,
        at_key=finding.at_key,
        help_=finding.help,
    )
    if not finding.instead:
        return found
    return found._replace(fix=writing(document, finding.fields[0].name, list(finding.instead)))


def _findings(config: Config, disk: Disk, asked: dict[str, Any]) -> Iterator[Finding]:
    for run in (*CHECKS, *beyond.CHECKS):
        yield from run(config)
    if config.values["target"]:
        from hpc.checks import target_releases

        for run in target_releases.CHECKS:
            yield from run(config)
    named = any(config.document.values.get(name) for name in ON_DISK)
    if disk == "needed" or (disk == "at hand" and named):
        from hpc.checks.disk.findings import disk_findings

        yield from disk_findings(config, must_exist=disk == "needed", **asked)
