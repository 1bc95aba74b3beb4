"""What the tokenizer's files say: the padding token, the chat template, tokens that the model does not have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import NO_FILE, fault_of, kind, read_object, section
from hpc_disk.messages import show
from hpc_disk.models.folder import folder_of, size, text_config
from hpc_disk.models.sizes import other_weights
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem, Severity

VOCABULARY: Final = "tokenizer.json"
SETTINGS: Final = "tokenizer_config.json"
OLDER: Final = ("special_tokens_map.json", "added_tokens.json", "chat_template.json")
TEMPLATES: Final = ("chat_template.jinja", "chat_template.json", "additional_chat_templates")
ALWAYS: Final = ("pad_token", "eos_token", "bos_token")
"""Tokens that the training itself puts into rows."""
SAME: Final = "take the tokenizer and the model from the same place"
FEWEST: Final = 2
"""A model may have so many times the tokens of its tokenizer."""
SHOWN: Final = 3
"""Tokens that are named one by one."""


def broken_tokenizer(needs: Needs) -> Iterator[Problem]:
    """HPC503."""
    folder = folder_of(needs.model)
    for name in (VOCABULARY, SETTINGS, *OLDER) if folder else ():
        path = Path(folder or "", name)
        if kind(path) and (fault := fault_of(path) or next(_faults(path), None)):
            yield Problem("HPC503", "error", "model", f"{path} {fault}")


def _faults(path: Path) -> Iterator[str]:
    values = read_object(path)
    if path.name == VOCABULARY and not _vocabulary(values):
        yield "has no vocabulary (model.vocab)"
    for key in ALWAYS if path.name == SETTINGS else ():
        if values.get(key) is not None and _token(values, key) is None:
            yield f"says that {key} is {show(values[key])}, not a token"
    template = values.get("chat_template")
    if template is not None and not _is_template(template):
        yield f"says that chat_template is {show(template)}, not a template"
    limit = values.get("model_max_length")
    if limit is not None and not (isinstance(limit, int | float) and limit > 0):
        yield f"says that model_max_length is {show(limit)}, not a number above 0"


def _is_template(value: Any) -> bool:
    """One, or a list of named ones."""
    if isinstance(value, list):
        return all(isinstance(one, dict) and {"name", "template"} <= one.keys() for one in value)
    return isinstance(value, str)


def broken_template(needs: Needs) -> Iterator[Problem]:
    """HPC503, of a template in a file of its own."""
    folder = folder_of(needs.model)
    path = folder / TEMPLATES[0] if folder else None
    if path and (what := kind(path)) in NO_FILE:
        yield Problem("HPC503", "error", "model", f"{path} {NO_FILE[what]}")
        return
    try:
        if path and kind(path):
            path.read_text(encoding="utf-8")
    except OSError as error:
        yield Problem("HPC503", "error", "model", f"{path} cannot be read: {error.strerror}")
    except ValueError:
        yield Problem("HPC503", "error", "model", f"{path} is not UTF-8")


def _vocabulary(values: dict[str, Any]) -> dict[str, int]:
    """Token → number, of a ``tokenizer.json``."""
    listed = section(values, "model").get("vocab")
    if isinstance(listed, list):  # Unigram: pairs of a token and its score.
        return {str(pair[0]): number for number, pair in enumerate(listed) if isinstance(pair, list) and pair}
    return listed if isinstance(listed, dict) and all(isinstance(n, int) for n in listed.values()) else {}


def padding(needs: Needs) -> Iterator[Problem]:
    """HPC510."""
    settings = _settings(needs)
    if not settings or needs.trainer == "pt":
        return
    pad, end = _token(settings, "pad_token"), _token(settings, "eos_token")
    if settings.get("pad_token") is not None and pad is None:  # HPC503
        return
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
    settings, known = _settings(needs), size(text_config(needs.model), "vocab_size")
    if not known:
        return
    found = [*_added(needs, settings), *_unknown(needs, settings)]
    beyond = {token: number for token, number in found if number >= known}
    used = {_token(settings, key): key for key in ALWAYS}
    for token, number in beyond.items():
        if token in used:
            message = (
                f"{used[token]} {token} of {needs.model} has id {number}, but the model has only {known} embeddings"
            )
            yield Problem("HPC515", "error", "model", message)
    others = [token for token in beyond if token not in used]
    if others:
        names = f"{', '.join(others[:SHOWN])}{' …' if len(others) > SHOWN else ''}"
        message = f"the tokenizer of {needs.model} has {names} beyond the model's {known} embeddings"
        help_ = "a row with such a token is refused; to use it, enlarge the embeddings (resize_token_embeddings)"
        yield Problem("HPC515", "warning", "model", message, help_)


def numbers_beyond(needs: Needs) -> Iterator[Problem]:
    """HPC515, of the numbers in ``config.json``: transformers refuses such a padding token, and passes over others."""
    settings = text_config(needs.model)
    known = size(settings, "vocab_size")
    for key in (f"{name}_id" for name in ALWAYS):
        given = settings.get(key)
        numbers = given if isinstance(given, list) else [given]
        beyond = [number for number in numbers if isinstance(number, int) and number >= known > 0]
        if beyond:
            message = f"config.json of {needs.model} has {key} {beyond[0]}, but the model has only {known} embeddings"
            severity: Severity = "error" if key == "pad_token_id" else "warning"
            yield Problem("HPC515", severity, "model", message, f"correct {key} in config.json")


def other_vocabulary(needs: Needs) -> Iterator[Problem]:
    """HPC515: the tokenizer of another model. A model has some more embeddings than tokens, for round numbers."""
    folder, known = folder_of(needs.model), size(text_config(needs.model), "vocab_size")
    vocabulary = _vocabulary(read_object(folder / VOCABULARY)) if folder else {}
    if not known or not vocabulary:
        return
    if any(other_weights(needs)):  # HPC514: then config.json is wrong.
        return
    last = max(vocabulary.values())
    if last >= known:
        message = f"the tokenizer of {needs.model} has {last + 1} tokens, but the model has {known} embeddings"
        yield Problem("HPC515", "error", "model", message, SAME)
    elif (last + 1) * FEWEST < known:
        message = f"the tokenizer of {needs.model} has only {last + 1} tokens, but the model has {known} embeddings"
        yield Problem("HPC515", "warning", "model", message, SAME)


def _added(needs: Needs, settings: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Added tokens with their numbers, from whichever of the tokenizer's files lists them."""
    listed = settings.get("added_tokens_decoder")
    for number, token in listed.items() if isinstance(listed, dict) else ():
        content = _content(token)
        if content is not None and str(number).isdecimal():
            yield content, int(number)
    folder = folder_of(needs.model) or Path()
    added = read_object(folder / VOCABULARY).get("added_tokens")
    for entry in added if isinstance(added, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), int) and isinstance(entry.get("content"), str):
            yield entry["content"], entry["id"]
    for content, number in read_object(folder / OLDER[1]).items():
        if isinstance(number, int):
            yield content, number


def _unknown(needs: Needs, settings: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Tokens of the training that the vocabulary lacks: transformers adds them at its end."""
    folder = folder_of(needs.model)
    vocabulary = _vocabulary(read_object(folder / VOCABULARY)) if folder else {}
    known = {**vocabulary, **dict(_added(needs, settings))} if vocabulary else {}
    wanted = (token for key in ALWAYS if (token := _token(settings, key)) is not None and known and token not in known)
    yield from zip(dict.fromkeys(wanted), count(max(known.values(), default=-1) + 1), strict=False)


def _settings(needs: Needs) -> dict[str, Any]:
    """``tokenizer_config.json`` over the older ``special_tokens_map.json``."""
    folder = folder_of(needs.model)
    settings = read_object(folder / SETTINGS) if folder else {}
    return {**read_object(folder / OLDER[0]), **settings} if folder and settings else {}


def _token(settings: dict[str, Any], key: str) -> str | None:
    return _content(settings.get(key))


def _content(value: Any) -> str | None:
    content = value.get("content") if isinstance(value, dict) else value
    return content if isinstance(content, str) else None


CHECKS: Final = (
    *(broken_tokenizer, broken_template, padding, chat_template),
    *(beyond_vocabulary, numbers_beyond, other_vocabulary),
)
