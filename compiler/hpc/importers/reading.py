"""A source becomes a config: every key by its row of the tool's table, every value as hpc takes it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hpc.checks.meant import meant_value
from hpc.checks.words import interval, show
from hpc.importers.accelerate_file import read_accelerate
from hpc.importers.source import Source
from hpc.importers.table import ForeignJob, Outcome, Row
from hpc.importers.tool import Note, Tool
from hpc.importers.tool_values import UnknownValueError
from hpc_schema import fields as f
from hpc_schema import properties
from hpc_schema.validator import FIELDS

PATHS: Final = ("model", "train_data", "eval_data", "output_dir", "chat_template")
COMMAND: Final = "command"
"""The key of what the command itself says, beside the source's own."""
_VARIABLE: Final = re.compile(r"\$(?:\{[^}]*\}|\(.*\)|[A-Za-z_]\w*)|\{\{.*?\}\}")


@dataclass
class Import:
    """What became of a source: hpc's ``config`` with the ``origins`` of its values, and each key's ``outcomes``.

    ``notes`` are differences between the tool and hpc that no key of the source says.
    """

    source: Source
    tool: Tool
    config: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def losses(self) -> dict[str, Outcome]:
        """The keys of which something is lost."""
        return {key: outcome for key, outcome in self.outcomes.items() if outcome.state == "lost"}


def import_source(source: Source, tool: Tool) -> Import:
    """Read every key of the source by the tool's table."""
    devices = math.prod(source.launch[name][0] for name in ("nodes", "devices_per_node") if name in source.launch)
    given = {key: _plain(value) for key, value in source.values.items()}
    job = ForeignJob(given, {**tool.defaults, "devices": devices}, source.folder)
    if tool.adapt:
        job = tool.adapt(job, source.command)
    done = Import(source, tool, notes=list(source.notes))
    for row in tool.table:
        _read_row(row, job, done)
    for key in source.values:
        if key not in done.outcomes:
            done.outcomes[key] = _unknown(done, key)
    if idle := tool.idle(source.command):
        done.outcomes[COMMAND] = Outcome("lost", why=f"`{idle}` does not train a model, and hpc only trains")
    _add_fixed(done)
    _add_launch(done)
    _drop_idle(done)
    _without_data(done)
    _without_split(done)
    _without_best(done)
    _without_epochs(done)
    done.notes += [note.text for note in tool.notes if _applies_here(note, done)]
    done.config = {name.name: done.config[name.name] for name in f.ALL if name.name in done.config}
    return done


def _plain(value: Any) -> Any:
    """A null that was written as text is one."""
    return None if isinstance(value, str) and value in ("null", "None") else value


def _read_row(row: Row, job: ForeignJob, done: Import) -> None:
    written = [key for key in row.keys if key in done.source.values]
    if not written and not row.fields:
        return
    outcome = open_variables(fitted(judged(row, job)))
    for key in written:
        done.outcomes[key] = _of_key(key, outcome, job)
    if not written and outcome.state == "lost" and "trainer" in row.fields:
        done.outcomes[COMMAND] = outcome  # The name of the script says it.
    said = [key for key in written if job.says(key)]
    for name, value in outcome.values.items():
        if said and done.origins.get(name, "").startswith("!"):
            del done.config[name]
        if name in done.config:
            continue
        if said:
            done.config[name], done.origins[name] = value, _origin(said, done.source)
        elif value != f.BY_NAME[name].default:
            done.config[name], done.origins[name] = value, f"!{done.tool.title}'s default"


def judged(row: Row, job: ForeignJob) -> Outcome:
    """What a row says of a job; a value that is not known asks for the fields themselves."""
    try:
        return row.read(job)
    except UnknownValueError as unknown:
        value = unknown.args[0] if unknown.args else ""
        fields = " and ".join(f"`{name}`" for name in row.fields)
        return Outcome("resolved", why=f"{show(value)} stands for a value that is not known here: write {fields}")


def fitted(outcome: Outcome) -> Outcome:
    """The values as hpc's fields take them; what a field cannot take is lost."""
    values = {}
    for name, value in outcome.values.items():
        if name not in properties():
            if value in (None, False, []):
                continue
            return Outcome("lost", why=f"hpc has no field for it: {outcome.why or name}")
        fit = value if FIELDS[name](value) else None if _is_flag(value, name) else meant_value(value, name)
        if fit is None and (why := _path_to_write(value, name)):
            return Outcome("resolved", why=why)
        if fit is None:
            return Outcome("lost", why=f"{show(value)} is not a value of hpc's `{name}`", instead=_allowed(name))
        values[name] = fit
    return replace(outcome, values=values)


def _is_flag(value: Any, name: str) -> bool:
    """An option without its number: ``--lora_rank --lora_alpha 16``."""
    return value is True and properties()[name]["type"] in ("integer", "number")


def _path_to_write(value: Any, name: str) -> str:
    """What to do about a path that hpc does not take; nothing for other values."""
    paths = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
    if name in PATHS and any(each.startswith("~") for each in paths):
        return f"hpc does not expand `~` in {show(value)}: write the whole path as `{name}`"
    if name == "output_dir" and paths:
        return f"hpc does not write to {show(value)}: name another folder as `output_dir`"
    return ""


