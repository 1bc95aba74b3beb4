"""Best-fit packs: every row once, none longer than the size, and none that two packs could have saved.

And what flash attention is told of the conversations in a batch of packs.
"""

import random
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.tiny import make_tiny

from hpc_disk.packs import packs
from hpc_runner import packing


def test_packs_hold_every_row_once_and_are_full() -> None:
    rng = random.Random(1)
    lengths = [rng.randint(1, 100) for _ in range(500)]
    found = packs(lengths, 100)
    assert sorted(row for pack in found for row in pack) == list(range(500))
    sizes = [sum(lengths[row] for row in pack) for pack in found]
    assert max(sizes) <= 100
    assert sorted(sizes)[0] + sorted(sizes)[1] > 100
    assert packs(lengths, 100) == found


def test_no_rows_make_no_packs() -> None:
    assert packs([], 10) == []


@pytest.mark.train
def test_the_bounds_are_those_that_flash_attention_finds_in_the_positions() -> None:
    from transformers.modeling_flash_attention_utils import prepare_fa_kwargs_from_position_ids

    rows = [
        {"input_ids": [4, 5, 6, 7, 8], "labels": [4, 5, 6, 7, 8], "seq_lengths": [3, 2]},
        {"input_ids": [9, 1, 2, 3], "labels": [9, 1, 2, 3], "seq_lengths": [4]},
    ]
    batch = packing.collate_with_bounds(rows)
    bounds, longest = prepare_fa_kwargs_from_position_ids(batch["position_ids"])
    assert [batch[f"cu_seq_lens_{of}"].tolist() for of in "qk"] == [each.tolist() for each in bounds]
    assert [batch[f"max_length_{of}"] for of in "qk"] == [int(each) for each in longest]
    assert {batch[f"cu_seq_lens_{of}"].dtype for of in "qk"} == {each.dtype for each in bounds}
    plain = packing.collate(rows)
    assert all(batch[name].equal(values) for name, values in plain.items())


@pytest.mark.train
def test_the_bounds_reach_the_attention_of_every_layer_through_adapters_and_checkpointing(tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import AttentionInterface, LlamaForCausalLM
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    seen = []

    def watched(module: Any, query: Any, key: Any, value: Any, mask: Any, **named: Any) -> Any:
        seen.append(([named[f"cu_seq_lens_{of}"].tolist() for of in "qk"], [named[f"max_length_{of}"] for of in "qk"]))
        return sdpa_attention_forward(module, query, key, value, mask)

    AttentionInterface.register("watched", watched)
    model = LlamaForCausalLM.from_pretrained(make_tiny(tmp_path), attn_implementation="watched")
    model = get_peft_model(model, LoraConfig(r=2, target_modules="all-linear"))
    model.enable_input_require_grads()
    model.gradient_checkpointing_enable()
    batch = packing.collator(model, "flash_attention_2")(
        [{"input_ids": [4] * 5, "labels": [4] * 5, "seq_lengths": [3, 2]}]
    )
    model.train()(**batch, use_cache=False).loss.backward()
    assert seen == [([[0, 3, 5]] * 2, [3, 3])] * 4, "two layers, each computed again for its gradients"


class PassesOn:
    def forward(self, input_ids: Any, **kwargs: Any) -> None: ...


class Refuses:
    def forward(self, input_ids: Any) -> None: ...


@pytest.mark.parametrize(
    ("model", "attention", "bounds"),
    [
        (PassesOn(), "flash_attention_2", True),
        (Refuses(), "flash_attention_2", False),
        (PassesOn(), "sdpa", False),
    ],
)
def test_only_flash_attention_gets_them_and_only_where_the_model_passes_them_on(
    model: Any, attention: str, bounds: bool
) -> None:
    assert packing.collator(model, attention) is (packing.collate_with_bounds if bounds else packing.collate)
