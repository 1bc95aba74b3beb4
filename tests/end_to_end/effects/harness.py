"""Trains for real, in a forked child of this process, and brings back what could be observed in the run.

A child inherits the imported libraries, so a run of the tiny model takes about a second; it cannot disturb other runs.
Nothing here reads a compiled file: what is reported was seen in the trainer, in the batches, in the model, or on disk.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import pickle
import signal
import sys
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpc.compile import compile_document, select
from hpc.diagnostics import HpcError
from hpc.source import parse
from hpc.write import write_artifacts
from tests.threads import use_threads

LIMIT = 250
"""Seconds that a run may take; most take one. Tried twice, it must end within the time that pytest gives a test."""


@dataclass
class Seen:
    """What one training showed."""

    code: int
    output: str
    folder: Path
    logs: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def series(self, name: str) -> list[float]:
        """The values of one quantity, in the order in which they were logged."""
        return [entry[name] for entry in self.logs if name in entry]

    @property
    def losses(self) -> list[float]:
        """The training loss of every logged step."""
        return self.series("loss")

    @property
    def steps(self) -> int:
        """The number of optimizer steps that were taken."""
        return int(self.facts["steps"])

    def checkpoints(self) -> list[int]:
        """The steps whose checkpoints are on disk."""
        return sorted(int(path.name.split("-")[1]) for path in self.folder.glob("checkpoint-*"))


def train(config: dict[str, Any], root: Path, *flags: str) -> Seen:
    """Compile and run a config with ``root`` as the working folder.

    A fork of a process with threads can hang before it has done anything. It is tried once more, so that what hangs
    twice is the run's own fault.
    """
    brought = _fork(config, root, flags) or _fork(config, root, flags)
    assert brought, f"the run was killed, or has not ended within {LIMIT} seconds"
    seen: Seen = pickle.loads(brought)
    return seen


def _fork(config: dict[str, Any], root: Path, flags: Sequence[str]) -> bytes:
    """What a child of its own has seen; nothing if it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT)
        os.close(reader)
        result = _in_child(config, root, list(flags))
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(result, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        brought = pipe.read()
    os.waitpid(child, 0)
    return brought


def _in_child(config: dict[str, Any], root: Path, flags: list[str]) -> Seen:
    os.chdir(root)
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{root}/mlflow.db"
    use_threads()
    log = root / f"log-{os.getpid()}.txt"
    with log.open("w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
        sys.stdout = sys.stderr = stream
        seen = Seen(1, "", root)
        try:
            _run(config, flags, seen)
        except HpcError as error:
            print("\n".join(f"{d.code} {d.message}" for d in error.diagnostics), flush=True)
        except BaseException:
            traceback.print_exc()
        stream.flush()
    seen.output = log.read_text()
    metrics = seen.folder / "metrics.jsonl"
    if metrics.exists():
        seen.logs = [json.loads(line) for line in metrics.read_text().splitlines()]
    return seen


def _run(config: dict[str, Any], flags: list[str], seen: Seen) -> None:
    compilation = compile_document(parse(json.dumps(config), "json", f"{config.get('name', 'effect')}.json"))
    seen.folder = Path.cwd() / compilation.config.values["output_dir"]
    build = seen.folder / "build"
    write_artifacts(str(build), select(compilation, []))
    from hpc_runner.__main__ import main

    with observed() as facts:
        seen.code = main([str(build), *flags])
    seen.facts = facts


@contextlib.contextmanager
def observed() -> Iterator[dict[str, Any]]:
    """Watches the trainer of this process: its batches, its layers, its optimizer."""
    import torch
    from transformers import Trainer

    facts: dict[str, Any] = defaultdict(list)
    facts |= {"layer_calls": 0, "offloads": 0, "micro_batches": 0, "trained": False}
    train_, step_, saving = Trainer.train, Trainer.training_step, torch.autograd.graph.save_on_cpu.__init__

    def training_step(self: Any, model: Any, inputs: Any, *more: Any, **named: Any) -> Any:
        facts["micro_batches"] += 1
        facts["batches"].append({k: v.tolist() for k, v in inputs.items() if torch.is_tensor(v)})
        return step_(self, model, inputs, *more, **named)

    def save_on_cpu(self: Any, *more: Any, **named: Any) -> None:
        facts["offloads"] += 1
        saving(self, *more, **named)

    def train_and_look(self: Any, *more: Any, **named: Any) -> Any:
        _watch_layers(self.model, facts)
        facts["loaded_dtypes"] = sorted({str(p.dtype) for p in self.model.parameters()})
        before = _trained(self.model)
        result = train_(self, *more, **named)
        facts.update(look(self))
        after = _trained(self.model)
        facts["moved"] = math.sqrt(sum((after[n] - p).pow(2).sum().item() for n, p in before.items() if n in after))
        facts["trained"] = True
        return result

    Trainer.train, Trainer.training_step = train_and_look, training_step  # type: ignore[method-assign]
    torch.autograd.graph.save_on_cpu.__init__ = save_on_cpu  # type: ignore[method-assign]
    try:
        yield facts
    finally:
        Trainer.train, Trainer.training_step = train_, step_  # type: ignore[method-assign]
        torch.autograd.graph.save_on_cpu.__init__ = saving  # type: ignore[method-assign]


def _watch_layers(model: Any, facts: dict[str, Any]) -> None:
    """Count the calls of the first layer, and note the number format of its arithmetic."""
    import torch

    named = list(model.named_modules())
    linear = next((module for name, module in named if name.endswith("layers.0.mlp.up_proj")), named[-1][1])

    def note(_module: Any, _inputs: Any, output: Any) -> None:
        facts["layer_calls"] += torch.is_grad_enabled()
        facts["compute_dtype"] = str(output.dtype)

    linear.register_forward_hook(note)
    facts["initial"] = {name: p.sum().item() for name, p in _trained(model).items()}


def _trained(model: Any) -> dict[str, Any]:
    """A copy of every trained parameter that this process holds, in float32 (ZeRO-3 leaves it none)."""
    return {n: p.detach().float().clone() for n, p in model.named_parameters() if p.requires_grad and p.numel()}


def look(trainer: Any) -> dict[str, Any]:
    """Everything worth knowing of a trainer after its training, as plain values."""
    import torch

    model = trainer.accelerator.unwrap_model(trainer.model)
    named = dict(model.named_parameters())
    trained = {name: tuple(p.shape) for name, p in named.items() if p.requires_grad}
    engine = trainer.model_wrapped if type(trainer.model_wrapped).__name__ == "DeepSpeedEngine" else None
    return {
        "trainer": type(trainer).__name__,
        "steps": trainer.state.global_step,
        "max_steps": trainer.state.max_steps,
        "trained_parameters": trained,
        "trained_dtypes": sorted({str(p.dtype) for p in named.values() if p.requires_grad}),
        "base_dtypes": sorted({str(p.dtype) for p in named.values() if not p.requires_grad}),
        "dropouts": sorted({m.p for m in model.modules() if type(m).__name__ == "Dropout"}),
        "linears": sorted({type(m).__name__ for m in model.modules() if "Linear" in type(m).__name__}),
        "scalings": sorted({s for m in model.modules() if hasattr(m, "lora_A") for s in m.scaling.values()}),
        "optimizer": type(getattr(trainer.optimizer, "optimizer", trainer.optimizer)).__name__,
        "optimizer_bytes": optimizer_bytes(trainer.optimizer),
        "optimizer_dtypes": sorted({str(value.dtype) for value in optimizer_state(trainer.optimizer)}),
        "rows": len(trainer.train_dataset),
        "best": trainer.state.best_model_checkpoint,
        "attention": model.config._attn_implementation,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "norm": math.sqrt(sum(p.detach().float().pow(2).sum().item() for p in named.values() if p.requires_grad)),
        "storage": sorted({str(p.dtype) for p in named.values() if hasattr(p, "quant_state")}),
        "four_bit_arithmetic": sorted({str(m.compute_dtype) for m in model.modules() if hasattr(m, "compute_dtype")}),
        "reentrant": sorted(_reentrant(model)),
        "engine": None if engine is None else engine_facts(engine),
    }


def _reentrant(model: Any) -> set[bool]:
    """The kind of checkpointing that each layer was given."""
    functions = (getattr(module, "_gradient_checkpointing_func", None) for module in model.modules())
    return {f.keywords["use_reentrant"] for f in functions if hasattr(f, "keywords") and "use_reentrant" in f.keywords}


def optimizer_bytes(optimizer: Any) -> int:
    """The size of what the optimizer remembers beside the parameters."""
    return sum(value.numel() * value.element_size() for value in optimizer_state(optimizer))


def optimizer_state(optimizer: Any) -> list[Any]:
    """The tensors that the optimizer remembers."""
    import torch

    state = getattr(optimizer, "state", {})
    return [value for each in state.values() for value in each.values() if torch.is_tensor(value)]


def engine_facts(engine: Any) -> dict[str, Any]:
    """What DeepSpeed's engine really does."""
    return {
        "stage": engine.zero_optimization_stage(),
        "clipping": engine.gradient_clipping(),
        "bf16": engine.bfloat16_enabled(),
        "fp16": engine.fp16_enabled(),
        "sizes": [
            engine.train_batch_size(),
            engine.train_micro_batch_size_per_gpu(),
            engine.gradient_accumulation_steps(),
        ],
        "buckets": getattr(engine.optimizer, "reduce_bucket_size", None),
        "persistence": engine.zero_param_persistence_threshold(),
        "prefetch": engine.zero_prefetch_bucket_size(),
        "offloaded": offloaded(engine.optimizer),
    }


def offloaded(optimizer: Any) -> list[str]:
    """What ZeRO's own optimizer keeps on the host."""
    state = getattr(optimizer, "cpu_offload", False) or getattr(optimizer, "offload_optimizer", False)
    parts = {"optimizer": state, "parameters": getattr(optimizer, "offload_param", False)}
    return [name for name, on_host in parts.items() if on_host]


Train = Callable[..., Seen]
