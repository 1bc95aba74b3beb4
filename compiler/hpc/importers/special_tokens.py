"""Special tokens that a source names: without effect where the tokenizer has the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hpc.importers.prompt_templates import special_tokens_of
from hpc.importers.table import ForeignJob, Outcome
from hpc.importers.tool_values import UnknownValueError

_INSTEAD = "write them into the tokenizer's own files before training"


def read_special_tokens(job: ForeignJob) -> Outcome:
    """``special_tokens``: a mapping from their names to their texts."""
    wanted = job["special_tokens"]
    if wanted in (None, {}, ""):
        return Outcome("no_effect", why="none are named")
    if not isinstance(wanted, Mapping):
        raise UnknownValueError(wanted)
    parts = {f"special_tokens.{name}": compare(job, name, text) for name, text in wanted.items()}
    worst = next((p for s in ("lost", "resolved") for p in parts.values() if p.state == s), None)
    return (
        Outcome(worst.state, {}, worst.why, worst.instead, parts)
        if worst
        else Outcome("no_effect", why="equal", parts=parts)
    )


def read_eos(job: ForeignJob) -> Outcome:
    """``eos_token`` alone."""
    return (
        Outcome("no_effect", why="none is named")
        if not job["eos_token"]
        else compare(job, "eos_token", job["eos_token"])
    )


def compare(job: ForeignJob, name: str, text: Any) -> Outcome:
    """The tokenizer's own token of this name decides."""
    model = job["base_model"] or job["model_name_or_path"] or job["model"]
    own = special_tokens_of(str(model), job.folder) if model else {}
    if not own:
        return Outcome("resolved", why=f"the tokenizer is not here: compare its {name} with {text!r}", instead=_INSTEAD)
    if own.get(name) == text:
        return Outcome("no_effect", why=f"the tokenizer's {name} is {text!r}, too")
    return Outcome("lost", why=f"the tokenizer's {name} is {own.get(name)!r}, not {text!r}", instead=_INSTEAD)
