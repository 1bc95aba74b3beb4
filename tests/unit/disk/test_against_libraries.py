"""What the checks compute without a library, against the libraries themselves."""

from __future__ import annotations

import json
import re
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.tiny import make_tiny
from tests.unit.disk.worlds import ALPACA, found, write_lines

from hpc.checks.disk.needs import needs_of
from hpc.resolve import resolve
from hpc.source import parse
from hpc_disk.models.weights import _all_linear, _matching, linear_modules
from hpc_disk.steps import training

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("disk") / "tiny")


def planned(path: Path, **values: Any) -> Any:
    config = resolve(parse(json.dumps({"train_data": str(path), **values}), "json", "job.json"))
    return training(needs_of(config))


def test_steps_are_those_of_the_trainer(tiny: Path, tmp_path: Path) -> None:
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

    model = AutoModelForCausalLM.from_pretrained(tiny)
    for rows, batch, accumulation, epochs in [(10, 1, 4, 1), (10, 3, 4, 3), (17, 2, 2, 2), (3, 8, 4, 2), (64, 4, 8, 1)]:
        path = write_lines(tmp_path / f"{rows}.jsonl", [ALPACA] * rows)
        arguments = TrainingArguments(
            str(tmp_path / "out"),
            per_device_train_batch_size=batch,
            gradient_accumulation_steps=accumulation,
            num_train_epochs=epochs,
            use_cpu=True,
            report_to=[],
        )
        trainer = Trainer(model, arguments, train_dataset=Dataset.from_list([{"input_ids": [1]}] * rows))
        *_, steps = trainer.set_initial_training_values(arguments, trainer.get_train_dataloader())
        ours = planned(path, batch_size=batch, gradient_accumulation_steps=accumulation, epochs=epochs)
        assert ours.steps == steps, (rows, batch, accumulation, epochs)


def test_batches_of_a_process_are_those_of_accelerate(tmp_path: Path) -> None:
    from accelerate.data_loader import BatchSamplerShard
    from torch.utils.data import BatchSampler, SequentialSampler

    for rows, batch, processes in [(10, 1, 4), (10, 3, 2), (17, 2, 4), (3, 8, 4), (5, 1, 8), (64, 4, 2)]:
        path = write_lines(tmp_path / f"{rows}.jsonl", [ALPACA] * rows)
        sampler = BatchSampler(SequentialSampler(range(rows)), batch, drop_last=False)
        shard = BatchSamplerShard(sampler, num_processes=processes, process_index=0)
        ours = planned(path, batch_size=batch, devices_per_node=processes, gradient_accumulation_steps=1)
        assert ours.steps == len(shard) == len(list(shard)), (rows, batch, processes)
        assert ours.steps == ceil(rows / ours.batch)


@pytest.mark.parametrize(
    "target", ["q_proj", "mlp.up_proj", "embed_tokens", "proj", "self_attn", "input_layernorm", "1"]
)
def test_target_modules_are_those_of_peft(tiny: Path, target: str) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny)
    try:
        theirs = get_peft_model(model, LoraConfig(target_modules=[target])).targeted_module_names
    except ValueError:
        theirs = []
    assert sorted(_matching(target, linear_modules(tiny))) == sorted(theirs)
    assert ("HPC506" in found({"model": str(tiny), "target_modules": target})) == (not theirs)


def test_all_linear_is_that_of_peft(tiny: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny)
    theirs = get_peft_model(model, LoraConfig(target_modules="all-linear", task_type="CAUSAL_LM")).targeted_module_names
    assert sorted(_all_linear(linear_modules(tiny))) == sorted(theirs)


def test_families_are_those_of_the_libraries() -> None:
    """The types that transformers loads, those with a table of positions, and those whose experts PEFT adapts."""
    from peft.utils import transformers_weight_conversion as conversion
    from transformers.models.auto import modeling_auto as auto

    from hpc_disk.models import families

    known = {*auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, *auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES}
    assert known == families.TRANSFORMERS
    assert known >= families.LEARNED_POSITIONS | families.TRIED
    for type_, matrices in families.FUSED.items():
        base = conversion._MODEL_TO_CONVERSION_PATTERN.get(type_, type_)
        mapping = conversion._MOE_TARGET_MODULE_MAPPING[base]
        assert {name: new for new, names in matrices.items() for name in names} == {
            name: new for name, new in mapping.items() if name != "gate"
        }


def test_kinds_of_models_are_those_of_the_libraries() -> None:
    """Models for another task, encoders, encoder-decoders; activations, methods of quantization, rotary positions."""
    from transformers import CONFIG_MAPPING
    from transformers.activations import ACT2FN
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    from transformers.models.auto import configuration_auto, modeling_auto
    from transformers.quantizers.auto import AUTO_QUANTIZATION_CONFIG_MAPPING

    from hpc_disk.models import families, rope

    heads = (value for name, value in vars(modeling_auto).items() if re.fullmatch("MODEL_FOR_.*_NAMES", name))
    known = {type_ for mapping in heads for type_ in mapping} & configuration_auto.CONFIG_MAPPING_NAMES.keys()
    assert known - families.TRANSFORMERS == families.OTHER
    assert all(CONFIG_MAPPING[type_]().is_encoder_decoder for type_ in families.TWO_PARTS)
    assert not any(CONFIG_MAPPING[type_]().is_decoder for type_ in families.DECODE_IF_SAID)
    assert set(ACT2FN) == families.ACTIVATIONS
    assert rope.NEEDED.keys() >= ROPE_INIT_FUNCTIONS.keys()
    methods = {name.removesuffix("_4bit").removesuffix("_8bit") for name in AUTO_QUANTIZATION_CONFIG_MAPPING}
    assert methods == families.INFERENCE | families.PACKAGES.keys()


def test_learned_positions_end_where_the_table_does(tmp_path: Path) -> None:
    """The table of OPT has two rows that no token uses; RoBERTa counts from its padding token on."""
    import torch
    from transformers import OPTConfig, OPTForCausalLM, RobertaConfig, RobertaForCausalLM

    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "max_position_embeddings": 16}
    opt = OPTForCausalLM(OPTConfig(vocab_size=9, ffn_dim=8, word_embed_proj_dim=8, **sizes))
    roberta = RobertaForCausalLM(RobertaConfig(vocab_size=9, intermediate_size=8, is_decoder=True, **sizes))
    for model, limit in ((opt, 16), (roberta, 14)):
        folder = tmp_path / model.config.model_type
        model.config.save_pretrained(folder)
        model(torch.full((1, limit), 5))
        with pytest.raises((IndexError, RuntimeError)):
            model(torch.full((1, limit + 1), 5))
        for length in (limit, limit + 1):
            said = found({"model": str(folder), "max_sequence_length": length, "training_type": "full"})
            assert ("HPC504" in said) == (length > limit)
