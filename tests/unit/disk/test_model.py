"""Model folders: each rule reports the model that breaks it, and is silent about the one that does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import save_file
from tests.unit.disk.worlds import LLAMA, LORA_8, found, make_model, tensors, write

from hpc.compile import compile_document
from hpc.source import parse
from hpc_disk.models.folder import hidden_size

GPTQ = {"quantization_config": {"quant_method": "gptq", "bits": 4}}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


CONFLICTS = [
    ("HPC504", {}, {"max_sequence_length": 2049}, {"max_sequence_length": 2048}),
    ("HPC504", {"max_position_embeddings": None, "n_positions": 1024}, {}, {"max_sequence_length": 1024}),
    ("HPC505", {"head_dim": 320}, {"flash_attention_v2": True}, {}),
    ("HPC505", {"hidden_size": 2048, "head_dim": None}, {"flash_attention_v2": True}, {}),
    ("HPC506", {}, {"target_modules": "q_proj,w_proj"}, {"target_modules": "q_proj,v_proj"}),
    ("HPC506", {}, {"target_modules": "input_layernorm"}, {"target_modules": "mlp.up_proj"}),
    ("HPC506", {}, {"target_modules": "proj"}, {"target_modules": "lm_head"}),
    ("HPC507", GPTQ, {"quantization_bit": "int4"}, {"merge_adapter": False}),
    ("HPC508", GPTQ, {"training_type": "full"}, {"merge_adapter": False}),
    ("HPC509", GPTQ, {"merge_adapter": True}, {"merge_adapter": False}),
    ("HPC512", {}, {"lora_rank": 17}, {"lora_rank": 16}),
    ("HPC512", {}, {"lora_rank": 17}, {"lora_rank": 17, "target_modules": "q_proj"}),
    ("HPC514", {"vocab_size": 128}, {}, None),
    ("HPC514", {"hidden_size": 64}, {}, None),
    ("HPC514", {"intermediate_size": 96}, {}, None),
    ("HPC514", {"num_attention_heads": 8, "head_dim": 8}, {}, None),
    ("HPC514", {"num_hidden_layers": 9}, {}, None),
    ("HPC516", {"model_type": None}, {}, None),
    ("HPC516", {"model_type": 7}, {}, None),
    ("HPC516", {"hidden_size": "32"}, {}, None),
    ("HPC516", {"vocab_size": -1}, {}, None),
    ("HPC516", {"num_hidden_layers": -1}, {}, None),
    ("HPC516", {"num_hidden_layers": 0}, {}, None),
    ("HPC516", {"num_attention_heads": "4"}, {}, None),
    ("HPC516", {"text_config": {"hidden_size": 32.5}}, {}, None),
    ("HPC513", {"is_encoder_decoder": True}, {}, None),
]


@pytest.mark.parametrize(("code", "model", "wrong", "right"), CONFLICTS)
def test_conflict(code: str, model: dict[str, Any], wrong: dict[str, Any], right: dict[str, Any] | None) -> None:
    make_model(Path("model"), config=model)
    assert code in found({"model": "model", **wrong})
    if right is not None:
        assert code not in found({"model": "model", **right})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "is not a JSON object"),
        ("7", "is not a JSON object"),
        ("", "is not JSON: "),
        ("{cut", "is not JSON: "),
        ("\udcff", "is not JSON: "),
        ("[" * 100_000, "is not JSON: "),
    ],
)
@pytest.mark.parametrize("must_exist", [True, False])
def test_a_broken_config(text: str, words: str, must_exist: bool) -> None:
    make_model(Path("model"))
    Path("model/config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    said = found({"model": "model"}, must_exist=must_exist)["HPC516"]
    assert said.message.startswith(f"model/config.json {words}")
    assert said.severity == "error"


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json"])
@pytest.mark.parametrize("text", ["", '{"cut', "[]"])
def test_a_broken_tokenizer(name: str, text: str) -> None:
    make_model(Path("model"))
    Path("model", name).write_text(text)
    said = found({"model": "model"})["HPC503"]
    assert said.message.startswith(f"model/{name} is not ")
    assert said.severity == "error"


def test_a_size_of_the_wrong_type_is_told_once() -> None:
    make_model(Path("model"), config={"hidden_size": "32"})
    said = found({"model": "model"})
    assert said["HPC516"].message == ('model/config.json says that hidden_size is "32", not a whole number above 0')
    assert "HPC514" not in said


def test_a_sound_model_is_passed_over() -> None:
    make_model(Path("model"))
    assert found({"model": "model", **LORA_8, "target_modules": "q_proj, mlp.down_proj"}, must_exist=True) == {}


def test_stretched_positions_count() -> None:
    rope = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 2048}
    make_model(Path("model"), config={"rope_scaling": rope})
    assert found({"model": "model", "max_sequence_length": 8192, **LORA_8}) == {}
    assert "HPC504" in found({"model": "model", "max_sequence_length": 8193})


def test_the_language_model_of_a_model_of_several_inputs() -> None:
    write(Path("model/config.json"), {"model_type": "llava", "text_config": LLAMA})
    assert "HPC504" in found({"model": "model", "max_sequence_length": 4096})
    assert hidden_size("model") == LLAMA["hidden_size"]


def test_buckets_follow_the_language_model_of_a_model_that_sees() -> None:
    """ZeRO-3: the vision tower has another width, and the model as a whole has none."""
    sections = {"text_config": {"hidden_size": 64, "vocab_size": 100}, "vision_config": {"hidden_size": 32}}
    write(Path("model/config.json"), {"model_type": "gemma3", **sections})
    job = {"model": "model", "train_data": "d.jsonl", "distributed_backend": "deepspeed", "zero_stage": 3}
    compiled = compile_document(parse(json.dumps({**job, "lora_rank": 8}), "json", "job.json"))
    zero = json.loads(compiled.artifacts["deepspeed.json"].text)["zero_optimization"]
    assert (zero["reduce_bucket_size"], zero["stage3_param_persistence_threshold"]) == (64 * 64, 640)


def test_unknown_target_names_the_linear_modules() -> None:
    make_model(Path("model"))
    help_ = found({"model": "model", "target_modules": "q_prj"})["HPC506"].help
    assert help_.startswith('did you mean "q_proj"?')
    assert "down_proj, embed_tokens, gate_proj" in help_


TOKENIZERS = [
    ("HPC510", "sft", {"pad_token": None}),
    ("HPC510", "dpo", {"pad_token": "</s>"}),
    ("HPC510", "sft", {"pad_token": {"content": "</s>"}, "eos_token": {"content": "</s>"}}),
    ("HPC511", "sft", {"chat_template": None}),
    ("HPC511", "dpo", {"chat_template": None}),
]


@pytest.mark.parametrize(("code", "trainer", "tokenizer"), TOKENIZERS)
def test_tokenizer(code: str, trainer: str, tokenizer: dict[str, Any]) -> None:
    make_model(Path("model"), tokenizer=tokenizer)
    assert code in found({"model": "model", "trainer": trainer})
    assert code not in found({"model": "model", "trainer": "pt"})
    make_model(Path("model"))
    assert code not in found({"model": "model", "trainer": trainer})


def test_a_padding_token_beyond_the_vocabulary() -> None:
    added = {"99": {"content": "<unused>"}, "100": {"content": "<pad>"}}
    make_model(Path("model"), tokenizer={"added_tokens_decoder": added})
    assert "pad_token <pad>" in found({"model": "model"})["HPC515"].message
    make_model(Path("model"), tokenizer={"added_tokens_decoder": added, "pad_token": "<unused>"})
    assert found({"model": "model"})["HPC515"].severity == "warning"


def test_a_template_in_its_own_file_counts() -> None:
    make_model(Path("model"), tokenizer={"chat_template": None})
    Path("model/chat_template.jinja").write_text("{{ messages }}")
    assert "HPC511" not in found({"model": "model"})


def test_older_special_tokens_count() -> None:
    make_model(Path("model"), tokenizer={"pad_token": None})
    write(Path("model/special_tokens_map.json"), {"pad_token": "<pad>"})
    assert "HPC510" not in found({"model": "model"})


DAMAGES = [
    ("is cut off", slice(-1), b""),
    ("is not a safetensors file", slice(0), b"<html>"),
    ("is not a safetensors file", slice(0), b""),
    ("ends inside its own header", slice(20), b""),
    ("has a damaged header", slice(8), b"?" * 4000),
]


@pytest.mark.parametrize(("words", "kept", "added"), DAMAGES)
def test_damaged_weights(words: str, kept: slice, added: bytes) -> None:
    weights = make_model(Path("model")) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[kept] + added)
    assert words in found({"model": "model"})["HPC503"].message


def test_a_header_of_impossible_length_is_not_read() -> None:
    weights = make_model(Path("model")) / "model.safetensors"
    weights.write_bytes((2**62).to_bytes(8, "little") + b"{}")
    assert "HPC503" in found({"model": "model"})


def test_shards() -> None:
    folder = make_model(Path("model"))
    (folder / "model.safetensors").unlink()
    first, second = dict(list(tensors().items())[:4]), dict(list(tensors().items())[4:])
    shards = {"model-00001-of-00002.safetensors": first, "model-00002-of-00002.safetensors": second}
    for name, part in shards.items():
        save_file(part, folder / name)
    write(folder / "model.safetensors.index.json", {"weight_map": {t: n for n, part in shards.items() for t in part}})
    config = {"model": "model", "target_modules": "k_proj,o_proj", **LORA_8}
    assert found(config, must_exist=True) == {}
    (folder / "model-00002-of-00002.safetensors").unlink()
    for must_exist in (True, False):
        assert "1 of 2 files" in found(config, must_exist=must_exist)["HPC502"].message


@pytest.mark.parametrize(
    ("gone", "words", "at_hand"),
    [
        (["config.json"], "no config.json", True),
        (["model.safetensors"], "no weights", False),
        (["tokenizer.json", "tokenizer_config.json"], "no tokenizer", True),
        (["tokenizer.json"], "no tokenizer", True),
    ],
)
def test_incomplete_folder(gone: list[str], words: str, at_hand: bool) -> None:
    """A folder without any weights may be made for a plan alone."""
    folder = make_model(Path("model"))
    for name in gone:
        (folder / name).unlink()
    assert words in found({"model": "model"}, must_exist=True)["HPC502"].message
    assert ("HPC502" in found({"model": "model"})) == at_hand


@pytest.mark.parametrize("must_exist", [True, False])
def test_an_adapter_is_not_a_model(must_exist: bool) -> None:
    write(Path("runs/first/final/adapter_config.json"), {"r": 8, "base_model_name_or_path": "models/base"})
    said = found({"model": "runs/first/final"}, must_exist=must_exist)
    assert said.keys() == {"HPC517"}
    assert said["HPC517"].message == "runs/first/final is a LoRA adapter for models/base, not a whole model"
    assert "hpc merge runs/first;" in said["HPC517"].help


def test_an_adapter_in_the_hubs_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(Path("cache").absolute()))
    cached = Path("cache/models--owner--adapter")
    write(cached / "snapshots/abc/adapter_config.json", {"r": 8})
    assert "hpc merge owner/adapter;" in found({"model": "owner/adapter"})["HPC517"].help


def test_a_model_in_the_hubs_cache_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(Path("cache").absolute()))
    make_model(Path("cache/models--owner--model/snapshots/abc"))
    assert "HPC504" in found({"model": "owner/model", "max_sequence_length": 4096})
    assert hidden_size("owner/model") == LLAMA["hidden_size"]


def test_a_gguf_file_is_not_a_model() -> None:
    Path("model-q4.GGUF").touch()
    assert found({"model": "model-q4.GGUF"}, must_exist=True).keys() == {"HPC518"}
    Path("folder").mkdir()
    Path("folder/model-q4_k_m.gguf").touch()
    assert "model-q4_k_m.gguf" in found({"model": "folder"}, must_exist=True)["HPC518"].message
    assert found({"model": "folder"}).keys() == {"HPC518"}


def test_pointers_of_git_lfs() -> None:
    weights = make_model(Path("model")) / "model.safetensors"
    weights.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4976698672\n")
    said = found({"model": "model", **LORA_8})
    assert said.keys() == {"HPC519"}
    assert "cd model && git lfs pull" in said["HPC519"].help


def test_python_code_of_the_model_is_never_run() -> None:
    own = {"auto_map": {"AutoModelForCausalLM": "modeling_my.MyForCausalLM"}}
    make_model(Path("model"), config={**own, "model_type": "my"})
    assert found({"model": "model", **LORA_8})["HPC580"].severity == "error"
    make_model(Path("model"), config={**own, "model_type": "phi3"})
    assert found({"model": "model", **LORA_8})["HPC580"].severity == "note"


def test_python_code_of_the_tokenizer_is_never_run() -> None:
    """transformers may have another tokenizer for the model: only loading tells."""
    folder = make_model(Path("model"))
    own = {"auto_map": {"AutoTokenizer": ["tokenization_my.MyTokenizer", None]}}
    write(folder / "tokenizer_config.json", {**own, "chat_template": "x", "eos_token": "a", "pad_token": "b"})
    said = found({"model": "model", **LORA_8})["HPC580"]
    assert said.severity == "warning"
    assert said.message.startswith("the tokenizer of model")


def test_packed_weights_say_nothing_about_the_rank() -> None:
    make_model(Path("model"), config=GPTQ)
    assert "HPC512" not in found({"model": "model", "lora_rank": 64, "merge_adapter": False})


def test_any_added_token_beyond_the_vocabulary() -> None:
    make_model(Path("model"), tokenizer={"added_tokens_decoder": {"100": {"content": "<tool_call>"}}})
    said = found({"model": "model"})["HPC515"]
    assert (said.severity, "<tool_call>" in said.message) == ("warning", True)
    make_model(Path("model"))
    write(Path("model/tokenizer.json"), {"added_tokens": [{"id": 99, "content": "<a>"}, {"id": 101, "content": "<b>"}]})
    assert "has <b> beyond the model's 100 embeddings" in found({"model": "model"})["HPC515"].message


@pytest.mark.parametrize(
    ("model", "severity"),
    [
        ("./model", "error"),
        ("models/of/mine", "error"),
        ("/nowhere/model", "error"),
        ("near/model", "warning"),
        ("owner/model", None),
        ("gpt2", None),
        ("x" * 5000, None),
    ],
)
def test_missing_model(model: str, severity: str | None) -> None:
    Path("near").mkdir()
    said = found({"model": model}, must_exist=True).get("HPC501")
    assert (said.severity if said else None) == severity
    assert found({"model": model}) == {}


def test_a_file_is_no_model() -> None:
    Path("model.bin").touch()
    assert "HPC501" in found({"model": "model.bin"}, must_exist=True)


@pytest.mark.parametrize("text", ["[]", "{", "[" * 100_000, "\udcff", '{"hidden_size": "wide"}'])
def test_a_strange_config_json_is_told_once(text: str) -> None:
    path = make_model(Path("model")) / "config.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert found({"model": "model", **LORA_8}).keys() == {"HPC516"}
    assert hidden_size("model") is None


def test_a_changed_file_is_read_again() -> None:
    path = make_model(Path("model")) / "config.json"
    assert hidden_size("model") == LLAMA["hidden_size"]
    path.write_text(json.dumps({"hidden_size": 4096}))
    assert hidden_size("model") == 4096


@pytest.mark.parametrize("method", ["mxfp4", "auto-round"])
def test_quantized_for_inference(method: str) -> None:
    """Once: transformers' own refusal, after loading."""
    settings = {"model_type": "gpt_oss", "hidden_size": 32, "vocab_size": 100}
    write(Path("model/config.json"), {**settings, "quantization_config": {"quant_method": method}})
    assert found({"model": "model", "merge_adapter": False, "lora_dropout": 0}).keys() == {"HPC557"}
