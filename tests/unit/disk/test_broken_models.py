"""Broken and unusual model folders: `hpc validate` finds each, once, at `model`, and says what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from safetensors.numpy import save_file
from tests.unit.disk.worlds import LAYER, found, make_model, tensors, write

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4976698672\n"
JOB: dict[str, Any] = {"model": "model", "lora_rank": 8, "merge_adapter": False}
Change = Callable[[], object]
HEADER = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}'
OTHER_SHAPE = len(HEADER).to_bytes(8, "little") + HEADER + b"1234"
"""A file as long as its header says, with a tensor of more numbers than bytes for them."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(job: dict[str, Any] | None = None) -> list[tuple[str, str, str]]:
    """Code, severity and message of each finding about the model."""
    return [(d.code, d.severity, d.message) for d in found({**JOB, **(job or {})}).values()]


def settings(**changes: Any) -> Change:
    """Keys of config.json, as they are: None becomes null."""
    return keys("config.json", **changes)


def keys(name: str, **changes: Any) -> Change:
    def change() -> None:
        path = Path("model", name)
        before = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**before, **changes}).replace('"INFINITE"', "Infinity"))

    return change


def text(name: str, content: str | bytes) -> Change:
    return lambda: Path("model", name).write_bytes(content if isinstance(content, bytes) else content.encode())


def weights(change: Callable[[dict[str, numpy.ndarray]], dict[str, numpy.ndarray]]) -> Change:
    return lambda: save_file(change(tensors()), "model/model.safetensors")


def renamed(name: str) -> Change:
    return lambda: Path("model/model.safetensors").rename(f"model/{name}")


def index(value: Any) -> Change:
    def change() -> None:
        Path("model/model.safetensors").rename("model/model-00001-of-00001.safetensors")
        write(Path("model/model.safetensors.index.json"), value)

    return change


def replace_by_link(path: str) -> None:
    """What is left of a snapshot of the hub's cache that was copied without what its links name."""
    Path(path).unlink()
    Path(path).symlink_to("../../blobs/abc")


def inside(folder: str, name: str = "config.json") -> Change:
    """The folder has no model, but one inside."""

    def change() -> None:
        Path("model").rename("moved")
        write(Path("model", folder, name), {})

    return change


