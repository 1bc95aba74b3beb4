"""The effects of the group LoRA."""

import re
from typing import Any

import pytest

from tests.end_to_end.effects.harness import Seen, Train


def ranks(seen: Seen) -> set[int]:
    return {shape[0] for name, shape in seen.facts["trained_parameters"].items() if "lora_A" in name}


def adapted(seen: Seen) -> set[str]:
    return {name.split(".")[-4] for name in seen.facts["trained_parameters"] if "lora_A" in name}


def test_merge_adapter(run: Train) -> None:
    """A merged model beside the adapter, which loads and generates without PEFT."""
    kept, merged = run(), run(merge_adapter=True)
    assert not (kept.folder / "merged").exists()
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(merged.folder / "merged")
    tokenizer = AutoTokenizer.from_pretrained(merged.folder / "merged")
    answer = model.generate(**tokenizer("the capital", return_tensors="pt"), max_new_tokens=3)
    assert answer.shape[1] > 2


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({"merge_adapter": True}, {"final": "peft", "merged": "transformers"}),
        ({"training_type": "full"}, {"final": "transformers"}),
    ],
)
def test_each_result_has_a_card_whose_lines_load_it(
    run: Train, values: dict[str, Any], kinds: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run(**values).folder
    monkeypatch.chdir(folder.parent.parent)
    for name, library in kinds.items():
        card = (folder / name / "README.md").read_text()
        assert f"\nlibrary_name: {library}\n" in card
        assert ("A LoRA adapter for" in card) == (library == "peft")
        code = re.search(r"```python\n(.*?)```", card, re.DOTALL)
        assert code
        loaded: dict[str, Any] = {}
        exec(code[1], loaded)
        assert hasattr(loaded["model"], "peft_config") == (library == "peft")


def test_lora_alpha(run: Train) -> None:
    """The factor by which the adapter's output is scaled: alpha / rank."""
    assert run(lora_alpha=32).facts["scalings"] == [2.0]
    assert run(lora_alpha=8).facts["scalings"] == [0.5]


def test_lora_dropout(run: Train) -> None:
    """The dropout of the adapters' inputs, also in preference training."""
    assert run().facts["dropouts"] == []
    assert run(lora_dropout=0.3).facts["dropouts"] == [0.3]
    preference = run(lora_dropout=0.3, trainer="dpo", train_data="pairs.jsonl")
    assert preference.facts["dropouts"] == [0.3]


def test_lora_rank(run: Train) -> None:
    """The inner size of the adapter matrices."""
    assert (ranks(run()), ranks(run(lora_rank=4))) == ({16}, {4})


def test_target_modules(run: Train) -> None:
    """The layers that have an adapter."""
    every = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert adapted(run()) == every
    assert adapted(run(target_modules="q_proj, v_proj")) == {"q_proj", "v_proj"}
