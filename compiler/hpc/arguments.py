"""The commands of hpc, and the parser of their arguments."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from hpc import __version__

COMMANDS: Final = {
    "init": "write a config with comments to start from",
    "import": "import a config of another tool",
    "validate": "check configs and explain every error",
    "compile": "compile a config to the files that training needs",
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


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command, options anywhere among them. The parsers of the other commands are not even made."""
    if not words or words[0] not in COMMANDS:
        return command_parser(words).parse_args(words)
    name = words[0]
    parser = _Parser(prog=f"hpc {name}", description=_sentence(COMMANDS[name]), formatter_class=_Formatter)
    command_module(name).add_arguments(parser)
    # parse_args refuses an argument behind an option; parse_intermixed_args drops what is behind `--`.
    parse = parser.parse_args if "--" in words else parser.parse_intermixed_args
    return parse(words[1:], argparse.Namespace(command=name))


class _Formatter(argparse.HelpFormatter):
    """Help as wide as argparse itself would make it, which imports shutil to ask: 2 ms of every command."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


class _Help(_Formatter, argparse.RawDescriptionHelpFormatter):
    """Help in which the longest command has its summary on its own line, too: argparse forgets their indentation."""

    def add_argument(self, action: argparse.Action) -> None:
        """Leave room for an action, and for the indentation of the commands below it."""
        super().add_argument(action)
        if action.nargs == argparse.PARSER:
            self._action_max_length += self._indent_increment


def command_parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the command that is called defines its arguments, so only its module is imported."""
    parser = _Parser(
        prog="hpc",
        description="The hyperparameter compiler: checks, compiles and runs fine-tuning jobs.",
        epilog=EXAMPLE,
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"hpc {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=_sentence(summary), formatter_class=_Formatter)
        if name in words:
            command_module(name).add_arguments(command)
    return parser


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


class _Parser(argparse.ArgumentParser):
    """A parser whose help is not silently lost where it cannot be written."""

    def _print_message(self, message: str, file: Any = None) -> None:
        if message:
            from hpc.render.screen import printable

            (file or sys.stderr).write("\n".join(map(printable, message.split("\n"))))


def command_module(command: str) -> ModuleType:
    """The command's module; `import` is a word of Python, so its file is import_.py."""
    return import_module(f"hpc.commands.{'import_' if command == 'import' else command}")


def number_of_rows(text: str) -> int:
    """A number of rows, at least 1."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)
