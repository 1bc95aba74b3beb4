"""What the compiler says about a text, as one JSON object for the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hpc.check import check, from_finding
from hpc.checks.disk.needs import finding, needs_of
from hpc.checks.other_tool import FOREIGN
from hpc.compile import compile_job
from hpc.diagnostics import Diagnostic, Fix, HpcError, limited
from hpc.here import ready_to_run
from hpc.job import Job
from hpc.source import parse
from hpc.source.document import Document, Format
from hpc_disk.hub import uncached
from hpc_schema import fields as f
from hpc_ui import annotated
from hpc_ui.help_texts import EARLIER_RUN, help_of, situation
from hpc_ui.importing import conversion, import_fix, imported
from hpc_ui.page_text import editable, while_empty
from hpc_ui.positions import Positions
from hpc_ui.suggest import ways_on, with_suggestions
from hpc_ui.summary import summary


def verdict(text: str, format_: Format, file: str) -> dict[str, Any]:
    """Read, check and compile a text.

    ``fields`` is None when the text cannot be read, ``artifacts`` when it has errors. Offsets are UTF-16 units.
    """
    unreadable: tuple[Diagnostic, ...] = ()
    document: Document | None
    try:
        document = parse(text, format_, file)
    except HpcError as error:
        unreadable = error.diagnostics
        document = while_empty(text, format_, file, unreadable)
    if document is None:
        return {
            "diagnostics": _unread(text, format_, file, unreadable),
            "fields": None,
            "artifacts": None,
            "summary": [],
        }
    job = check(document)
    wrong = {d.pointer[1:] for d in job.errors}
    return {
        "diagnostics": _said(document, limited(unreadable or (*job.diagnostics, *_unchecked(job)))),
        "fields": _fields(job),
        "artifacts": None if unreadable else _artifacts(job),
        "summary": summary(job.config, wrong),
    }


def missing(text: str, format_: Format, file: str, **asked: Any) -> list[dict[str, Any]]:
    """What a job without errors still lacks to be trained here: data, a model, packages, memory, a free folder."""
    document = editable(text, format_, file)
    known = {(d.code, d.pointer) for d in check(document).diagnostics}
    lacks = [d for d in ready_to_run(document, **asked).errors if (d.code, d.pointer) not in known]
    positions = Positions(text)
    found = with_suggestions(document, limited(lacks))
    return [
        _diagnostic(d, positions, ways_on(document) if situation(d) == EARLIER_RUN else fixes) for d, fixes in found
    ]


def _unchecked(job: Job) -> Iterator[Diagnostic]:
    """What is only on the hub: the page says that it was not checked."""
    for problem in uncached(needs_of(job.config)):
        if problem.subject in job.document.values:
            yield from_finding(job.document, finding(job.config, problem))


def _said(document: Document, found: list[Diagnostic]) -> list[dict[str, Any]]:
    """The diagnostics; another tool's config says one thing, and can be imported."""
    if [d.code for d in found] == [FOREIGN]:
        return _of_another_tool(document.text, document.format, document.file)
    positions = Positions(document.text)
    return [_diagnostic(d, positions, fixes) for d, fixes in with_suggestions(document, found)]


def _unread(text: str, format_: Format, file: str, found: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Why a text cannot be read; it may be another tool's, or a job in another format, and then becomes this one's."""
    if of_another_tool := _of_another_tool(text, format_, file):
        return of_another_tool
    positions = Positions(text)
    first, *others = [_diagnostic(d, positions, (d.fix,) if d.fix else ()) for d in found]
    if (fix := conversion(text, format_, file)) is not None:
        return [{**first, "fixes": [fix]}]
    return [first, *others]


def _of_another_tool(text: str, format_: Format, file: str) -> list[dict[str, Any]]:
    """HPC107 with the import as its fix; empty for a text that is no tool's."""
    done = imported(text, file)
    if done is None:
        return []
    help_ = "import it: every setting is accounted for"
    found = Diagnostic(FOREIGN, "error", f"this is a config of {done.tool.title}", file, help=help_)
    return [{**_diagnostic(found, Positions(text), ()), "fixes": [import_fix(done, text, format_)]}]


def _fields(job: Job) -> dict[str, Any]:
    """Every field's value as written, or else as it holds; whether it is written, and whether it applies."""
    written = job.document.values
    return {
        field.name: {
            "value": written.get(field.name, job.config.values[field.name]),
            "given": field.name in written,
            "active": job.config.acts(field),
        }
        for field in f.ALL
    }


def _artifacts(job: Job) -> list[dict[str, Any]] | None:
    if not job.compiles:
        return None
    compilation = compile_job(job)
    return [annotated.artifact(compilation, name) for name in compilation.artifacts]


def _diagnostic(d: Diagnostic, positions: Positions, fixes: Sequence[Fix]) -> dict[str, Any]:
    span = d.span
    return {
        "code": d.code,
        "severity": d.severity,
        "count": d.represents,
        "message": d.message,
        "help": help_of(d),
        "situation": situation(d),
        "field": d.pointer[1:],
        "place": f"{span.line}:{span.column}" if span else "",
        "from": positions(span.start) if span else 0,
        "to": positions(span.end) if span else 0,
        "safe": d.fix is not None,
        "fixes": [{"description": fix.description, "changes": positions.changes(fix.edits)} for fix in fixes],
        "notes": list(d.notes),
        "related": [
            {"message": r.message, "place": f"{r.span.line}:{r.span.column}", "from": positions(r.span.start)}
            for r in d.related
        ],
    }
