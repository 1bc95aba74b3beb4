"""The trained model stops where it has learned to: at the end of a turn, by its own settings and by its tokenizer's."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.end_to_end.tiny import END, PLAIN, make_tokenizer
from transformers import AutoTokenizer, GenerationConfig

from hpc_runner.generation import end_of_turn, save_settings, save_tokenizer, settle, stops_of

TEXT_END = "<|endoftext|>"


@pytest.mark.parametrize("end_of_sequence", [TEXT_END, END])
def test_generation_stops_at_the_end_of_a_turn(
    end_of_sequence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As for the Qwen2.5 base models: the settings stop at another token than the one that ends a turn."""
    tokenizer = make_tokenizer(PLAIN)
    tokenizer.eos_token = end_of_sequence
    turn, text = tokenizer.convert_tokens_to_ids([END, TEXT_END])
    model = SimpleNamespace(generation_config=GenerationConfig(eos_token_id=text))
    settle(model, tokenizer)
    assert model.generation_config.eos_token_id == [text, turn]
    assert f"the template ends a turn with {END}" in capsys.readouterr().err
    save_tokenizer(tokenizer, tmp_path)
    save_settings(model, tmp_path)
    assert AutoTokenizer.from_pretrained(tmp_path).eos_token == END
    assert tokenizer.eos_token == end_of_sequence
    assert GenerationConfig.from_pretrained(tmp_path).eos_token_id == [text, turn]
    assert ("saved tokenizer" in capsys.readouterr().err) is (end_of_sequence == TEXT_END)


def test_a_template_that_writes_no_string_ends_no_turn() -> None:
    """Its whole text would else be taken for what follows the answer."""
    silent = "{% for message in messages %}<|im_start|>{{ message['role'] }}<|im_end|>{% endfor %}"
    assert end_of_turn(make_tokenizer(silent)) is None
    parts = PLAIN.replace("message['content']", "message['content'][0]['text']")
    assert end_of_turn(tokenizer := make_tokenizer(parts)) == tokenizer.convert_tokens_to_ids(END)


def test_generation_stops_where_calls_of_tools_end_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As for GPT-OSS, whose calls end with another token than its answers; a merged model is told by its adapter."""
    tokenizer = make_tokenizer(PLAIN)
    turn, call = tokenizer.convert_tokens_to_ids([END, TEXT_END])
    model = SimpleNamespace(generation_config=GenerationConfig(eos_token_id=turn))
    settle(model, tokenizer, (turn, call))
    assert model.generation_config.eos_token_id == [turn, call]
    assert f"learned turns also end with {TEXT_END}" in capsys.readouterr().err
    save_settings(model, tmp_path)
    assert stops_of(tmp_path) == [turn, call]
    assert stops_of(tmp_path / "nothing") == []


def test_a_template_that_writes_the_end_of_sequence_elsewhere_keeps_it(tmp_path: Path) -> None:
    tokenizer = make_tokenizer("{{ eos_token }}" + PLAIN)
    tokenizer.eos_token = TEXT_END
    save_tokenizer(tokenizer, tmp_path)
    assert AutoTokenizer.from_pretrained(tmp_path).eos_token == TEXT_END


def test_what_stops_already_is_not_spoken_of(capsys: pytest.CaptureFixture[str]) -> None:
    tokenizer = make_tokenizer(PLAIN)
    model = SimpleNamespace(generation_config=GenerationConfig(eos_token_id=tokenizer.eos_token_id))
    settle(model, tokenizer)
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id
    assert capsys.readouterr().err == ""
