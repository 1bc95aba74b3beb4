"""The training command of a shell script: its options, the program, and what the launcher decides."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from hpc.diagnostics import Diagnostic, HpcError, Span
from hpc.importers.source import Source
from hpc.source.lines import Lines

_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}|\$(\w+)")
_SEPARATORS: Final = ("&&", "||", ";", "|", "&", "then", "do", "(", ")", "{", "}")
PROGRAMS: Final = ("swift", "trl", "llamafactory-cli", "lmf", "axolotl", "megatron")
LAUNCHERS: Final = ("torchrun", "accelerate", "deepspeed", "python", "python3", "srun", "torch.distributed.run")
DEVICES: Final = ("nproc_per_node", "num_gpus", "num_processes", "gpus_per_node")
NODES: Final = ("nnodes", "num_nodes", "num_machines")


@dataclass
class _Command:
    """One command: its words with the offset of each, and the variables set before it."""

    words: list[tuple[str, int]] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


def read_script(text: str, file: str) -> Source:
    """The first training command of a script.

    Raises:
        HpcError: HPC711, the script has none.
    """
    found = [source for command in _commands(text) if (source := _read(command, text, file))]
    if not found:
        help_ = "give the script that starts the training, or the config that it names"
        message = "there is no training command with options in this script"
        raise HpcError(Diagnostic("HPC711", "error", message, file, help=help_))
    others = len(found) - 1
    note = (f"the script starts {others} more: only the first is imported",) if others else ()
    return replace(found[0], notes=note)


def _commands(text: str) -> Iterator[_Command]:
    """The commands of the script, with variables filled in that the script itself sets."""
    known: dict[str, str] = {}
    for words in _lines(text):
        command = _Command(variables=dict(known))
        for word, offset in words:
            assigned = _ASSIGNMENT.fullmatch(word)
            if word in _SEPARATORS:
                if command.words:
                    yield command
                command = _Command(variables=dict(known))
            elif assigned and all(w in ("export", "env") for w, _ in command.words):
                command.variables[assigned[1]] = known[assigned[1]] = _fill(assigned[2], known)
            else:
                command.words.append((_fill(word, known), offset))
        if command.words:
            yield command


def _lines(text: str) -> Iterator[list[tuple[str, int]]]:
    """Logical lines as words, each with its offset: a backslash at the end of a line joins it with the next."""
    words: list[tuple[str, int]] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        body = line.rstrip()
        joined = body.endswith("\\")
        words += _words(body.rstrip("\\"), offset)
        offset += len(line)
        if not joined and words:
            yield words
            words = []
    if words:
        yield words


def _words(line: str, offset: int) -> list[tuple[str, int]]:
    try:
        found = shlex.split(line, comments=True)
    except ValueError:  # a quotation that ends on another line
        found = line.replace("'", " ").replace('"', " ").split()
    words, position = [], 0
    for word in found:
        place = line.find(word.split("=")[0] or word, position)
        position = max(place, position)
        words.append((word, offset + position))
    return words


def _fill(word: str, known: Mapping[str, str]) -> str:
    """``$NAME`` by its value, where the script sets it."""
    return _VARIABLE.sub(lambda m: known.get(m[1] or m[3], m[2] if m[2] is not None else m[0]), word)


def _read(command: _Command, text: str, file: str) -> Source | None:
    """The command as a source, if it is a training."""
    names = [word for word, _ in command.words]
    start = _program(names)
    if start is None:
        return None
    before, program = command.words[:start], names[start:]
    if before and before[-1][0] in ("-m", "--module"):
        before = before[:-1]
    options, places = _options(command.words[start:], text)
    config = next((word for word in program[1:4] if word.endswith((".yaml", ".yml", ".json"))), None)
    values = {**_config(config, file), **options}
    if not values:
        return None
    positional = [name for name in program[:3] if not name.startswith("-")]
    launcher, _ = _options(before, text)
    return Source(file, text, values, places, tuple(positional), _launch(launcher, command.variables))


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
        elif (pair := _ASSIGNMENT.fullmatch(word)) and "/" not in pair[1]:
            values[pair[1]] = pair[2]
            places[pair[1]] = lines.span(offset, min(len(text), offset + len(pair[1])))
    return {k: _single(v) for k, v in values.items()}, places


def _single(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return "" if not value else value[0] if len(value) == 1 else value


def _config(name: str | None, file: str) -> Mapping[str, Any]:
    """The config that the command names, where it is there."""
    if name is None:
        return {}
    from hpc.importers.source import load, read_source

    for path in (Path(name), Path(file).parent / name):
        if path.is_file():
            shown, text = load(str(path))
            return read_source(text, shown).values
    return {}


def _launch(options: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    """Nodes and devices, where the launcher's options or the environment say how many."""
    found: dict[str, tuple[Any, str]] = {}
    for name, keys, variable in (("devices_per_node", DEVICES, "NPROC_PER_NODE"), ("nodes", NODES, "NNODES")):
        key = next((key for key in keys if str(options.get(key, "")).isdigit()), None)
        if key:
            found[name] = (int(options[key]), f"--{key}")
        elif variables.get(variable, "").isdigit():
            found[name] = (int(variables[variable]), variable)
    visible = [part for part in variables.get("CUDA_VISIBLE_DEVICES", "").split(",") if part.strip()]
    if "devices_per_node" not in found and len(visible) > 1:
        found["devices_per_node"] = (len(visible), "CUDA_VISIBLE_DEVICES")
    if isinstance(options.get("config_file"), str):
        found["deepspeed"] = (options["config_file"], "--config_file")
    return found
