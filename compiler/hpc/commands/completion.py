"""``hpc completion``: a script that lets a shell complete hpc's commands, options and names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Final

from hpc.commands.printing import GOOD

SHELLS: Final = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("shell", choices=SHELLS, help='load it with: eval "$(hpc completion bash)"')


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    sys.stdout.write(shtab.complete(_complete_parser(), shell=arguments.shell) + "\n")
    return GOOD


def _complete_parser() -> argparse.ArgumentParser:
    """The parser with every command's arguments, and with the values that each of them can have."""
    import shtab

    from hpc.arguments import COMMANDS, command_parser
    from hpc.recipes import RECIPES
    from hpc.targets.registry import NAMES

    names = {"recipe": list(RECIPES), "emit": list(NAMES)}
    paths = {
        "file": shtab.FILE,
        "files": shtab.FILE,
        "what": shtab.FILE,
        "output": shtab.FILE,
        "a": shtab.FILE,
        "b": shtab.FILE,
        "folder": shtab.DIRECTORY,
    }
    parser = command_parser(list(COMMANDS))
    for action in _actions(parser):
        if action.dest in names:
            action.choices = names[action.dest]
        elif action.dest in paths:
            action.complete = paths[action.dest]  # type: ignore[attr-defined]  # shtab reads this attribute
    return parser


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
