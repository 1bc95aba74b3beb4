"""One measured preparation of rows in a process of its own: ``python benchmarks/rows_child.py WHAT FILE TOKENIZER``.

Prints one JSON object: CPU time and wall-clock time in seconds, without imports, and the peak memory in bytes.
"""

from __future__ import annotations

import importlib.machinery
import json
import os
import resource
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

LIMIT = 2048


def hpc(file: str, tokenizer: Any) -> Callable[[], int]:
    """What a run of hpc does with its rows until the trainer takes them."""
    import datasets  # noqa: F401 - its import is not measured, as the other tool's is not

    from hpc.checks.disk.needs import needs_of
    from hpc.resolve import resolve
    from hpc.source import parse
    from hpc_runner.data import load

    values = {"model": "./tokenizer", "train_data": file, "max_sequence_length": LIMIT}
    needs = needs_of(resolve(parse(json.dumps(values), "json", "job.json")))

    def rows() -> int:
        return len(load(needs, tokenizer, None, 1)[0])

    return rows


def llamafactory(file: str, tokenizer: Any) -> Callable[[], int]:
    """The same rows by LLaMA-Factory's converter, template and processor, mapped as its loader does."""
    os.environ["DISABLE_VERSION_CHECK"] = "1"  # It names older libraries; its row code runs with today's.
    audio = types.ModuleType("torchaudio")  # Imported for audio only.
    audio.__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
    sys.modules["torchaudio"] = audio
    import datasets
    from llamafactory.data.converter import AlpacaDatasetConverter
    from llamafactory.data.parser import DatasetAttr
    from llamafactory.data.processor.supervised import SupervisedDatasetProcessor
    from llamafactory.data.template import TEMPLATES

    arguments: Any = types.SimpleNamespace(cutoff_len=LIMIT, mask_history=False, train_on_prompt=False, media_dir=None)
    template = TEMPLATES["qwen"]
    template.default_system = ""
    convert = AlpacaDatasetConverter(dataset_attr=DatasetAttr("file", "rows"), data_args=arguments)
    process = SupervisedDatasetProcessor(template=template, tokenizer=tokenizer, processor=None, data_args=arguments)

    def rows() -> int:
        loaded = datasets.load_dataset("json", data_files=file, split="train")
        columns = loaded.column_names
        converted = loaded.map(convert, batched=False, remove_columns=columns)
        made = converted.map(
            process.preprocess_dataset, batched=True, batch_size=1000, remove_columns=converted.column_names
        )
        return len(made)

    return rows


def main(what: str, file: str, tokenizer: str) -> None:
    """Measure once."""
    rows = {"hpc": hpc, "llamafactory": llamafactory}[what](file, AutoTokenizer.from_pretrained(Path(tokenizer)))
    processor, wall = _processor(), time.perf_counter()
    count = rows()
    found = {"rows": count, "cpu": _processor() - processor, "wall": time.perf_counter() - wall, "peak": _peak()}
    print(json.dumps(found))


def _processor() -> float:
    """Seconds of CPU time of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _peak() -> int:
    """The most memory of any one process, in bytes."""
    users = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(user).ru_maxrss for user in users) * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
