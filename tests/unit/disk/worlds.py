"""Small real folders: a model with real safetensors, data files, checkpoints as the runner leaves them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy
from safetensors.numpy import save_file

from hpc.check import check
from hpc.diagnostics import Diagnostic
from hpc.source import parse

WIDTH, MIDDLE, HEADS = 32, 64, 4
LORA_8 = {"lora_rank": 8}
LLAMA: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": WIDTH,
    "intermediate_size": MIDDLE,
    "num_attention_heads": HEADS,
    "num_hidden_layers": 1,
    "max_position_embeddings": 2048,
    "vocab_size": 100,
}
TOKENIZER = {"pad_token": "<pad>", "eos_token": "</s>", "chat_template": "{{ messages }}"}
ALPACA = {"instruction": "Add 1 and 1.", "input": "", "output": "2"}
TALK = {"conversations": [{"from": "human", "value": "Hello"}, {"from": "gpt", "value": "Good day"}]}
PAIR = {
    "conversations": [{"from": "human", "value": "Hello"}],
    "chosen": {"from": "gpt", "value": "Good day"},
    "rejected": {"from": "gpt", "value": "What"},
}
TEXT = {"text": "Once upon a time."}
LAYER = "model.layers.0"


def found(config: dict[str, Any], *, must_exist: bool = False, **asked: Any) -> dict[str, Diagnostic]:
    """The diagnostics of the disk by their code, through the whole of `check`."""
    document = parse(json.dumps(config), "json", "job.json")
    job = check(document, disk="needed" if must_exist else "at hand", **asked)
    return {d.code: d for d in job.diagnostics if d.code.startswith("HPC5")}


def tensors() -> dict[str, numpy.ndarray]:
    """The tensors of a one-layer Llama."""
    shapes = {
        "model.embed_tokens.weight": (100, WIDTH),
        f"{LAYER}.self_attn.q_proj.weight": (WIDTH, WIDTH),
        f"{LAYER}.self_attn.k_proj.weight": (WIDTH // 2, WIDTH),
        f"{LAYER}.self_attn.v_proj.weight": (WIDTH // 2, WIDTH),
        f"{LAYER}.self_attn.o_proj.weight": (WIDTH, WIDTH),
        f"{LAYER}.mlp.gate_proj.weight": (MIDDLE, WIDTH),
        f"{LAYER}.mlp.up_proj.weight": (MIDDLE, WIDTH),
        f"{LAYER}.mlp.down_proj.weight": (WIDTH, MIDDLE),
        f"{LAYER}.input_layernorm.weight": (WIDTH,),
        "model.norm.weight": (WIDTH,),
    }
    return {name: numpy.zeros(shape, dtype=numpy.float16) for name, shape in shapes.items()}


def make_model(folder: Path, *, config: dict[str, Any] | None = None, tokenizer: dict[str, Any] | None = None) -> Path:
    """A whole model; ``config`` and ``tokenizer`` change entries, None as a value removes one."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors(), folder / "model.safetensors")
    write(folder / "config.json", changed(LLAMA, config))
    write(folder / "tokenizer_config.json", changed(TOKENIZER, tokenizer))
    write(folder / "tokenizer.json", {"model": {"type": "WordLevel", "vocab": {"<pad>": 0, "</s>": 1, "a": 99}}})
    return folder


def make_checkpoint(folder: Path, *, mark: dict[str, Any] | None = None, lora: bool = True) -> Path:
    """A checkpoint as the runner leaves it, as far as the ground floor looks."""
    folder.mkdir(parents=True)
    weights = "adapter_model.safetensors" if lora else "model.safetensors"
    save_file({"a": numpy.zeros((16, 32), dtype=numpy.float16)}, folder / weights)
    write(folder / "trainer_state.json", {"global_step": 3})
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
        write_state(folder / name)
    if lora:
        adapter = {"r": 16, "lora_alpha": 32, "lora_dropout": 0.05, "target_modules": ["q_proj", "k_proj"]}
        write(folder / "adapter_config.json", {**adapter, "base_model_name_or_path": "model"})
    if mark is not None:
        write(folder / "hpc.json", mark)
    return folder


def write_state(path: Path) -> None:
    """A file that is whole as torch writes it: a zip archive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", "")


def changed(entries: dict[str, Any], changes: dict[str, Any] | None) -> dict[str, Any]:
    """The entries with the changes; None removes one."""
    return {key: value for key, value in {**entries, **(changes or {})}.items() if value is not None}


def write(path: Path, value: Any) -> Path:
    """Write JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def write_lines(path: Path, rows: list[Any]) -> Path:
    """Write JSON Lines."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path