ADAPTER = {"r": 8, "base_model_name_or_path": "base"}
ROPE = {"rope_type": "linear", "factor": 2.0}
WRONG_SETTINGS: list[tuple[Change, str]] = [
    (settings(quantization_config="nf4"), 'quantization_config is "nf4", not an object'),
    (settings(quantization_config={}), "quantization_config whose quant_method is missing"),
    (settings(quantization_config={"quant_method": None}), "quantization_config whose quant_method is missing"),
    (settings(quantization_config={"quant_method": 7}), "quant_method is 7, not a name"),
    (settings(quantization_config={"quant_method": "gtpq"}), 'quant_method "gtpq", which'),
    *((settings(**{key: None}), f"{key} is null") for key in ("hidden_size", "vocab_size", "rms_norm_eps")),
    (settings(vocab_size=-1), "vocab_size is -1, not a whole number above 0"),
    (settings(head_dim="8"), 'head_dim is "8", not a whole number above 0'),
    (settings(num_attention_heads=4, num_key_value_heads=3), "not a multiple of num_key_value_heads, 3"),
    (settings(rms_norm_eps="1e-6"), 'rms_norm_eps is "1e-6", not a number above 0'),
    (settings(attention_dropout=2), "attention_dropout is 2, not a number from 0 to 1"),
    (settings(tie_word_embeddings="false"), 'tie_word_embeddings is "false", not true or false'),
    (settings(architectures="LlamaForCausalLM"), 'architectures is "LlamaForCausalLM", not a list of names'),
    (settings(auto_map=["a"]), 'auto_map is ["a"], not an object'),
    (settings(torch_dtype="bfloat17"), 'torch_dtype is "bfloat17", not a number format of weights'),
    (settings(dtype="int8"), 'dtype is "int8", not a number format of weights'),
    (settings(eos_token_id="</s>"), 'eos_token_id is "</s>", not the number of a token'),
    (settings(hidden_act="sliu"), 'hidden_act is "sliu", which transformers 5.23 does not know; did you mean "silu"?'),
    (settings(num_experts=4, num_experts_per_tok=8), "num_experts_per_tok is 8, but that there are 4 experts"),
    (settings(model_type=7), "model_type is 7, not a name"),
    (settings(text_config="llama"), 'has a text_config ("llama")'),
    (settings(text_config={"hidden_size": 32}), "which is not one of a llama model"),
    (settings(rope_scaling={**ROPE, "factor": -4}), "factor in rope_scaling is -4, not a number above 0"),
    (settings(rope_scaling={**ROPE, "factor": "INFINITE"}), 'factor in rope_scaling is "Infinity"'),
    (settings(rope_parameters={"rope_type": "linear"}), "lacks factor in rope_parameters"),
    (settings(rope_parameters={**ROPE, "rope_type": "fancy"}), 'rope_type "fancy" in rope_parameters'),
    (settings(rope_parameters={"sliding": {**ROPE, "factor": 0}}), "factor in rope_parameters.sliding is 0"),
    (settings(rope_scaling="linear"), 'rope_scaling is "linear", not an object'),
    (settings(rope_theta=0), "rope_theta is 0, not a number above 0"),
    (settings(attn_implementation="fancy"), 'asks for the attention "fancy"'),
    (text("config.json", b"\xef\xbb\xbf{}"), "is not JSON"),
    (text("generation_config.json", "[]"), "generation_config.json is not a JSON object"),
    (keys("generation_config.json", temperature="hot"), 'temperature is "hot", not a number'),
    (keys("generation_config.json", eos_token_id=[2, "x"]), 'eos_token_id is [2, "x"], not the number of a token'),
    (keys("generation_config.json", do_sample="yes"), 'do_sample is "yes", not true or false'),
]


@pytest.mark.parametrize(("change", "words"), WRONG_SETTINGS, ids=[words for _, words in WRONG_SETTINGS])
def test_a_wrong_setting(change: Change, words: str) -> None:
    make_model(Path("model"))
    change()
    ((code, severity, message),) = said()
    assert (code, severity) == ("HPC516", "error")
    assert words in message


NOT_CAUSAL: list[tuple[dict[str, Any], str]] = [
    ({"model_type": "bert"}, "(bert) is an encoder"),
    ({"model_type": "xlm-roberta", "is_decoder": False}, "(xlm-roberta) is an encoder"),
    ({"model_type": "t5"}, "(t5) is a model for another task"),
    ({"model_type": "modernbert"}, "(modernbert) is a model for another task"),
    ({"model_type": "vit"}, "(vit) is a model for another task"),
    ({"model_type": "bart"}, "(bart) is an encoder-decoder model"),
    ({"model_type": "llama", "architectures": ["LlamaForSequenceClassification"]}, "LlamaForSequenceClassification"),
    ({"model_type": "qwen2", "architectures": ["Qwen2ForRewardModel"]}, "Qwen2ForRewardModel"),
    ({"model_type": "bert", "is_decoder": True, "architectures": ["BertForMaskedLM"]}, "BertForMaskedLM"),
]


@pytest.mark.parametrize(("change", "words"), NOT_CAUSAL)
def test_models_that_do_not_continue_a_text(change: dict[str, Any], words: str) -> None:
    make_model(Path("model"), config=change)
    ((code, severity, message),) = said()
    assert (code, severity) == ("HPC513", "error")
    assert words in message


def test_a_decoder_of_the_same_family_is_none_of_them() -> None:
    make_model(Path("model"), config={"model_type": "bert", "is_decoder": True, "architectures": ["BertLMHeadModel"]})
    assert said() == []


def without(*names: str) -> Change:
    return weights(lambda stored: {name: value for name, value in stored.items() if name not in names})


def prefixed(word: str) -> Change:
    return weights(lambda stored: {f"{word}{name}": value for name, value in stored.items()})


