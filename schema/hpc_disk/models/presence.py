"""What a run on this machine needs of the model: its folder, all its files, a family that was tried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpc_disk.files import kind
from hpc_disk.messages import show
from hpc_disk.models.families import TRANSFORMERS, TRIED
from hpc_disk.models.folder import folder_of, model_config, weight_files
from hpc_disk.models.kinds import ADAPTER
from hpc_disk.needs import Needs
from hpc_disk.paths import local
from hpc_disk.problems import Problem, Severity

SEVERITY: Final[dict[str, Severity]] = {"surely": "error", "perhaps": "warning"}
"""By how surely the text is a path: what may be the name of something on a hub is not refused."""
TOKENIZERS: Final = ("tokenizer*", "vocab*", "*.model", "*.tiktoken", "tekken.json")


def model_present(needs: Needs) -> Iterator[Problem]:
    """HPC501 and HPC502."""
    model = needs.model
    if not model:
        return
    if kind(model) == "folder":
        for lack in _lacks(Path(model)):
            yield Problem("HPC502", "error", "model", f"the folder {model} {lack}")
    elif kind(model) == "file" and not model.lower().endswith(".gguf"):
        yield Problem("HPC501", "error", "model", f"{model} is a file, but a model is a folder")
    elif kind(model) is None and not folder_of(model) and (certainty := local(model)):
        yield Problem("HPC501", SEVERITY[certainty], "model", f"the folder {model} does not exist")


def _lacks(folder: Path) -> Iterator[str]:
    if not kind(folder / "config.json"):
        if not kind(folder / ADAPTER) and not any(folder.glob("*.gguf")):  # else HPC517 or HPC518
            yield "has no config.json"
        return
    weights = weight_files(folder)
    if not weights:
        yield "has no weights (*.safetensors)"
    missing = [path.name for path in weights if kind(path) != "file"]
    if missing:
        yield f"lacks {', '.join(missing[:3])}{' …' * (len(missing) > 3)} ({len(missing)} of {len(weights)} files)"
    if not any(next(folder.glob(pattern), None) for pattern in TOKENIZERS):
        yield "has no tokenizer"


def family(needs: Needs) -> Iterator[Problem]:
    """HPC583: a family that was not tried. Whether the installed transformers has it, only loading tells."""
    settings = model_config(needs.model)
    type_ = settings.get("model_type")
    if not isinstance(type_, str) or type_ in TRIED or isinstance(settings.get("auto_map"), dict):
        return
    if type_ in TRANSFORMERS:
        yield Problem("HPC583", "note", "model", f"hpc was not tried with models of the family {type_}")
    else:
        message = f"transformers 5.23 has no causal language model of the family {show(type_)}"
        yield Problem("HPC583", "warning", "model", message, "a later release of transformers may have it")


CHECKS: Final = (model_present, family)
