"""A source names a prompt template of its tool; hpc renders with the chat template of the model itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from hpc.importers.table import ForeignJob, Outcome
from hpc_disk.files import kind, read_object
from hpc_disk.models.folder import folder_of

# Templates of models that read pictures, films or sound.
_NOT_TEXT: Final = re.compile(
    r"vl|llava|vision|video|omni|audio|mllama|pixtral|paligemma|minicpm_[vo]|glm4\.?\d?v|kimi_v"
)
_NO_TEMPLATE: Final = "this base model has no chat template of its own"
_NAME_ONE: Final = "name a template file: `chat_template`"


def read_template(job: ForeignJob) -> Outcome:
    """``template``: the model's own chat template takes its place, where the model has one."""
    name = str(job["template"])
    if _NOT_TEXT.search(name.lower()):
        return Outcome("lost", why=f"the template {name} is of a model that reads more than text: hpc trains on text")
    if job["stage"] == "pt":
        return Outcome("no_effect", why="pre-training renders no conversations")
    model = job["model_name_or_path"] or job["model"]
    if isinstance(model, str) and (found := has_template(model, job.folder)) is not None:
        if not found:
            return Outcome("lost", why=_NO_TEMPLATE, instead=_NAME_ONE)
        return Outcome("resolved", why=f"the model's own chat template is used, not {name}: compare with `hpc data`")
    return Outcome(
        "resolved", why=f"the model's own chat template takes the place of {name}; a base model has none: {_NAME_ONE}"
    )


def has_template(model: str, folder: Path) -> bool | None:
    """Whether a model on this disk, or in its cache of the hub, has a chat template; None where that is not known."""
    for path in _folders(model, folder):
        if kind(path / "config.json") == "file":
            return kind(path / "chat_template.jinja") == "file" or bool(_tokenizer(path).get("chat_template"))
    return None


def special_tokens_of(model: str, folder: Path) -> dict[str, str]:
    """Special token → text, of the tokenizer of a model that is here; empty where that is not known."""
    for path in _folders(model, folder):
        if kind(path / "tokenizer_config.json") == "file":
            found = {**read_object(path / "special_tokens_map.json"), **_tokenizer(path)}
            return {key: _text(value) for key, value in found.items() if key.endswith("_token") and value is not None}
    return {}


def _folders(model: str, folder: Path) -> list[Path]:
    here = folder_of(model)
    return [folder / model, *([here] if here else [])]


def _text(value: object) -> str:
    return str(value.get("content")) if isinstance(value, dict) else str(value)


def _tokenizer(path: Path) -> dict[str, Any]:
    return read_object(path / "tokenizer_config.json")
