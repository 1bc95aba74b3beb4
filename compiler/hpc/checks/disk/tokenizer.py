"""What the tokenizer's files say: the padding token and the chat template."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hpc.checks.disk.model import text_config
from hpc.checks.relations import Check, Finding
from hpc.resolve import Config
from hpc_disk.files import kind, read_object
from hpc_schema import fields as f

SETTINGS: Final = "tokenizer_config.json"
TEMPLATES: Final = ("chat_template.jinja", "chat_template.json", "additional_chat_templates")


def padding(config: Config) -> Iterator[Finding]:
    """HPC510."""
    settings = _settings(config)
    if not settings or config[f.trainer] == "pt":
        return
    pad, end = _token(settings, "pad_token"), _token(settings, "eos_token")
    if pad is None or pad == end:
        state = "has no padding token" if pad is None else f"pads with its end of sequence {pad}"
        yield Finding(
            "HPC510", "note", f"the tokenizer of {config[f.model]} {state}", (f.model,), also_read=(f.trainer,)
        )


def chat_template(config: Config) -> Iterator[Finding]:
    """HPC511."""
    settings, folder = _settings(config), Path(config[f.model] or "")
    if not settings or config[f.trainer] == "pt" or settings.get("chat_template"):
        return
    if not any(kind(folder / name) for name in TEMPLATES):
        message = f"the tokenizer of {config[f.model]} has no chat template"
        yield Finding("HPC511", "warning", message, (f.model, f.trainer))


def beyond_vocabulary(config: Config) -> Iterator[Finding]:
    """HPC515."""
    settings, size = _settings(config), text_config(config).get("vocab_size")
    added = settings.get("added_tokens_decoder")
    if not isinstance(added, dict) or not isinstance(size, int):
        return
    numbers = {_token(added, number): int(number) for number in added if number.isdecimal()}
    for key in ("pad_token", "eos_token", "bos_token"):
        token = _token(settings, key)
        if token is not None and numbers.get(token, 0) >= size:
            message = (
                f"{key} {token} of {config[f.model]} has number {numbers[token]}, but the model knows {size} tokens"
            )
            yield Finding("HPC515", "error", message, (f.model,))


def _settings(config: Config) -> dict[str, Any]:
    """``tokenizer_config.json`` over the older ``special_tokens_map.json``."""
    if not config[f.model]:
        return {}
    folder = Path(config[f.model] or "")
    settings = read_object(folder / SETTINGS)
    return {**read_object(folder / "special_tokens_map.json"), **settings} if settings else {}


def _token(settings: dict[str, Any], key: str) -> str | None:
    value = settings.get(key)
    content = value.get("content") if isinstance(value, dict) else value
    return content if isinstance(content, str) else None


CHECKS: Final[tuple[Check, ...]] = (padding, chat_template, beyond_vocabulary)