def open_variables(outcome: Outcome) -> Outcome:
    """A variable of a shell or a template inside a path is told: hpc would take it literally."""
    paths = [value for name, value in outcome.values.items() if name in PATHS and isinstance(value, str)]
    found = [variable[0] for path in paths if (variable := _VARIABLE.search(path))]
    if not found or outcome.state != "mapped":
        return outcome
    return replace(outcome, state="resolved", why=f"`{found[0]}` is not set here: write its value")


def _allowed(name: str) -> str:
    words = interval(properties()[name])
    return f"`{name}` is {words}" if words else ""


def _of_key(key: str, outcome: Outcome, job: ForeignJob) -> Outcome:
    """A key that is null says nothing: what it becomes is the tool's default."""
    if job.says(key) or outcome.state in ("no_effect", "implied"):
        return outcome
    return Outcome("no_effect", why="null is the same as not written")


def _origin(keys: list[str], source: Source) -> str:
    named = ", ".join(keys)
    line = source.line(keys[0])
    return f"{named}, line {line}" if line else named


def _unknown(done: Import, key: str) -> Outcome:
    tool = done.tool
    if done.source.values[key] in (None, False, "", [], {}):
        return Outcome("no_effect", why="it is switched off")
    if key in done.source.repeated:
        return Outcome("no_effect", why=f"{tool.title} has no such argument: it holds values that other keys repeat")
    return Outcome("lost", why=f"{tool.title} {tool.release} has no argument `{key}`: hpc cannot know what it does")


def _add_fixed(done: Import) -> None:
    for name, value in done.tool.always.items():
        if name not in done.config and value != f.BY_NAME[name].default:
            done.config[name], done.origins[name] = value, f"!what {done.tool.title} does"


def _add_launch(done: Import) -> None:
    launch = dict(done.source.launch)
    if "accelerate" in launch:
        name, option = launch["accelerate"]
        found = fitted(Outcome("mapped", read_accelerate(name, done.source.folder))).values
        sharded = {"distributed_backend", "zero_stage", "offload"} if "distributed_backend" in done.config else set()
        launch = {each: (value, option) for each, value in found.items() if each not in sharded} | launch
    for name, (value, words) in launch.items():
        if name in properties():
            done.config[name], done.origins[name] = value, words
    if "devices_per_node" not in done.config:
        done.notes.append("the source does not say on how many GPUs it runs: write `devices_per_node`")


def _without_data(done: Import) -> None:
    """An evaluation whose data the source does not tell is left to the reader: without data it would not start."""
    data = [name for name in ("eval_data", "eval_split") if name in done.config]
    if done.config.get("eval_strategy", "no") == "no" or data:
        return
    for name in ("eval_strategy", "eval_steps", "save_best_checkpoint", "early_stopping_patience"):
        done.config.pop(name, None)
    done.notes.append("the source evaluates on data that it does not name: write `eval_data` and `eval_strategy`")


def _without_split(done: Import) -> None:
    """With data to evaluate on, no rows are kept out of the training: some tools refuse both."""
    if "eval_data" in done.config and done.config.pop("eval_split", None):
        _reopen(done, "eval_split", Outcome("resolved", why="hpc evaluates on `eval_data` alone: write one of the two"))


def _applies_here(note: Note, done: Import) -> bool:
    return done.source.values.keys().isdisjoint(note.unless) and done.config.get("trainer", "sft") in note.trainers


def _without_best(done: Import) -> None:
    """The best checkpoint needs one at every evaluation, and early stopping needs the best one."""
    rhythms = {done.config.get(name, f.BY_NAME[name].default) for name in ("checkpoint_strategy", "eval_strategy")}
    if len(rhythms) == 1 and done.config.get("save_best_checkpoint"):
        return
    why = "write `save_best_checkpoint: true` and the same strategy for checkpoints and evaluations"
    for name in ("save_best_checkpoint", "early_stopping_patience"):
        if done.config.get(name):
            del done.config[name]
            _reopen(done, name, Outcome("resolved", why=f"`{name}` needs a checkpoint at every evaluation: {why}"))


def _without_epochs(done: Import) -> None:
    """With a number of steps the epochs have no effect, in the tool and in hpc."""
    if done.config.get("max_steps") and done.config.pop("epochs", None):
        _reopen(done, "epochs", Outcome("no_effect", why="the number of steps decides"))


def _reopen(done: Import, name: str, outcome: Outcome) -> None:
    """Another outcome for the keys that became this field alone."""
    for key, each in done.outcomes.items():
        if set(each.values) == {name}:
            done.outcomes[key] = outcome


def _drop_idle(done: Import) -> None:
    """A default of the tool is not written where the field does not apply in this job."""
    values = {field_.name: done.config.get(field_.name, field_.default) for field_ in f.ALL}
    for name in list(done.config):
        if done.origins[name].startswith("!") and not _applies(name, values):
            del done.config[name]
        else:
            done.origins[name] = done.origins[name].lstrip("!")


def _applies(name: str, values: Mapping[str, Any]) -> bool:
    return all(values[when.field] in when.values for when in f.BY_NAME[name].active_when)


def leaves(key: str, value: Any) -> Iterator[str]:
    """The dotted names of what is nested below a key: ``special_tokens.pad_token``, ``datasets.0.path``."""
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield f"{key}.{name}"
            yield from leaves(f"{key}.{name}", below)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            if isinstance(below, Mapping):
                yield from leaves(f"{key}.{index}", below)
