"""What a model's folder says about it, read without any model library: JSON files and the headers of weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from hpc_disk.files import read_object
from hpc_disk.safetensors import Shape, safetensors_header

INDEX: Final = "model.safetensors.index.json"


def model_config(model: str | None) -> dict[str, Any]:
    """The model's ``config.json``; empty where there is none to read."""
    return read_object(Path(model) / "config.json") if model else {}


def hidden_size(model: str | None) -> int | None:
    """The width of the model's hidden states, where it is known."""
    size = model_config(model).get("hidden_size")
    return size if isinstance(size, int) and size > 0 else None


def weight_files(folder: Path) -> list[Path]:
    """The files that hold the weights: those that the index names, present or not; else those that are there."""
    named = read_object(folder / INDEX).get("weight_map")
    if isinstance(named, dict):
        return [folder / Path(str(name)).name for name in sorted({str(value) for value in named.values()})]
    try:
        return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    except OSError:
        return []


def shapes(folder: Path) -> dict[str, Shape]:
    """Tensor name → shape, of every safetensors file that can be read."""
    found: dict[str, Shape] = {}
    for path in filter(Path.is_file, weight_files(folder)):
        try:
            found.update(safetensors_header(path).shapes)
        except (OSError, ValueError):
            continue
    return found
