"""What transformers says of a model that it loads, as problems: nothing is filled with random numbers or left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from hpc_disk.files import kind
from hpc_disk.models.checks import model_at_hand
from hpc_disk.models.folder import folder_of
from hpc_disk.models.presence import no_family
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_runner.errors import RunnerError

SMALL: Final = ("*.json", "*.jinja", "*.model", "*.txt", "*.tiktoken")
"""The files of a model beside its weights."""
SHOWN: Final = 3
"""Tensors that are named; the others are counted."""
HUB: Final = "`model` must be a folder with a Hugging Face model, relative to the current folder, or a hub id"
AGAIN: Final = {
    "settings": ("HPC516", "correct config.json, or download it again"),
    "generation settings": ("HPC516", "correct generation_config.json, or remove it"),
    "tokenizer": ("HPC503", "download the files of the tokenizer again (tokenizer.json, tokenizer_config.json)"),
    "model": ("HPC501", "check that all files of the model are of one release, and that transformers has its family"),
}
"""What of a model in a folder cannot be loaded → the code, and what to do."""


def fetch(needs: Needs) -> list[Problem]:
    """Bring the small files of a model that only the hub has, and judge them as those of a folder.

    Raises:
        RunnerError: HPC501 where the hub has no such model, or does not give it.
    """
    if not needs.model or kind(needs.model) or folder_of(needs.model):
        return []
    from huggingface_hub import snapshot_download

    try:
        snapshot_download(needs.model, allow_patterns=list(SMALL))
    except Exception as error:  # Whatever a hub, a proxy or a network may do.
        message = f"cannot load {needs.model} from the hub: {reason_of(error)}"
        raise RunnerError("HPC501", message, HUB, subject="model") from error
    return list(model_at_hand(needs))


def unloadable(what: str, path: str | None, error: Exception) -> RunnerError:
    """The error of a model, a part of which (see ``AGAIN``) transformers cannot load."""
    if "trust_remote_code" in str(error):  # transformers asks for it where it has no class of its own.
        message = f"the {what} of {path} needs Python code of its own, which hpc does not run"
        return RunnerError("HPC580", message, "use a model of a family that transformers has", subject="model")
    if what == "settings" and (unknown := next(no_family(path), None)):
        return RunnerError("HPC583", unknown.message, unknown.help, subject="model")
    code, help_ = AGAIN[what] if folder_of(path) else ("HPC501", HUB)
    return RunnerError(code, f"cannot load the {what} of {path}: {reason_of(error)}", help_, subject="model")


def reason_of(error: Exception) -> str:
    """What an error of a library says, in one line; the first of several may only announce the second."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first, second = [*lines, "", ""][:2]
    return f"{first} {second}" if first.endswith(":") else first or type(error).__name__


def of_loading(path: str | None, found: dict[str, Any]) -> Iterator[Problem]:
    """HPC514, from transformers' own account of what it has found in the files."""
    for name, stored, built in sorted(found.get("mismatched_keys", ()))[:1]:
        message = f"{name} is {_show(stored)} in the weights of {path}, but {_show(built)} by its config.json"
        yield Problem("HPC514", "error", "model", message)
    for words in list(found.get("error_msgs", ()))[:1]:  # DeepSpeed's ZeRO-3 loads in another way.
        yield Problem("HPC514", "error", "model", f"the weights of {path} do not fit its config.json: {words}")
    absent = found.get("missing_keys", ())
    if absent:
        message = f"the weights of {path} lack {_named(absent)}, which would be trained from random numbers"
        yield Problem("HPC514", "error", "model", message)
    others = found.get("unexpected_keys", ())
    if others:
        message = f"the weights of {path} have tensors that the model has no use for: {_named(others)}"
        yield Problem("HPC514", "note", "model", message, "nothing needs to be done if the model is the one you mean")


def _named(names: Collection[str]) -> str:
    count = len(names)
    return f"{', '.join(sorted(names)[:SHOWN])}{f' … ({count} tensors)' if count > SHOWN else ''}"


def _show(sizes: Collection[int]) -> str:
    return " × ".join(map(str, sizes))
