"""The command line: argv becomes one call, its diagnostics are shown, and its exit code is returned."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from io import TextIOWrapper
from types import ModuleType
from typing import Any, Final

from hpc import __version__
from hpc_disk.streams import steady

COMMANDS: Final = {
    "init": "write a config with comments to start from",
    "import": "import a config of another tool",
    "validate": "check configs and explain every error",
    "compile": "compile a config to the files that a training needs",
    "explain": "explain a compiled value, a field or an error code",
    "diff": "compare two configs or runs by what they compile to",
    "runs": "list the runs in a folder",
    "ask": "ask the model of a run",
    "schema": "print the schema, or set up an editor",
    "data": "show the rows of a job as the model sees them",
    "doctor": "check that this job can run on this machine",
    "plan": "estimate memory, time and cost, and whether this job fits",
    "run": "compile a config and train",
    "merge": "merge a LoRA adapter into its base model",
    "completion": "print a shell completion script",
    "ui": "set up, run and monitor a job in the browser",
}


EXAMPLE: Final = """\
example:
  hpc init train_lora_sft            write train_lora_sft.jsonc, then edit it
  hpc doctor train_lora_sft.jsonc    check config, model, data and machine
  hpc run train_lora_sft.jsonc       train

hpc COMMAND --help explains a command.
"""


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
        return _without_output(141)
    except OSError as error:
        print(f"hpc: cannot write the output: {error.strerror or error}", file=sys.stderr)
        return _without_output(2)


def _run(words: Sequence[str], begin: Callable[[], object]) -> int:
    if sys.stdout is None and "run" not in words:
        raise OSError("standard output is closed")
    parser = command_parser(words)
    if not words:
        parser.print_help()
        return 0
    arguments = parser.parse_args(words)
    from hpc.diagnostics import HpcError

    try:
        begin()
        code: int = _module(arguments.command).run(arguments)
        return code
    except HpcError as error:
        from hpc.commands.printing import exit_code, report

        report(error.diagnostics, error.texts)
        return exit_code(error.diagnostics)


def _show_every_character() -> None:
    """A terminal or a log that knows ASCII only gets escapes for the rest."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def command_parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the command that is called defines its arguments, so only its module is imported."""
    parser = _Parser(
        prog="hpc",
        description="The hyperparameter compiler: checks, compiles and runs fine-tuning jobs.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"hpc {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name in words:
            _module(name).add_arguments(command)
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser whose help is not silently lost where it cannot be written."""

    def _print_message(self, message: str, file: Any = None) -> None:
        if message:
            (file or sys.stderr).write(message)


def _dated(word: str) -> str:
    """``--portal=DATE`` under the name by which the parser knows an option with a value."""
    return word.replace("--portal=", "--portal-of=", 1) if word.startswith("--portal=") else word


def _module(command: str) -> ModuleType:
    """The command's module; `import` is a word of Python, so its file is import_.py."""
    return import_module(f"hpc.commands.{'import_' if command == 'import' else command}")


def _without_output(code: int) -> int:
    """End without a traceback: the reader of the output has gone, as with `| head`, or its disk is full."""
    import os

    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
