"""The training command of a shell script: its options, the program, and what the launcher decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from hpc.diagnostics import Diagnostic, HpcError, Span
from hpc.importers.heredocs import Heredoc, take_heredocs
from hpc.importers.nearby import find
from hpc.importers.shell import ASSIGNMENT, Command, commands_of, filled, slurm_variables
from hpc.importers.source import Source, load, read_config
from hpc.source.lines import Lines
from hpc.source.problem import shorten
from hpc_disk.files import kind

PROGRAMS: Final = ("swift", "trl", "llamafactory-cli", "lmf", "axolotl", "megatron")
LAUNCHERS: Final = ("torchrun", "accelerate", "deepspeed", "python", "python3", "srun", "torch.distributed.run")
CONFIGS: Final = (".yaml", ".yml", ".json")
CONDITIONS: Final = ("if", "elif", "case", "[", "[[")
DEVICES: Final = ("nproc_per_node", "num_gpus", "num_processes", "gpus_per_node")
FARTHEST: Final = 3
"""Folders above that of the script in which a config is looked for."""
_WHICH: Final = re.compile(r"\$\(which (\S+)\)")
_FROM_VARIABLE: Final = re.compile(r"^\$(?:\{[^}]*\}|\w+|\(.*\))/")
NODES: Final = ("nnodes", "num_nodes", "num_machines")


def read_source(text: str, file: str) -> Source:
    """The keys of a config, or of the training command of a shell script.

    Raises:
        HpcError: it cannot be read (HPC007 to HPC028), or holds no training command (HPC711).
    """
    return read_config(text, file) or read_script(text, file)


def read_script(text: str, file: str) -> Source:
    """The first training command of a script: of a tool that hpc imports, or else any.

    Raises:
        HpcError: HPC711, the script has none; HPC712, a quotation mark in it is never closed.
    """
    script, written = take_heredocs(text)
    slurm = slurm_variables(text)
    commands = list(commands_of(script, slurm))
    read = [
        (command, source)
        for command, folders in _with_folders(commands, file)
        if (source := _read(command, text, file, written, folders))
    ]
    found = [each for each in read if _is_known_training(each[1])] or read
    first, source = found[0] if found else (next((each for each in commands if each.unclosed is not None), None), None)
    if first and first.unclosed is not None:
        raise _never_closed(text, file, first.unclosed)
    if source is None:
        raise _no_options(commands, file)
    many = f"the script starts {len(found)} trainings; only the first is imported"
    notes = [many] if len(found) > 1 else []
    if any(each.words[0][0] in CONDITIONS for each in commands[: commands.index(found[0][0])]):
        notes.append("the script has conditions; hpc treats all of them as true")
    return replace(source, notes=(*source.notes, *notes))


def _is_known_training(source: Source) -> bool:
    """Whether a tool that hpc imports trains here: a script can also prepare data, export a model or evaluate it."""
    from hpc.importers.tools import recognize

    tool = recognize(source.values, source.command)
    return tool is not None and not tool.idle(source.command)


def _with_folders(commands: Sequence[Command], file: str) -> Iterator[tuple[Command, tuple[Path, ...]]]:
    """Each command, and the folders in which it may have been started: scripts are run from the repository's root."""
    here = Path(file).parent
    around = (Path(), here, *list(here.absolute().parents)[:FARTHEST])
    for command in commands:
        words = [word for word, _ in command.words]
        if words[0] == "cd" and len(words) == 2:
            here = here / _FROM_VARIABLE.sub("", words[1])
            around = (here, *around)
        yield command, around


def _no_options(commands: Sequence[Command], file: str) -> HpcError:
    message = "there is no training command with options in this script"
    help_ = "give the script that starts the training, or the config that it names"
    for command in commands:
        names = [word for word, _ in command.words]
        start = _program(names)
        if start is not None and (config := _positional_config(names[start:])):
            message = f"the training command of this script reads {shorten(config)}, which is not here"
            help_ = "give that config to `hpc import`"
            break
    return HpcError(Diagnostic("HPC711", "error", message, file, help=help_))


def _never_closed(text: str, file: str, start: int) -> HpcError:
    message, help_ = f"this `{text[start]}` is never closed", "close it, or the one before it"
    place = Lines(text).span(start, start + 1)
    return HpcError(Diagnostic("HPC712", "error", message, file, place, help=help_), texts={file: text})


