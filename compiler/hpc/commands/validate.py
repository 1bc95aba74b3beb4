"""``hpc validate``: everything that is wrong with configs, with its place; ``--fix`` applies safe fixes."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from hpc.commands.printing import ERRORS, UNUSABLE, exit_code, report, show
from hpc.diagnostics import Diagnostic, HpcError, in_file_order, strict
from hpc.fix import ConfigText, Fixed, examine, fix, load

if TYPE_CHECKING:
    import argparse

MANY: Final = 250
"""Files for each process at least: a process costs as long to start as it takes to check them."""
PORTAL_OF: Final = "--portal-of"
"""How ``--portal=DATE`` reaches the parser: an option that may stand alone cannot take a value with argparse."""


def add_arguments(parser: "argparse.ArgumentParser") -> None:
    """The command's arguments."""
    import argparse

    from hpc.render import FORMATS
    from hpc.source.for_option import FOR, for_releases

    parser.add_argument("files", nargs="+", metavar="FILE", help="configs; - for standard input, in JSON")
    parser.add_argument("--format", choices=FORMATS, default="full", help="output format (full)")
    parser.add_argument("--strict", action="store_true", help="treat warnings as errors")
    parser.add_argument(
        "--portal", action="store_true", help="also report what the platform would reject (=DATE: on that day)"
    )
    parser.add_argument(PORTAL_OF, dest="portal", help=argparse.SUPPRESS)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a field; repeatable")
    parser.add_argument("--for", dest="set", action="append", type=for_releases, metavar="RELEASES", help=FOR)
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--fix", action="store_true", help="apply safe fixes in place (with -, print the fixed text)")
    change.add_argument("--diff", action="store_true", help="show what --fix would change, without changing anything")


def _is_date(text: str) -> bool:
    """Whether it is an ISO date."""
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class Options(NamedTuple):
    """What the command is asked for."""

    files: Sequence[str]
    format: str = "full"
    strict: bool = False
    portal: bool | str = False
    set: Sequence[str] = ()
    fix: bool = False
    diff: bool = False


class Findings:
    """What was found in all files, and what was or would be changed."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.texts: dict[str, str] = {}
        self.fixes = 0
        self.differs = False


def run(arguments: "argparse.Namespace") -> int:
    """Run the command as it was typed."""
    if isinstance(arguments.portal, str) and not _is_date(arguments.portal):
        print(f"hpc validate: --portal={arguments.portal}: write a date such as 2026-11-26", file=sys.stderr)
        return UNUSABLE
    return validate(Options(*(getattr(arguments, name) for name in Options._fields)))


def validate(arguments: Options) -> int:
    """Check every file and show everything that was found."""
    files = list(dict.fromkeys(arguments.files))
    processes = min(os.cpu_count() or 1, len(files) // MANY)
    changes = arguments.fix or arguments.diff or "-" in files
    findings = _examined(files, arguments) if changes or processes < 2 else _on_all_cores(files, arguments, processes)
    found = in_file_order(strict(findings.diagnostics) if arguments.strict else findings.diagnostics)
    if arguments.diff or (arguments.fix and "-" in arguments.files):
        report(found, findings.texts)
    else:
        show(sys.stdout, found, findings.texts, arguments.format)
    print(_summary(found, findings.fixes, arguments), file=sys.stderr)
    code = exit_code(found)
    return max(code, ERRORS) if findings.differs and code != UNUSABLE else code


def _on_all_cores(files: list[str], arguments: Options, processes: int) -> Findings:
    """What ``_examined`` finds, by several processes."""
    import signal
    from concurrent.futures import ProcessPoolExecutor

    findings = Findings()
    ignored = (signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is this process's business.
    with ProcessPoolExecutor(processes, initializer=signal.signal, initargs=ignored) as pool:
        shares = (files[first::processes] for first in range(processes))
        for part in pool.map(_examined, shares, [arguments] * processes):
            findings.diagnostics += part.diagnostics
            findings.texts |= part.texts
    return findings


def _examined(files: list[str], arguments: Options) -> Findings:
    findings = Findings()
    for path in files:
        try:
            _validate(path, arguments, findings)
        except HpcError as error:
            findings.diagnostics += error.diagnostics
            findings.texts |= error.texts
    return findings


def _validate(path: str, arguments: Options, findings: Findings) -> None:
    source = load(path)
    if not (arguments.fix or arguments.diff):
        found, texts = examine(source, arguments.set, portal=arguments.portal)
    else:
        fixed = fix(source, arguments.set, portal=arguments.portal)
        found, texts = fixed.diagnostics, fixed.texts
        if arguments.fix:
            _write(path, source, fixed)
        findings.fixes += fixed.applied
        if arguments.diff and _show_difference(source, fixed):
            # The remaining diagnostics are about a text that does not exist.
            findings.differs = True
            return
    if found:
        findings.diagnostics += found
        findings.texts |= texts


def _write(path: str, source: ConfigText, fixed: Fixed) -> None:
    if path == "-":
        sys.stdout.write(fixed.text)
    elif fixed.text != source.text:
        from hpc.edit import write_atomic

        write_atomic(path, fixed.text)


def _show_difference(source: ConfigText, fixed: Fixed) -> bool:
    """Print a unified diff that patch(1) can apply; whether there is a difference."""
    from hpc.render.screen import printable
    from hpc.unified import unified

    for line in unified(source.text, fixed.text, printable(source.file)):
        sys.stdout.write(line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n")
    return source.text != fixed.text


def _summary(found: Sequence[Diagnostic], fixes: int, arguments: Options) -> str:
    """One line for people: how much was found, fixed, and can be fixed."""
    errors = sum(d.represents for d in found if d.severity == "error")
    warnings = sum(d.represents for d in found) - errors
    parts = [_count(len(arguments.files), "file"), _count(errors, "error"), _count(warnings, "warning")]
    if arguments.fix or arguments.diff:
        parts.append(f"{_count(fixes, 'fix')} {'applied' if arguments.fix else 'shown'}")
    elif fixable := sum(d.fix is not None for d in found):
        parts.append(f"{fixable} fixable with --fix")
    return f"hpc: {', '.join(parts)}"


def _count(number: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("x") else f"{noun}s"
    return f"{number or 'no'} {noun if number == 1 else plural}"
