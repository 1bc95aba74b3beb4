"""What real models' conventions broke once: each with a tiny real model and a real run, in forks of this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hpc_runner import merging
from tests.end_to_end.effects.harness import Seen, train
from tests.end_to_end.tiny import PLAIN, make_tiny, make_tokenizer
from tests.families import matrix

JOB: dict[str, Any] = {
    "train_data": "rows.jsonl",
    "batch_size": 1,
    "gradient_accumulation_steps": 1,
    "learning_rate": 0.001,
    "max_sequence_length": 64,
    "mixed_precision": "none",
    "disable_gradient_checkpointing": True,
    "checkpoint_strategy": "no",
    "logging_steps": 1,
}
FULL = {"training_type": "full"}
LORA = {"lora_rank": 4, "lora_dropout": 0}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder with data; imports are shared by all runs."""
    import mlflow

    before = dict(os.environ)
    matrix.warm()
    folder = tmp_path_factory.mktemp("models")
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
    mlflow.MlflowClient(os.environ["MLFLOW_TRACKING_URI"]).search_experiments()
    matrix.write_data(folder)
    yield folder
    os.environ.clear()
    os.environ |= before


def trained(root: Path, model: str, **fields: Any) -> Seen:
    output = f"runs/{model}-{len(list(root.glob('runs/*')))}"
    seen = train({**JOB, "model": model, "output_dir": output, **fields}, root)
    assert seen.code == 0, seen.output[-2000:]
    return seen


def llama(folder: Path, **settings: Any) -> Path:
    """A tiny Llama with other settings."""

    def make() -> str:
        import torch
        from transformers import LlamaConfig, LlamaForCausalLM

        tokenizer = make_tokenizer(PLAIN)
        tokenizer.eos_token = settings.pop("eos_token", tokenizer.eos_token)
        torch.manual_seed(0)
        sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
        dtype = settings.pop("dtype", torch.float32)
        ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
        config = LlamaConfig(vocab_size=len(tokenizer), **{**sizes, **ids, **settings})
        model = LlamaForCausalLM(config).to(dtype)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return "made"

    assert matrix.in_fork(make, folder.parent / "make.log") == "made"
    return folder


def read(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text())
    return value


@pytest.mark.train
def test_sampling_without_do_sample_is_saved_with_it(root: Path) -> None:
    """Once: a traceback while saving, after the last step."""
    settings = make_tiny(root / "sampling") / "generation_config.json"
    settings.write_text(json.dumps({"temperature": 0.9, "top_p": 0.6, "eos_token_id": 2}))
    seen = trained(root, "sampling", **FULL)
    assert "do_sample" in seen.output
    saved = read(seen.folder / "final" / "generation_config.json")
    assert (saved["do_sample"], saved["temperature"], saved["top_p"]) == (True, 0.9, 0.6)


@pytest.mark.train
def test_generation_settings_that_contradict_each_other_are_left_out(root: Path) -> None:
    """transformers would refuse to save them, after the last step."""
    settings = make_tiny(root / "beams") / "generation_config.json"
    settings.write_text(json.dumps({"length_penalty": 2.0, "early_stopping": True, "eos_token_id": 2}))
    seen = trained(root, "beams", **FULL)
    assert "its other settings forbid it: early_stopping, length_penalty" in seen.output
    assert "length_penalty" not in read(seen.folder / "final" / "generation_config.json")


@pytest.mark.train
def test_a_turn_ends_generation(root: Path) -> None:
    """A base model: the tokenizer's end is <|endoftext|>, the template's turn ends with <|im_end|>."""
    llama(root / "base", eos_token="<|endoftext|>")
    for fields in (FULL, {**LORA, "merge_adapter": True}):
        seen = trained(root, "base", **fields)
        folder = seen.folder / ("final" if fields == FULL else "merged")
        assert set(read(folder / "generation_config.json")["eos_token_id"]) == {0, 2}


