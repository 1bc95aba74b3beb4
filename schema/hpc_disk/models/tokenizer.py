"""What the tokenizer's files say: the padding token, the chat template, tokens that the model does not have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import fault_of, kind, read_object
from hpc_disk.models.folder import folder_of, is_pointer, text_config
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

SETTINGS: Final = "tokenizer_config.json"
TEMPLATES: Final = ("chat_template.jinja", "chat_template.json", "additional_chat_templates")
ALWAYS: Final = ("pad_token", "eos_token", "bos_token")
"""Tokens that the training itself puts into rows."""
SHOWN: Final = 3
"""Tokens that are named one by one."""


def broken_tokenizer(needs: Needs) -> Iterator[Problem]:
    """HPC503."""
    folder = folder_of(needs.model)
    for path in (folder / "tokenizer.json", folder / SETTINGS) if folder else ():
        if kind(path) == "file" and not is_pointer(path) and (fault := fault_of(path)):  # a pointer is HPC519
            yield Problem("HPC503", "error", "model", f"{path} {fault}")


def padding(needs: Needs) -> Iterator[Problem]:
    """HPC510."""
    settings = _settings(needs)
    if not settings or needs.trainer == "pt":
        return
    pad, end = _token(settings, "pad_token"), _token(settings, "eos_token")
    if pad is None or pad == end:
        state = "has no padding token" if pad is None else f"pads with its end of sequence {pad}"
        yield Problem("HPC510", "note", "model", f"the tokenizer of {needs.model} {state}", read=("trainer",))


def chat_template(needs: Needs) -> Iterator[Problem]:
    """HPC511."""
    settings, folder = _settings(needs), folder_of(needs.model)
    if not settings or not folder or needs.trainer == "pt" or settings.get("chat_template"):
        return
    if not any(kind(folder / name) for name in TEMPLATES):
        message = f"the tokenizer of {needs.model} has no chat template"
        yield Problem("HPC511", "warning", "model", message, also=("trainer",))


def beyond_vocabulary(needs: Needs) -> Iterator[Problem]:
    """HPC515: an error for a token that the training itself uses, a warning for those that only a row can have."""
    settings, size = _settings(needs), text_config(needs.model).get("vocab_size")
    if not isinstance(size, int):
        return
    beyond = {token: number for token, number in _added(needs, settings) if number >= size}
    used = {_token(settings, key): key for key in ALWAYS}
    for token, number in beyond.items():
        if token in used:
            message = f"{used[token]} {token} of {needs.model} has number {number}, but the model knows {size} tokens"
            yield Problem("HPC515", "error", "model", message)
    others = [token for token in beyond if token not in used]
    if others:
        names = f"{', '.join(others[:SHOWN])}{' …' if len(others) > SHOWN else ''}"
        message = f"the tokenizer of {needs.model} has {names} beyond the {size} tokens that the model knows"
        help_ = "a row with such a token is refused; to use it, enlarge the embeddings (resize_token_embeddings)"
        yield Problem("HPC515", "warning", "model", message, help_)


def _added(needs: Needs, settings: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Added tokens with their numbers, from whichever of the tokenizer's files lists them."""
    listed = settings.get("added_tokens_decoder")
    for number, token in listed.items() if isinstance(listed, dict) else ():
        content = _content(token)
        if content is not None and str(number).isdecimal():
            yield content, int(number)
    folder = folder_of(needs.model) or Path()
    added = read_object(folder / "tokenizer.json").get("added_tokens")
    for entry in added if isinstance(added, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), int) and isinstance(entry.get("content"), str):
            yield entry["content"], entry["id"]


def _settings(needs: Needs) -> dict[str, Any]:
    """``tokenizer_config.json`` over the older ``special_tokens_map.json``."""
    folder = folder_of(needs.model)
    settings = read_object(folder / SETTINGS) if folder else {}
    return {**read_object(folder / "special_tokens_map.json"), **settings} if folder and settings else {}


def _token(settings: dict[str, Any], key: str) -> str | None:
    return _content(settings.get(key))


def _content(value: Any) -> str | None:
    content = value.get("content") if isinstance(value, dict) else value
    return content if isinstance(content, str) else None


CHECKS: Final = (broken_tokenizer, padding, chat_template, beyond_vocabulary)
