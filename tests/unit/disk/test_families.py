"""Families of models: experts, Mamba, learned positions, and those that were not tried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest
from safetensors.numpy import save_file
from tests.unit.disk.worlds import LAYER, LORA_8, found, make_model, tensors, write


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_stored_experts_are_not_what_is_loaded() -> None:
    make_model(Path("model"))
    experts = {f"{LAYER}.mlp.experts.0.w1.weight": numpy.zeros((8, 8))}
    save_file({**tensors(), **experts}, "model/model.safetensors")
    assert found({"model": "model", "target_modules": "gate_up_proj", **LORA_8}) == {}


MIXTURE = {"model_type": "qwen3_moe", "num_experts": 4}
EXPERTS = [
    ({}, "HPC581"),
    ({"lora_dropout": 0}, None),
    ({"lora_dropout": 0.1, "target_modules": "q_proj,v_proj"}, None),
    ({"lora_dropout": 0.1, "target_modules": "gate_proj,up_proj,down_proj"}, "HPC581"),
    ({"lora_dropout": 0, "target_modules": "gate_proj,up_proj"}, None),
    ({"lora_dropout": 0, "target_modules": "q_proj,up_proj"}, "HPC582"),
    ({"training_type": "full"}, None),
]


@pytest.mark.parametrize(("fields", "code"), EXPERTS)
def test_adapters_on_experts(fields: dict[str, Any], code: str | None) -> None:
    make_model(Path("model"), config=MIXTURE)
    experts = {f"{LAYER}.mlp.experts.0.up_proj.weight": numpy.zeros((8, 8))}
    save_file({**tensors(), **experts}, "model/model.safetensors")
    said = found({"model": "model", **fields})
    assert {code for code in said if code.startswith("HPC58")} == ({code} if code else set())


def test_a_mixture_of_one_family_names_its_matrices_otherwise() -> None:
    make_model(Path("model"), config={"model_type": "mixtral", "num_local_experts": 8})
    assert "w3" in found({"model": "model", "target_modules": "w1", "lora_dropout": 0})["HPC582"].help


@pytest.mark.parametrize(("type_", "severity"), [("llama", None), ("olmo", "note"), ("brand_new", "warning")])
def test_families_that_were_not_tried(type_: str, severity: str | None) -> None:
    make_model(Path("model"), config={"model_type": type_})
    said = found({"model": "model"}, must_exist=True).get("HPC583")
    assert (said.severity if said else None) == severity
    assert ("HPC583" in found({"model": "model"})) == (severity == "warning")


@pytest.mark.parametrize("type_", ["gpt2", "opt", "gptj"])
def test_learned_positions_end(type_: str) -> None:
    make_model(Path("model"), config={"model_type": type_, "max_position_embeddings": None, "n_positions": 1024})
    said = found({"model": "model"})["HPC504"]
    assert (said.severity, said.message) == (
        "error",
        "`max_sequence_length` is 2048, but model supports at most 1024 tokens",
    )
    assert "HPC504" not in found({"model": "model", "max_sequence_length": 1024})


def test_parts_of_mamba_have_no_adapter() -> None:
    for family, refused in {"mamba": "x_proj", "granitemoehybrid": "out_proj", "jamba": "dt_proj"}.items():
        write(Path("model/config.json"), {"model_type": family, "hidden_size": 32, "vocab_size": 100})
        said = found({"model": "model", "target_modules": f"in_proj,{refused}"})["HPC589"]
        assert f"leave {refused} out" in said.help
        assert found({"model": "model", "target_modules": "in_proj"}) == {}
        assert found({"model": "model"}) == {}


def test_experts_are_not_quantized() -> None:
    write(Path("model/config.json"), {**MIXTURE, "hidden_size": 32, "vocab_size": 100})
    said = found({"model": "model", "quantization_bit": "int4", "lora_dropout": 0})
    assert said["HPC558"].severity == "warning"
    assert "HPC558" not in found({"model": "model", "lora_dropout": 0})