@pytest.mark.train
def test_what_is_saved_beside_the_weights(root: Path) -> None:
    """The base's number format, use_cache, every other file; an absolute base path; our own card."""
    import torch

    folder = llama(root / "half", dtype=torch.bfloat16, tie_word_embeddings=True)
    (folder / "preprocessor_config.json").write_text("{}")
    (folder / "modeling_own.py").write_text("raise SystemExit")
    full = trained(root, "half", **FULL, mixed_precision="bf16").folder / "final"
    assert matrix_formats(full) == {"BF16"}
    assert (read(full / "config.json")["dtype"], read(full / "config.json")["use_cache"]) == ("bfloat16", True)
    assert (full / "preprocessor_config.json").exists()
    assert not (full / "modeling_own.py").exists()
    seen = trained(root, "half", **LORA, merge_adapter=True)
    assert matrix_formats(seen.folder / "merged") == {"BF16"}
    assert read(seen.folder / "final" / "adapter_config.json")["base_model_name_or_path"] == str(folder)
    for card in (full / "README.md", seen.folder / "final" / "README.md", seen.folder / "merged" / "README.md"):
        text = card.read_text()
        assert "None" not in text
        assert all(part in text for part in ("half", "rows.jsonl", "hpc run", "from_pretrained"))


def matrix_formats(folder: Path) -> set[str]:
    from tests.families.measures import formats

    return formats(folder)


@pytest.mark.train
def test_one_dimension_does_not_decay(root: Path) -> None:
    """The decay of a state space has no name that says norm or bias."""
    from hpc_runner.corrected import corrected

    class Plain:
        def get_decay_parameter_names(self, model: Any) -> list[str]:
            return [name for name, _ in model.named_parameters()]

    class Model:
        def named_parameters(self) -> list[tuple[str, Any]]:
            import torch

            return [("A_log", torch.zeros(4)), ("proj.weight", torch.zeros(4, 4))]

    assert corrected(Plain)().get_decay_parameter_names(Model()) == ["proj.weight"]


@pytest.mark.train
def test_tied_embeddings_with_an_adapter_merge_exactly(root: Path) -> None:
    """Once: the merged model was destroyed, because what was merged into the embeddings changed the output too."""
    from tests.families.measures import distance

    llama(root / "tied", tie_word_embeddings=True)
    fields = {**LORA, "target_modules": "q_proj,v_proj,embed_tokens", "learning_rate": 0.05, "merge_adapter": True}
    seen = trained(root, "tied", **fields)
    batch = [{"batches": seen.facts["batches"]}]
    gap = matrix.in_fork(lambda: distance(str(root / "tied"), seen.folder, batch), root / "measure.log")
    assert gap < 1e-4
    assert "in the merged model input and output have one each" in seen.output
    assert "Warning" not in seen.output


@pytest.mark.train
def test_a_run_says_what_is_adapted(root: Path) -> None:
    """Experts are parameters, not modules: PEFT's own warnings say, wrongly, that they were passed over."""
    from tests.families.tiny import make

    assert matrix.in_fork(lambda: str(make("qwen3_moe", root / "moe")), root / "make.log") == str(root / "moe")
    said = trained(root, "moe/model", **LORA).output
    assert "adapters on k_proj, o_proj, q_proj, v_proj, experts.down_proj, experts.gate_up_proj, gate.weight" in said
    assert "Warning" not in said


@pytest.mark.train
def test_the_reference_has_no_dropout(root: Path) -> None:
    """Without a step of any size the model is its own reference: every loss is log 2, whatever dropout the base has."""

    def make() -> str:
        from transformers import GPT2Config, GPT2LMHeadModel

        tokenizer = make_tokenizer(PLAIN)
        ids = {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 3}
        config = GPT2Config(vocab_size=len(tokenizer), n_positions=64, n_embd=32, n_layer=2, n_head=4, **ids)
        GPT2LMHeadModel(config).save_pretrained(root / "dropout")
        tokenizer.save_pretrained(root / "dropout")
        return "made"

    assert matrix.in_fork(make, root / "make.log") == "made"
    preferences = {"trainer": "dpo", "train_data": "pairs.jsonl", "learning_rate": 1e-12}
    for fields in ({"lora_rank": 4, "lora_dropout": 0.1}, FULL):
        seen = trained(root, "dropout", **preferences, **fields)
        assert seen.losses == pytest.approx([0.6931] * len(seen.losses), abs=1e-4)


