"""What a machine lacks for a plan is said before anything loads, where the machine can only be imagined here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from tests.end_to_end.runner.compiled import compiled

from hpc_runner import packing, preflight
from hpc_runner.adapters import narrow_inputs
from hpc_runner.errors import RunnerError
from hpc_runner.faults import explain
from hpc_runner.late import bind
from hpc_runner.plan import load_plan

pytestmark = pytest.mark.train


@pytest.fixture
def old_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """One GPU that came before bf16."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_: False)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Old GPU")


def said(folder: Path, tiny: Path, **changes: Any) -> set[tuple[str, str]]:
    build = compiled(folder, "sft", model=tiny, train=None, **changes)
    return {(problem.code, problem.subject) for problem in preflight.inspect(load_plan(build))}


@pytest.mark.usefixtures("old_gpu")
def test_a_gpu_that_is_too_old_or_too_few(tmp_path: Path, tiny: Path) -> None:
    found = said(tmp_path, tiny, bf16=True, plan={"distributed": {"devices_per_node": 2}})
    assert {("HPC811", "mixed_precision"), ("HPC819", "devices_per_node")} <= found


def test_packages_that_are_not_installed(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = ("bitsandbytes", "deepspeed")
    monkeypatch.setattr(preflight, "find_spec", lambda name: None if name in absent else find_spec(name))
    found = said(tmp_path, tiny, stage=2, plan={"model": {"quantization": {"load_in_8bit": True}}})
    assert {("HPC814", "quantization_bit"), ("HPC815", "distributed_backend")} <= found


def test_a_device_that_runs_out_of_memory() -> None:
    explained = explain(torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    assert explained is not None
    assert explained.code == "HPC860"
    assert explained.one_rank


def test_a_model_that_looks_across_the_conversations_of_a_pack() -> None:
    from transformers import MambaConfig, MambaForCausalLM

    torch.manual_seed(0)
    model = MambaForCausalLM(MambaConfig(vocab_size=32, hidden_size=16, state_size=4, num_hidden_layers=1))
    with pytest.raises(RunnerError) as refused:
        packing.check(model)
    assert refused.value.code == "HPC836"


def test_the_fused_optimizer_is_taken_where_nothing_depends_on_its_steps(tmp_path: Path, tiny: Path) -> None:
    fused = {}
    for name, changes in {
        "plain": {},
        "fp16": {"fp16": True},
        "sharded": {"stage": 2},
        "sgd": {"optim": "sgd"},
    }.items():
        plan = load_plan(Path(compiled(tmp_path / name, "sft", model=tiny, train=None, **changes)))
        fused[name] = bind(plan, 1, cpu=False).optim
        assert bind(plan, 1, cpu=True).optim == fused[name]
    assert fused == {"plain": "adamw_torch_fused", "fp16": None, "sharded": None, "sgd": None}


def test_adapters_that_get_narrow_inputs_compute_the_same(tmp_path: Path, tiny: Path) -> None:
    """PEFT's float32 copy of the input is made 16 bits wide again before it is used."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    base = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.bfloat16)
    model = get_peft_model(base, LoraConfig(target_modules="all-linear", init_lora_weights=False))
    arguments = SimpleNamespace(use_cpu=False, bf16=True, fp16=False)
    trainer = SimpleNamespace(args=arguments, model=model)
    layers = [module for module in model.modules() if isinstance(module, BaseTunerLayer)]

    def gradients() -> list[torch.Tensor]:
        model.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            model(input_ids=torch.arange(5, 25)[None], labels=torch.arange(5, 25)[None]).loss.backward()
        return [parameter.grad for parameter in model.parameters() if parameter.grad is not None]

    plan = load_plan(Path(compiled(tmp_path, "sft", model=tiny, train=None, lora=True)))
    wide = gradients()
    with narrow_inputs(plan, trainer):
        assert not any(layer.cast_input_dtype_enabled for layer in layers)
        narrow = gradients()
    assert all(layer.cast_input_dtype_enabled for layer in layers)
    assert narrow
    assert all(map(torch.equal, wide, narrow))
    arguments.use_cpu = True
    with narrow_inputs(plan, trainer):
        assert all(layer.cast_input_dtype_enabled for layer in layers)