def _read(command: Command, text: str, file: str, written: Sequence[Heredoc], folders: Sequence[Path]) -> Source | None:
    """The command as a source, if it is a training."""
    names = [_WHICH.sub(r"\1", word) for word, _ in command.words]
    start = _program(names)
    if start is None:
        return None
    before, program = command.words[:start], names[start:]
    if before and before[-1][0] in ("-m", "--module"):
        before = before[:-1]
    options, places = _options(command.words[start:], text)
    named = options.pop("config", None)
    config = named if isinstance(named, str) else _positional_config(program)
    read = _written(config, written, command.variables) or _config(config, folders)
    given = read.values if read else {}
    values = {**given, **options}
    if not values:
        return None
    positional = [name for name in program[:3] if not name.startswith("-")]
    launcher, _ = _options(before, text)
    notes = read.notes if read else ()
    if config is not None and not given:
        notes = (f"the command reads {config}, which is not here: add its keys",)
    elif read and Path(config or "") != Path(read.file):
        notes = (f"the command reads {config}: hpc read {read.file}", *notes)
    launch, repeated = _launch(launcher, command.variables), read.repeated if read else frozenset[str]()
    return Source(file, text, values, places, tuple(positional), launch, notes, repeated)


def _positional_config(program: Sequence[str]) -> str | None:
    """The config that the program is given before its options."""
    before = takewhile(lambda word: not word.startswith("-"), program[1:4])
    return next((word for word in before if word.endswith(CONFIGS)), None)


def _program(names: Sequence[str]) -> int | None:
    """Where the training program stands: a tool of its own name, or the script that a launcher starts."""
    for index, name in enumerate(names):
        plain = Path(name).name
        if plain in PROGRAMS:
            return index
        if plain.endswith(".py") and not name.startswith("-"):
            return index
        if index and names[index - 1] in ("-m", "--module") and plain not in LAUNCHERS:
            return index
    return None


def _options(words: Sequence[tuple[str, int]], text: str) -> tuple[dict[str, Any], dict[str, Span]]:
    """``--key value``, ``--key=value`` and ``--flag``; several values are a list."""
    lines = Lines(text)
    values: dict[str, Any] = {}
    places: dict[str, Span] = {}
    key: str | None = None
    for word, offset in words:
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word[2:].partition("=")
            key = name.replace("-", "_")
            values[key] = value if equals else []
            places[key] = lines.span(offset, min(len(text), offset + len(name) + 2))
            key = None if equals else key
        elif key is not None:
            values[key].append(word)
        elif (pair := ASSIGNMENT.fullmatch(word)) and not pair[2]:
            values[pair[1]] = pair[3]
            places[pair[1]] = lines.span(offset, min(len(text), offset + len(pair[1])))
    return {k: _single(v) for k, v in values.items()}, places


def _single(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return True if not value else value[0] if len(value) == 1 else value


def _written(name: str | None, written: Sequence[Heredoc], known: Mapping[str, str]) -> Source | None:
    """The config that the command names, where the script itself writes it."""
    for each in reversed(written):
        if name is not None and name == filled(each.target, known):
            text = each.text if each.literal else filled(each.text, known)
            return read_source(text, name)
    return None


def _config(name: str | None, folders: Sequence[Path]) -> Source | None:
    """The config that the command names, where it is there."""
    if name is None:
        return None
    path = name if kind(name) == "file" else find(_FROM_VARIABLE.sub("", name), *folders)
    if path is None:
        return None
    shown, text = load(str(path))
    return read_source(text, shown)


def _launch(options: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    """Nodes and devices, where the launcher's options or the environment say how many."""
    found: dict[str, tuple[Any, str]] = {}
    for name, keys, variable in (("devices_per_node", DEVICES, "NPROC_PER_NODE"), ("nodes", NODES, "NNODES")):
        key = next((key for key in keys if str(options.get(key, "")).isdigit()), None)
        if key:
            found[name] = (int(options[key]), f"--{key}")
        elif variables.get(variable, "").isdigit():
            found[name] = (int(variables[variable]), variable)
    if "devices_per_node" not in found and "localhost:" in str(options.get("include", "")):
        found["devices_per_node"] = (len(str(options["include"]).partition(":")[2].split(",")), "--include")
    if options.get("num_processes") and found.get("devices_per_node", (0, ""))[1] == "--num_processes":
        total, nodes = found["devices_per_node"][0], found.get("nodes", (1, ""))[0]
        found["devices_per_node"] = (max(1, total // nodes), "--num_processes")  # of all machines together
    for name, variable in (("devices_per_node", "SLURM_GPUS_ON_NODE"), ("nodes", "SLURM_NNODES")):
        if name not in found and variables.get(variable, "").isdigit():
            found[name] = (int(variables[variable]), "#SBATCH")
    visible = [part for part in variables.get("CUDA_VISIBLE_DEVICES", "").split(",") if part.strip()]
    if "devices_per_node" not in found and len(visible) > 1:
        found["devices_per_node"] = (len(visible), "CUDA_VISIBLE_DEVICES")
    if isinstance(options.get("config_file"), str):
        found["accelerate"] = (options["config_file"], "--config_file")
    return found
