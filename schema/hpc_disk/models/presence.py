"""What a run on this machine needs of the model: its folder, all its files, a family that was tried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpc_disk.files import kind, read_object
from hpc_disk.messages import nearest, show
from hpc_disk.models.families import OTHER, RELEASE, TRANSFORMERS, TRIED
from hpc_disk.models.folder import WEIGHTS, entry_file, folder_of, model_config, weight_files
from hpc_disk.models.kinds import not_causal
from hpc_disk.needs import Needs
from hpc_disk.paths import local
from hpc_disk.problems import Problem, Severity

SEVERITY: Final[dict[str, Severity]] = {"surely": "error", "perhaps": "warning"}
"""By how surely the text is a path: what may be the name of something on a hub is not refused."""
TOKENIZERS: Final = ("tokenizer.json", "vocab*", "*.model", "*.tiktoken", "tekken.json")
"""Files of a vocabulary; tokenizer_config.json only says what to do with it."""
READS_BYTES: Final = ("ByT5Tokenizer",)
"""Tokenizers that need no vocabulary."""
WITHOUT_TOKENIZER: Final = "has no tokenizer (tokenizer.json)"


def model_present(needs: Needs) -> Iterator[Problem]:
    """HPC501 and HPC502."""
    model = needs.model
    if not model:
        return
    if kind(model) == "folder" and kind(Path(model, "config.json")):
        for lack in _lacks(Path(model)):
            yield Problem("HPC502", "error", "model", f"the folder {model} {lack}")
    elif kind(model) is None and not folder_of(model) and (certainty := local(model)):
        yield Problem("HPC501", SEVERITY[certainty], "model", f"the folder {model} does not exist")


def _lacks(folder: Path) -> Iterator[str]:
    if not entry_file(folder) and not weight_files(folder) and not any(folder.glob("*.gguf")):  # else HPC518
        yield "has no weights (*.safetensors)"
        if not _has_tokenizer(folder):
            yield WITHOUT_TOKENIZER


def _has_tokenizer(folder: Path) -> bool:
    of_bytes = read_object(folder / "tokenizer_config.json").get("tokenizer_class") in READS_BYTES
    return of_bytes or any(next(folder.glob(pattern), None) for pattern in TOKENIZERS)


def whole(needs: Needs) -> Iterator[Problem]:
    """HPC502: some weights are there, and other files that belong to them are not."""
    folder = Path(needs.model or "")
    if not needs.model or kind(folder) != "folder":
        return
    files = weight_files(folder)
    absent = [path.name for path in files if not kind(path)]
    if absent:
        names = f"{', '.join(absent[:3])}{' …' * (len(absent) > 3)}"
        message = f"the folder {folder} lacks {names} ({len(absent)} of {len(files)} files)"
        yield Problem("HPC502", "error", "model", message)
    elif files and not entry_file(folder):
        names = f"{', '.join(path.name for path in files[:3])}{' …' * (len(files) > 3)}"
        message = f"the folder {folder} has weights only under names that transformers does not look for: {names}"
        help_ = "rename the file to model.safetensors"
        if len(files) > 1:
            help_ = f"download {WEIGHTS[1]}, too, which lists the files"
        yield Problem("HPC502", "error", "model", message, help_)
    if files and not _has_tokenizer(folder):
        yield Problem("HPC502", "error", "model", f"the folder {folder} {WITHOUT_TOKENIZER}")


def family(needs: Needs) -> Iterator[Problem]:
    """HPC583: a family that was not tried."""
    settings = model_config(needs.model)
    type_ = settings.get("model_type")
    if not isinstance(type_, str) or type_ not in TRANSFORMERS - TRIED or isinstance(settings.get("auto_map"), dict):
        return
    if not any(not_causal(needs)):
        yield Problem("HPC583", "note", "model", f"hpc was not tried with models of the family {type_}")


def unknown_family(needs: Needs) -> Iterator[Problem]:
    """HPC583: a warning, because only loading tells whether the installed transformers has it."""
    yield from no_family(needs.model)


def no_family(model: str | None) -> Iterator[Problem]:
    """The same, of a model alone."""
    settings = model_config(model)
    type_ = settings.get("model_type")
    if not isinstance(type_, str) or isinstance(settings.get("auto_map"), dict) or type_ in TRANSFORMERS | OTHER:
        return
    near = nearest(type_, TRANSFORMERS)
    message = f"{RELEASE} has no causal language model of the family {show(type_)}"
    help_ = f"{f'did you mean {show(near)}? ' if near else ''}a later release of transformers may have it"
    yield Problem("HPC583", "warning", "model", message, help_)


AT_HAND: Final = (whole, unknown_family)
TO_RUN: Final = (model_present, family)
