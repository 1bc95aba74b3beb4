"""``hpc diff``: two configs or runs compared by what they compile to, not by how they are written."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from hpc.checks.disk.needs import needs_of
from hpc.checks.other_tool import said_once
from hpc.checks.words import show
from hpc.commands.printing import ERRORS, GOOD, UNUSABLE, report, say
from hpc.compile import Compilation, compile_document
from hpc.diagnostics import HpcError
from hpc.diff import Comparison, Difference, DifferenceKind, Side, compare, side_of, to_json
from hpc.rules import refused
from hpc.source import read
from hpc_disk.builds import folder_of, read_build
from hpc_disk.checkpoints import newest, same_job, same_rows
from hpc_disk.identity import differences, identity
from hpc_disk.problems import Problem
from hpc_disk.row_digest import rows_digest

HEADINGS: Final[dict[DifferenceKind, str]] = {
    "training": "The training differs:",
    "memory": "Memory and speed differ:",
    "files": "Files and logs differ:",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("a", metavar="A", help="a config, or the output folder of a run")
    parser.add_argument(
        "b", metavar="B", help="the same; the exit code is 0 for the same training, 1 for a different one"
    )
    parser.add_argument("--format", choices=("full", "json"), default="full", help="output format (full)")


def run(arguments: argparse.Namespace) -> int:
    """Print what differs, and the verdict."""
    sides = [side for path in (arguments.a, arguments.b) if (side := _readable(path))]
    if len(sides) < 2:
        return UNUSABLE
    (a, first), (b, second) = sides
    found, reasons = compare(a, b), _reasons(first, second)
    if arguments.format == "json":
        resume = None if reasons is None else {"possible": not reasons, "reasons": [_reason(r) for r in reasons]}
        print(json.dumps({**to_json(found), "resume": resume}, indent=2, ensure_ascii=False))
    else:
        say(*_lines(found, a, b, reasons))
    return GOOD if found.same_training else ERRORS


def _readable(path: str) -> tuple[Side, Compilation | Path] | None:
    """What a path names; None where it cannot be compared, which is reported."""
    try:
        return _side(path)
    except HpcError as error:
        known = said_once(error)
        report(known.diagnostics, known.texts)
        return None


def _side(path: str) -> tuple[Side, Compilation | Path]:
    """What a path names: a compiled config, or a run with its folder."""
    if path == "-" or not Path(path).is_dir():
        compilation = compile_document(read(path))
        return side_of(path, compilation), compilation
    build = folder_of(Path(path))
    if build is None:
        raise refused("HPC730", f"{path} is neither a config nor the output folder of a run")
    return Side(path, read_build(build)), Path(path)


def _reasons(a: Compilation | Path, b: Compilation | Path) -> Sequence[Problem] | None:
    """Why B cannot resume from a checkpoint of A; None where B is a run itself, or A a run without a checkpoint."""
    if isinstance(b, Path):
        return None
    needs = needs_of(b.config)
    if isinstance(a, Path):
        checkpoint = newest(a)
        resumed = needs._replace(resume_from_checkpoint=str(checkpoint))
        return [*same_job(resumed), *same_rows(resumed)] if checkpoint else None
    earlier = needs_of(a.config)
    found = list(differences("the checkpoint", identity(earlier), needs))
    if earlier.train_data != needs.train_data and rows_digest(earlier) != rows_digest(needs):
        found.append(Problem("HPC539", "error", "train_data", "the checkpoint was trained on other rows"))
    return found


def _reason(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "field": problem.subject, "message": problem.message}


def _lines(found: Comparison, a: Side, b: Side, reasons: Sequence[Problem] | None) -> Iterator[str]:
    for kind, heading in HEADINGS.items():
        members = [d for d in found.differences if d.kind == kind]
        if members:
            yield heading
            yield from (line for d in members if not d.constant for line in _difference(d, a, b))
            yield from _constants([d for d in members if d.constant])
            yield ""
    yield f"{a.name} and {b.name}: {found.verdict}"
    if reasons:
        yield f"{b.name} cannot resume from a checkpoint of {a.name}:"
        yield from (f"  {reason.message} [{reason.code}]" for reason in reasons)


def _constants(members: Sequence[Difference]) -> Iterator[str]:
    """What another trainer or stage brings with it, as a count."""
    groups = Counter((d.artifact, tuple(cause.field for cause in d.because)) for d in members)
    for (artifact, fields), count in groups.items():
        yield f"  {artifact}: {count} other value{'s' * (count != 1)} that {' and '.join(fields) or 'hpc'} sets"


def _difference(d: Difference, a: Side, b: Side) -> Iterator[str]:
    if d.key:
        yield f"  {d.artifact}: {d.key} = {show(d.a)} -> {show(d.b)}"
    else:
        yield f"  {d.artifact}: only of {a.name if d.a else b.name}"
    yield from (f"    {cause.field}: {cause.a} -> {cause.b}" for cause in d.because)