BROKEN_FILES: list[tuple[Change, str, str]] = [
    (index({"weight_map": {"a": "model-00002-of-00002.safetensors"}}), "HPC502", "lacks model-00002-of-00002"),
    (index({"weight_map": ["a"]}), "HPC503", "does not say which file holds which tensor"),
    (index({"weight_map": {}}), "HPC503", "does not say which file holds which tensor"),
    (renamed("consolidated.safetensors"), "HPC502", "transformers does not look for: consolidated.safetensors"),
    (renamed("model-00001-of-00002.safetensors"), "HPC502", "does not look for: model-00001-of-00002.safetensors"),
    (text("model.safetensors", (2).to_bytes(8, "little") + b"{}"), "HPC503", "has no tensors"),
    (text("model.safetensors", OTHER_SHAPE), "HPC503", "has a damaged header"),
    (lambda: replace_by_link("model/model.safetensors"), "HPC502", "lacks model.safetensors (1 of 1 files)"),
    (inside("final"), "HPC502", "has no config.json"),
    (inside("final", "adapter_config.json"), "HPC502", "has no config.json"),
    (inside("snapshots/abc"), "HPC502", "has no config.json"),
    (text("tokenizer.json", POINTER), "HPC519", "tokenizer.json of model"),
    (text("config.json", POINTER), "HPC519", "config.json of model"),
    (keys("adapter_config.json", **ADAPTER), "HPC517", "holds a LoRA adapter (adapter_config.json) beside a whole"),
    (prefixed("module."), "HPC514", "the weights of model lack"),
    (prefixed("base_model.model."), "HPC514", "the weights of model lack"),
    (without(f"{LAYER}.self_attn.o_proj.weight"), "HPC514", "o_proj.weight (1 of 8 tensors)"),
    (settings(tie_word_embeddings=False), "HPC514", "the weights of model lack lm_head.weight"),
    (weights(lambda t: {n: v.astype("int8") for n, v in t.items()}), "HPC514", "are whole numbers (I8)"),
    (settings(quantization_config={"load_in_4bit": True}), "HPC514", "but its weights are not"),
    (settings(pad_token_id=100), "HPC515", "has pad_token_id 100, but the model has only 100 embeddings"),
    (keys("tokenizer_config.json", pad_token="<nowhere>"), "HPC515", "<nowhere> of model has id 100"),
    (keys("tokenizer.json", model={"vocab": {"a": 100}}), "HPC515", "has 101 tokens, but the model has 100 embeddings"),
    (text("tokenizer.json", "{}"), "HPC503", "has no vocabulary"),
    (keys("tokenizer.json", model={"vocab": {}}), "HPC503", "has no vocabulary"),
    (keys("tokenizer_config.json", eos_token=7), "HPC503", "eos_token is 7, not a token"),
    (keys("tokenizer_config.json", model_max_length="512"), "HPC503", 'model_max_length is "512"'),
    (keys("tokenizer_config.json", chat_template=7), "HPC503", "chat_template is 7, not a template"),
    (text("special_tokens_map.json", "[]"), "HPC503", "special_tokens_map.json is not a JSON object"),
    (text("chat_template.jinja", b"\xff"), "HPC503", "chat_template.jinja is not UTF-8"),
]


@pytest.mark.parametrize(("change", "code", "words"), BROKEN_FILES, ids=[words for *_, words in BROKEN_FILES])
def test_a_broken_file(change: Change, code: str, words: str) -> None:
    make_model(Path("model"))
    change()
    ((found_, severity, message),) = said()
    assert (found_, severity) == (code, "error")
    assert words in message


UNUSUAL: list[tuple[Change, str, str]] = [
    (settings(num_hidden_layers=1), "", ""),
    (weights(lambda t: {n.removeprefix("model."): v for n, v in t.items()}), "", ""),
    (settings(eos_token_id=[1, 100]), "HPC515", "has eos_token_id 100"),
    (keys("tokenizer.json", model={"vocab": {"<pad>": 0, "</s>": 1, "a": 9}}), "HPC515", "has only 10 tokens"),
    (weights(lambda t: {**t, "model.layers.1.mlp.up_proj.weight": t[f"{LAYER}.mlp.up_proj.weight"]}), "HPC514", "left"),
    (settings(model_type="Llama"), "HPC583", 'no causal language model of the family "Llama"'),
]


