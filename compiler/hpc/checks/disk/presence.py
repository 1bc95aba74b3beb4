"""What a run on this machine needs and does not find: the model's folder and its files, the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpc.checks.disk.paths import local
from hpc.checks.relations import Check, Finding
from hpc.diagnostics import Severity
from hpc.model_files import weight_files
from hpc.resolve import Config
from hpc_disk.files import kind
from hpc_schema import fields as f

SEVERITY: Final[dict[str, Severity]] = {"surely": "error", "perhaps": "warning"}
"""By how surely the text is a path: what may be the name of something on a hub is not refused."""
TOKENIZERS: Final = ("tokenizer*", "vocab*", "*.model", "*.tiktoken", "tekken.json")


def model_present(config: Config) -> Iterator[Finding]:
    """HPC501 and HPC502."""
    model = config[f.model]
    if not model:
        return
    if kind(model) == "folder":
        for lack in _lacks(Path(model)):
            yield Finding("HPC502", "error", f"the folder {model} {lack}", (f.model,))
    elif kind(model) == "file":
        yield Finding("HPC501", "error", f"{model} is a file, but a model is a folder", (f.model,))
    elif certainty := local(model):
        yield Finding("HPC501", SEVERITY[certainty], f"there is no folder {model}", (f.model,))


def _lacks(folder: Path) -> Iterator[str]:
    if not kind(folder / "config.json"):
        adapter = kind(folder / "adapter_config.json")
        yield "holds a LoRA adapter, not a base model" if adapter else "has no config.json"
        return
    weights = weight_files(folder)
    if not weights:
        yield "has no weights (*.safetensors)"
    missing = [path.name for path in weights if kind(path) != "file"]
    if missing:
        yield f"lacks {', '.join(missing[:3])}{' …' * (len(missing) > 3)} ({len(missing)} of {len(weights)} files)"
    if not any(next(folder.glob(pattern), None) for pattern in TOKENIZERS):
        yield "has no tokenizer"


def data_present(config: Config) -> Iterator[Finding]:
    """HPC520."""
    for field in (f.train_data, f.eval_data):
        path = config[field]
        if path and config.acts(field) and not kind(path) and (certainty := local(path)):
            yield Finding("HPC520", SEVERITY[certainty], f"there is no file or folder {path}", (field,))


CHECKS: Final[tuple[Check, ...]] = (model_present, data_present)
