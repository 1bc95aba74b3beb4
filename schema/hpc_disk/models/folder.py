"""The folder of a model and its plain facts: settings, files of weights, shapes of tensors."""

from __future__ import annotations

import os
from math import prod
from pathlib import Path
from typing import Any, Final

from hpc_disk.files import LARGEST, kind, read_object
from hpc_disk.paths import HUB_ID
from hpc_disk.safetensors import Shape, safetensors_header

WEIGHTS: Final = (
    *("model.safetensors", "model.safetensors.index.json"),
    *("pytorch_model.bin", "pytorch_model.bin.index.json"),
)
"""What transformers looks for, in this order; an index lists the files."""
POINTER: Final = b"version https://git-lfs.github.com/spec/"
"""How a file begins that Git LFS left in place of a large one."""


def folder_of(model: str | None) -> Path | None:
    """The model's folder: the path itself, or what the hub's cache on this machine holds under that id."""
    if not model:
        return None
    if kind(model) == "folder":
        return Path(model)
    return _cached(model) if kind(model) is None and HUB_ID.fullmatch(model) else None


def _cached(model: str) -> Path | None:
    """The newest snapshot of a hub model in this machine's cache."""
    try:
        hub = hub_cache() / f"models--{model.replace('/', '--')}"
        return max((hub / "snapshots").iterdir(), key=lambda path: path.stat().st_mtime, default=None)
    except (OSError, ValueError, RuntimeError):  # RuntimeError: there is no home folder.
        return None


def hub_cache() -> Path:
    """Where this machine keeps what it has loaded from the hub; raises RuntimeError where there is no home folder."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface"))
    return Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()


def model_config(model: str | None) -> dict[str, Any]:
    """The model's ``config.json``; empty where there is none to read."""
    folder = folder_of(model)
    return read_object(folder / "config.json") if folder else {}


def text_config(model: str | None) -> dict[str, Any]:
    """The settings of the language model: those of its own section in a model of several kinds of input."""
    return language_settings(model_config(model))


def language_settings(whole: dict[str, Any]) -> dict[str, Any]:
    """The same, of a ``config.json`` that has been read."""
    inner = whole.get("text_config")
    return {**whole, **inner} if isinstance(inner, dict) else whole


def hidden_size(model: str | None) -> int | None:
    """The width of the language model's hidden states, where it is known."""
    return size(text_config(model), "hidden_size", "n_embd", "d_model") or None


def family(settings: dict[str, Any]) -> str:
    """The type of the model, by which transformers finds its class; empty where it is not said."""
    found = settings.get("model_type")
    return found if isinstance(found, str) else ""


def size(settings: dict[str, Any], *keys: str) -> int:
    """The first of the keys that holds a whole number above 0; 0 where none does."""
    values = (settings.get(key) for key in keys)
    return next((value for value in values if isinstance(value, int) and 0 < value < LARGEST), 0)


def entry_file(folder: Path) -> Path | None:
    """The file of weights that transformers loads, or the index of several; None where it finds none."""
    own = read_object(folder / "config.json").get("transformers_weights")
    names = (own,) if isinstance(own, str) else WEIGHTS
    return next((folder / name for name in names if kind(folder / name) == "file"), None)


def weight_files(folder: Path) -> list[Path]:
    """The files that hold the weights: those that transformers loads, present or not; else all that could be some."""
    entry = entry_file(folder)
    if entry is None:
        return loose_weights(folder)
    return _listed(entry) if entry.suffix == ".json" else [entry]


def _listed(index: Path) -> list[Path]:
    named = read_object(index).get("weight_map")
    names = {name for name in named.values() if isinstance(name, str)} if isinstance(named, dict) else ()
    return [index.parent / Path(name).name for name in sorted(names)]


def loose_weights(folder: Path) -> list[Path]:
    """Files of weights under any name, those of an adapter left out."""
    try:
        found = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    except OSError:
        return []
    return [path for path in found if not path.name.startswith("adapter_model")]


def is_pointer(path: Path) -> bool:
    """Whether a file is what Git LFS leaves in place of a large one."""
    try:
        with path.open("rb") as file:
            return file.read(len(POINTER)) == POINTER
    except OSError:
        return False


def formats(folder: Path) -> set[str]:
    """The number formats of all tensors, as safetensors names them: ``F32`` or ``BF16``."""
    found: set[str] = set()
    for path in weight_files(folder):
        try:
            found |= safetensors_header(path).formats
        except (OSError, ValueError):
            continue
    return found


def shapes(folder: Path) -> dict[str, Shape]:
    """Tensor name → shape, of every safetensors file that can be read."""
    found: dict[str, Shape] = {}
    for path in weight_files(folder):
        try:
            found.update(safetensors_header(path).shapes)
        except (OSError, ValueError):
            continue
    return found


def parameters(folder: Path) -> int:
    """How many numbers the files of weights hold, as far as their headers can be read."""
    return sum(prod(shape) for shape in shapes(folder).values())
