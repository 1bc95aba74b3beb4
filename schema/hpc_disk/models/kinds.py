"""What kind of thing `model` names: an adapter, a GGUF file, a model with Python code of its own, an unknown family."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import kind, read_object
from hpc_disk.messages import show
from hpc_disk.models.families import DECODE_IF_SAID, OTHER, TRANSFORMERS, TWO_PARTS
from hpc_disk.models.folder import family, folder_of, is_pointer, model_config, weight_files
from hpc_disk.needs import Needs
from hpc_disk.problems import Problem
from hpc_disk.run_folder import FINAL, MERGED

ADAPTER: Final = "adapter_config.json"
HEAD: Final = re.compile(r"Classification|MaskedLM|QuestionAnswering|MultipleChoice|Prediction|Retrieval|Reward")
"""Parts of the names of classes (``architectures``) that end in something else than the next token."""
AROUND: Final = (*(f"{name}/*config.json" for name in (MERGED, FINAL)), "*/config.json", "snapshots/*/config.json")
"""Where the model may be in the folder that is named instead."""
POINTER_LIMIT: Final = 1024
"""Bytes; a pointer of Git LFS has some 130."""


def adapter(needs: Needs) -> Iterator[Problem]:
    """HPC517. Beside a whole model, too: transformers would load the adapter and the base that it names instead."""
    folder = folder_of(needs.model)
    if not folder or not kind(folder / ADAPTER):
        return
    if kind(folder / "config.json") and weight_files(folder):
        message = f"{needs.model} holds a LoRA adapter ({ADAPTER}) beside a whole model"
        help_ = f"keep one of them: move {ADAPTER} and adapter_model.safetensors into another folder"
    else:
        base = read_object(folder / ADAPTER).get("base_model_name_or_path")
        of = f" for {base}" if isinstance(base, str) and base else ""
        path = Path(needs.model or "")
        run = path.parent if path.name == "final" else path
        message = f"{needs.model} is a LoRA adapter{of}, not a whole model"
        help_ = f"merge it first: hpc merge {run}; then name the merged folder as `model`"
    yield Problem("HPC517", "error", "model", message, help_)


def gguf(needs: Needs) -> Iterator[Problem]:
    """HPC518."""
    folder = folder_of(needs.model)
    if needs.model and kind(needs.model) == "file" and needs.model.lower().endswith(".gguf"):
        yield Problem("HPC518", "error", "model", f"{needs.model} is a GGUF file, which is made for inference")
    elif folder and not weight_files(folder) and (file := next(iter(sorted(folder.glob("*.gguf"))), None)):
        message = f"{needs.model} holds only a GGUF file, {file.name}, which is made for inference"
        yield Problem("HPC518", "error", "model", message)


def own_code(needs: Needs) -> Iterator[Problem]:
    """HPC580: an error where transformers has no class of its own for the model."""
    settings = model_config(needs.model)
    if not isinstance(settings.get("auto_map"), dict) or not settings["auto_map"]:
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


def not_causal(needs: Needs) -> Iterator[Problem]:
    """HPC513."""
    settings = model_config(needs.model)
    what = _other_kind(settings)
    if what:
        type_ = family(settings)
        of = f" ({type_})" if type_ else ""
        yield Problem("HPC513", "error", "model", f"{needs.model}{of} is {what}, not a causal language model")


def _other_kind(settings: dict[str, Any]) -> str | None:
    type_ = family(settings)
    two_parts, decoder = settings.get("is_encoder_decoder", type_ in TWO_PARTS), settings.get("is_decoder")
    if two_parts is True:
        return "an encoder-decoder model"
    if type_ in OTHER:
        return "a model for another task"
    if type_ in DECODE_IF_SAID and decoder is not True:
        return "an encoder"
    names = settings.get("architectures")
    named = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    head = next(filter(HEAD.search, named), None)
    return f"a model with another head ({head})" if head else None


def pointers(needs: Needs) -> Iterator[Problem]:
    """HPC519, of any file in the folder."""
    found = [path.name for path in _small_files(folder_of(needs.model)) if is_pointer(path)]
    if found:
        names = f"{', '.join(found[:3])}{' …' if len(found) > 3 else ''}"
        message = f"{names} of {needs.model}: Git LFS left a pointer in place of the file"
        yield Problem("HPC519", "error", "model", message, f"fetch the files: cd {needs.model} && git lfs pull")


def _small_files(folder: Path | None) -> list[Path]:
    paths = _inside(folder) if folder else []
    return [path for path in paths if kind(path) == "file" and path.stat().st_size < POINTER_LIMIT]


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def no_config(needs: Needs) -> Iterator[Problem]:
    """HPC502: an empty folder, the output folder of a run, or another folder around that of the model."""
    if not needs.model or kind(needs.model) != "folder":
        return
    folder = Path(needs.model)
    if any(path.name in ("config.json", ADAPTER) or path.suffix == ".gguf" for path in _inside(folder)):
        return
    around = next((path for pattern in AROUND for path in islice(sorted(folder.glob(pattern)), 1)), None)
    help_ = f"name {around.parent}" if around else ""
    if around and around.name == ADAPTER:
        help_ = f"merge the adapter in it first: hpc merge {needs.model}; then name the merged folder as `model`"
    yield Problem("HPC502", "error", "model", f"the folder {needs.model} has no config.json", help_)


def one_file(needs: Needs) -> Iterator[Problem]:
    """HPC501."""
    model = needs.model
    if model and kind(model) == "file" and not model.lower().endswith(".gguf"):
        parent = Path(model).parent
        help_ = f"name its folder: {parent}" if kind(parent / "config.json") else ""
        yield Problem("HPC501", "error", "model", f"{model} is a file, but a model is a folder", help_)


CHECKS: Final = (one_file, adapter, gguf, pointers, no_config, own_code, own_tokenizer_code, not_causal)