@pytest.mark.train
@pytest.mark.parametrize("bits", ["int4", pytest.param("int8", marks=pytest.mark.slow)])
def test_adapters_of_a_quantized_base_are_float32(root: Path, bits: str) -> None:
    """In bfloat16 most updates of the default learning rate are rounded away."""
    make_tiny(root / "tiny")
    seen = trained(root, "tiny", **LORA, quantization_bit=bits, learning_rate=5e-5, mixed_precision="bf16")
    assert seen.facts["trained_dtypes"] == ["torch.float32"]
    assert seen.facts["moved"] > 0
    plain = read(trained(root, "tiny", **LORA).folder / "summary.json")
    assert read(seen.folder / "summary.json")["all_parameters"] == plain["all_parameters"]


@pytest.mark.train
def test_evaluation_loss_does_not_depend_on_the_batch_size(root: Path) -> None:
    """Rows of very different length: the mean over tokens, as in training."""
    make_tiny(root / "tiny")
    rows = [{"instruction": "x", "input": "", "output": "word " * (1 + 9 * (i % 4 == 0))} for i in range(6)]
    (root / "uneven.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    evaluated = {"eval_data": "uneven.jsonl", "eval_strategy": "epoch", "learning_rate": 1e-12}
    one, four = (trained(root, "tiny", **LORA, **evaluated, batch_size=size).series("eval_loss") for size in (1, 4))
    assert one == pytest.approx(four, abs=1e-4)


@pytest.mark.train
def test_pairs_weigh_the_same_in_a_short_last_batch(root: Path) -> None:
    """Three pairs: as one batch, or as a batch of two and a batch of one; the step is the same."""
    make_tiny(root / "tiny")
    fields = {"trainer": "dpo", "train_data": "pairs.jsonl", "learning_rate": 0.01, "optimizer": "sgd", **FULL}
    whole = trained(root, "tiny", **fields, batch_size=3)
    cut = trained(root, "tiny", **fields, batch_size=2, gradient_accumulation_steps=2)
    assert cut.steps == whole.steps == 1
    assert cut.facts["moved"] == pytest.approx(whole.facts["moved"], rel=1e-3)


@pytest.mark.train
def test_a_published_quantized_model_trains(root: Path) -> None:
    """Once: its own quantization was replaced by none, and it did not load."""

    def make() -> str:
        from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

        settings = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype="float32")
        tiny = make_tiny(root / "tiny")
        AutoModelForCausalLM.from_pretrained(tiny, quantization_config=settings).save_pretrained(root / "packed")
        AutoTokenizer.from_pretrained(tiny).save_pretrained(root / "packed")
        return "made"

    assert matrix.in_fork(make, root / "make.log") == "made"
    seen = trained(root, "packed", **LORA, merge_adapter=False)
    assert any("4bit" in kind for kind in seen.facts["linears"])


