"""The command line: argv becomes one call, its diagnostics are shown, and its exit code is returned."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper

from hpc_disk.streams import steady, without_output


def main(argv: Sequence[str], begin: Callable[[], object] = bool) -> int:
    """Run a command; returns the exit code (hpc.cli). ``begin`` is called when the command is about to work."""
    _show_every_character()
    steady("stderr")  # What is said beside the output does not decide how the command ends.
    try:
        try:
            return _run([_dated(word) for word in argv], begin)
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return without_output(141)
    except OSError as error:
        print(f"hpc: cannot write the output: {error.strerror or error}", file=sys.stderr)
        return without_output(2)


def _run(words: Sequence[str], begin: Callable[[], object]) -> int:
    if sys.stdout is None and "run" not in words:
        raise OSError("standard output is closed")
    from hpc.diagnostics import HpcError

    try:
        return _called(words, begin)
    except HpcError as error:
        from hpc.checks.other_tool import said_once
        from hpc.commands.printing import exit_code, report

        error = said_once(error)
        report(error.diagnostics, error.texts)
        return exit_code(error.diagnostics)


def _called(words: Sequence[str], begin: Callable[[], object]) -> int:
    """Run the command. Files alone need no parser, which takes as long to make as checking a file."""
    if words[:1] == ["validate"] and len(words) > 1 and not any(word.startswith("-") for word in words):
        from hpc.commands.validate import Options, validate

        begin()
        return validate(Options(words[1:]))
    from hpc.arguments import command_module, command_parser, parsed

    if not words:
        command_parser(words).print_help()
        return 0
    arguments = parsed(words)
    begin()
    code: int = command_module(arguments.command).run(arguments)
    return code


def _show_every_character() -> None:
    """A terminal or a log that knows ASCII only gets escapes for the rest."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _dated(word: str) -> str:
    """``--portal=DATE`` under the name by which the parser knows an option with a value."""
    return word.replace("--portal=", "--portal-of=", 1) if word.startswith("--portal=") else word
