"""What kind of thing `model` names: an adapter, a GGUF file, a model with Python code of its own, an unknown family."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpc_disk.files import kind, read_object
from hpc_disk.messages import show
from hpc_disk.models.families import TRANSFORMERS
from hpc_disk.models.folder import family, folder_of, is_pointer, model_config, weight_files
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem

ADAPTER: Final = "adapter_config.json"


def adapter(needs: Needs) -> Iterator[Problem]:
    """HPC517."""
    folder = folder_of(needs.model)
    if not folder or kind(folder / "config.json") or not kind(folder / ADAPTER):
        return
    base = read_object(folder / ADAPTER).get("base_model_name_or_path")
    of = f" for {base}" if isinstance(base, str) and base else ""
    path = Path(needs.model or "")
    run = path.parent if path.name == "final" else path
    help_ = f"merge it first: hpc merge {run}; then name the merged folder as `model`"
    yield Problem("HPC517", "error", "model", f"{needs.model} is a LoRA adapter{of}, not a whole model", help_)


def gguf(needs: Needs) -> Iterator[Problem]:
    """HPC518."""
    folder = folder_of(needs.model)
    if needs.model and kind(needs.model) == "file" and needs.model.lower().endswith(".gguf"):
        yield Problem("HPC518", "error", "model", f"{needs.model} is a GGUF file, which is made for inference")
    elif folder and not kind(folder / "config.json") and (file := next(iter(sorted(folder.glob("*.gguf"))), None)):
        message = f"{needs.model} holds only a GGUF file, {file.name}, which is made for inference"
        yield Problem("HPC518", "error", "model", message)


def own_code(needs: Needs) -> Iterator[Problem]:
    """HPC580: an error where transformers has no class of its own for the model."""
    settings = model_config(needs.model)
    if not isinstance(settings.get("auto_map"), dict):
        return
    type_ = family(settings)
    if type_ in TRANSFORMERS:
        message = f"{needs.model} has Python code of its own, which hpc does not run: transformers' {type_} is used"
        yield Problem("HPC580", "note", "model", message)
    else:
        which = show(settings.get("model_type"))
        message = f"{needs.model} ({which}) needs Python code of its own, which hpc does not run"
        yield Problem("HPC580", "error", "model", message)


def own_tokenizer_code(needs: Needs) -> Iterator[Problem]:
    """HPC580, of a tokenizer: only loading tells whether transformers has one of its own in place of the code."""
    folder = folder_of(needs.model)
    settings = read_object(folder / "tokenizer_config.json") if folder else {}
    mapped = settings.get("auto_map")
    if isinstance(mapped, dict) and "AutoTokenizer" in mapped:
        message = f"the tokenizer of {needs.model} has Python code of its own, which hpc does not run"
        help_ = "run `hpc doctor` to check whether transformers has a tokenizer for it"
        yield Problem("HPC580", "warning", "model", message, help_)


def encoder_decoder(needs: Needs) -> Iterator[Problem]:
    """HPC513."""
    if model_config(needs.model).get("is_encoder_decoder") is True:
        message = f"{needs.model} is an encoder-decoder model, not a causal language model"
        yield Problem("HPC513", "error", "model", message)


def pointers(needs: Needs) -> Iterator[Problem]:
    """HPC519."""
    folder = folder_of(needs.model)
    if not folder:
        return
    small = [folder / "tokenizer.json", *weight_files(folder)]
    found = [path.name for path in small if is_pointer(path)]
    if found:
        names = f"{', '.join(found[:3])}{' …' if len(found) > 3 else ''}"
        message = f"{names} of {needs.model}: Git LFS left a pointer in place of the file"
        yield Problem("HPC519", "error", "model", message, f"fetch the files: cd {needs.model} && git lfs pull")


CHECKS: Final = (adapter, gguf, own_code, own_tokenizer_code, encoder_decoder, pointers)