@pytest.mark.parametrize(("change", "code", "words"), UNUSUAL)
def test_an_unusual_model_trains(change: Change, code: str, words: str) -> None:
    make_model(Path("model"))
    change()
    findings = said()
    assert [(found_, severity) for found_, severity, _ in findings] == [(code, "warning")] * bool(code)
    assert all(words in message for *_, message in findings)


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (inside("final"), "name model/final"),
        (inside("final", "adapter_config.json"), "hpc merge model"),
        (inside("my-model"), "name model/my-model"),
        (inside("snapshots/abc"), "name model/snapshots/abc"),
        (prefixed("_orig_mod."), "without the first word of their names, _orig_mod."),
        (renamed("model.fp16.safetensors"), "rename the file to model.safetensors"),
        (keys("adapter_config.json", **ADAPTER), "move adapter_config.json"),
        (keys("generation_config.json", top_k="x"), "correct generation_config.json"),
        (settings(model_type="Llama"), 'did you mean "llama"?'),
    ],
)
def test_what_to_do(change: Change, advice: str) -> None:
    make_model(Path("model"))
    change()
    (finding,) = found(JOB).values()
    assert advice in finding.help


def test_the_weights_of_a_model_that_sees_have_other_names() -> None:
    """Its language model may be a llama, whose matrices lie deeper in it."""
    make_model(Path("model"))
    text_config = json.loads(Path("model/config.json").read_text())
    write(Path("model/config.json"), {"model_type": "llava", "text_config": text_config, "vocab_size": 100})
    save_file({f"language_model.{name}": value for name, value in tensors().items()}, "model/model.safetensors")
    assert said() == []


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_of_a_model_is_not_the_model(name: str) -> None:
    make_model(Path("model"))
    finding = found({**JOB, "model": f"model/{name}"})["HPC501"]
    assert finding.help == "name its folder: model"


@pytest.mark.parametrize(("size", "words"), [(0, "is empty"), (-40, "is cut off")])
def test_damaged_archives_of_torch(size: int, words: str) -> None:
    import zipfile

    make_model(Path("model"))
    Path("model/model.safetensors").unlink()
    with zipfile.ZipFile("model/pytorch_model.bin", "w") as archive:
        archive.writestr("data.pkl", "x" * 99)
    assert said() == []
    whole = Path("model/pytorch_model.bin").read_bytes()
    Path("model/pytorch_model.bin").write_bytes(whole[:size])
    assert words in found(JOB)["HPC503"].message


def test_weights_are_those_that_transformers_loads() -> None:
    """One whole file comes before an index, and safetensors before the older format."""
    from hpc_disk.models.folder import weight_files

    make_model(Path("model"))
    write(Path("model/model.safetensors.index.json"), {"weight_map": {"a": "model-00001-of-00001.safetensors"}})
    Path("model/pytorch_model.bin").touch()
    assert [path.name for path in weight_files(Path("model"))] == ["model.safetensors"]


@pytest.mark.parametrize(
    ("name", "said_of_a_pipe"),
    [
        ("config.json", "model/config.json is a pipe or a device, not a file"),
        ("generation_config.json", "model/generation_config.json is a pipe or a device, not a file"),
        ("tokenizer_config.json", "model/tokenizer_config.json is a pipe or a device, not a file"),
        ("chat_template.jinja", "model/chat_template.jinja is a pipe or a device, not a file"),
        ("model.safetensors", "the folder model has weights only under names"),
    ],
)
def test_a_pipe_is_not_read(name: str, said_of_a_pipe: str) -> None:
    """Opening one waits for a writer that never comes."""
    make_model(Path("model"))
    Path("model", name).unlink(missing_ok=True)
    os.mkfifo(f"model/{name}")
    assert any(message.startswith(said_of_a_pipe) for _, _, message in said())