@pytest.mark.train
def test_a_run_is_merged_later(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same weights as the run's own merged model; another base of other sizes is refused, and nothing is left."""
    from safetensors.numpy import load_file

    make_tiny(root / "tiny")
    llama(root / "wide", intermediate_size=96)
    seen = trained(root, "tiny", **LORA, merge_adapter=True)
    merge(root, seen.folder, "-o", "later")
    later, own = (load_file(folder / "model.safetensors") for folder in (root / "later", seen.folder / "merged"))
    assert later.keys() == own.keys()
    assert all((later[name] == own[name]).all() for name in own)
    said = merge(root, seen.folder, "-o", "other", "--set", "model=wide", code=1)
    assert "HPC588" in said
    weights = seen.folder / "final" / "adapter_model.safetensors"
    spoil(weights)
    assert merging.main(weights.parent, str(root / "tiny"), root / "other") == 1
    assert "HPC587" in capsys.readouterr().err
    assert not [path.name for path in root.iterdir() if "other" in path.name]


def spoil(weights: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(weights)
    next(iter(tensors.values()))[:] = float("nan")
    save_file(tensors, weights, {"format": "pt"})


def merge(root: Path, *words: Any, code: int = 0) -> str:
    """Run `hpc merge` in a process of its own."""
    command = [sys.executable, "-m", "hpc.cli", "merge", *map(str, words)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == code, done.stderr[-2000:]
    return done.stderr


@pytest.mark.train
def test_the_code_of_a_model_is_never_run(root: Path) -> None:
    """Not even where somebody would answer yes."""
    folder = make_tiny(root / "own")
    settings = read(folder / "config.json")
    own = {"model_type": "my", "auto_map": {"AutoConfig": "configuration_my.My", "AutoModelForCausalLM": "my.My"}}
    (folder / "config.json").write_text(json.dumps({**settings, **own}))
    (folder / "configuration_my.py").write_text("open('ran', 'w')")
    (root / "own.json").write_text(json.dumps({**JOB, "model": "own", "output_dir": "runs/own"}))
    command = [sys.executable, "-m", "hpc.cli", "run", "own.json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, input="y\n" * 9)
    assert done.returncode == 1
    assert "HPC580" in done.stderr
    assert not (root / "ran").exists()


@pytest.mark.train
def test_the_code_of_a_tokenizer_is_refused(root: Path) -> None:
    """Once: an error of transformers, which asks for trust_remote_code."""
    folder = make_tiny(root / "code")
    settings = read(folder / "tokenizer_config.json")
    own = {"auto_map": {"AutoTokenizer": ["tokenization_my.My", None]}, "tokenizer_class": "My"}
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, **own}))
    seen = train({**JOB, "model": "code", "output_dir": "runs/code", **LORA}, root)
    assert "error[HPC580]: the tokenizer of code needs Python code of its own" in seen.output


@pytest.mark.train
def test_a_training_that_dropped_rows_shorten_is_judged_again(root: Path) -> None:
    """Of eight rows two are left: two steps, and a warm-up of four."""
    make_tiny(root / "tiny")
    rows = [{"instruction": "word " * (1 + 200 * (i > 1)), "input": "", "output": "no"} for i in range(8)]
    (root / "long.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    seen = trained(root, "tiny", **LORA, train_data="long.jsonl", lr_warmup_steps=4)
    assert seen.steps == 2
    assert "warning[HPC525]: `lr_warmup_steps` is 4, but 2 rows make 2 steps of 1" in seen.output
    packed = trained(root, "tiny", **LORA, train_data="long.jsonl", lr_warmup_steps=4, packing=True)
    assert f"but {packed.steps} pack{'s' * (packed.steps > 1)} make {packed.steps} step" in packed.output


def test_the_template_of_a_base_model_begins_as_its_tokenizer_does() -> None:
    """Gemma, Llama 2 and Mistral saw their first token before every text; other models never did."""
    from tokenizers.processors import TemplateProcessing

    from hpc_runner.templates import ensure_template

    turns = [{"role": "user", "content": "Hello"}]
    for adds in (False, True):
        tokenizer = make_tokenizer(None)
        first = tokenizer.bos_token
        if adds:
            processing = TemplateProcessing(single=f"{first} $A", special_tokens=[(first, tokenizer.bos_token_id)])
            tokenizer._tokenizer.post_processor = processing
        ensure_template(tokenizer)
        text = tokenizer.apply_chat_template(turns, tokenize=False)
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert ids.count(tokenizer.bos_token_id) == (ids[0] == tokenizer.bos_token_id) == adds


@pytest.mark.train
@pytest.mark.slow
@pytest.mark.parametrize("loss", [{"pref_ftx": 1}, {"pref_loss": "orpo"}], ids=["pref_ftx", "orpo"])
def test_supervised_losses_inside_preference_losses_are_means_of_a_micro_batch(
    root: Path, loss: dict[str, Any]
) -> None:
    """docs/reference/models.md says so: with rows of one length the cut changes nothing, with others a little."""
    make_tiny(root / "tiny")
    turn = {"from": "gpt", "value": "no"}
    for name, lengths in {"even": (4, 4), "odd": (2, 12)}.items():
        rows = [{"conversations": [{"from": "human", "value": "x"}], "rejected": turn} for _ in lengths]
        answers = [{"from": "gpt", "value": "word " * length} for length in lengths]
        text = (json.dumps({**row, "chosen": answer}) + "\n" for row, answer in zip(rows, answers, strict=True))
        (root / f"{name}.jsonl").write_text("".join(text))
    fields = {"trainer": "dpo", "learning_rate": 0.01, "optimizer": "sgd", "max_grad_norm": 0, **loss, **FULL}
    gaps = {}
    for name in ("even", "odd"):
        whole = trained(root, "tiny", **fields, train_data=f"{name}.jsonl", batch_size=2)
        cut = trained(root, "tiny", **fields, train_data=f"{name}.jsonl", gradient_accumulation_steps=2)
        gaps[name] = abs(cut.facts["moved"] / whole.facts["moved"] - 1)
    assert gaps["even"] < 1e-3
    assert gaps["odd"] < 0.5
