"""``hpc ask``: the model of a run answers, merged or base and adapter, in its own template, streamed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hpc.cli import main
from tests.end_to_end.jobs import ENVIRONMENT
from tests.end_to_end.tiny import make_tiny

QUESTION = "What is the capital of France?"
SYSTEM = "Answer in one word."
TOKENS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA run with a merged model of other weights, so that it shows which of the two answered; and a full run."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tmp_path_factory.mktemp("ask")
    base = make_tiny(folder / "model")
    for name, kind in (
        ("lora", "conversation"),
        ("full", "conversation"),
        ("pt", "corpus"),
        ("stopped", "conversation"),
        ("advised", "conversation"),
    ):
        (folder / name / "build").mkdir(parents=True)
        data = {"kind": kind} | ({"system_prompt": SYSTEM} if name == "advised" else {})
        plan = {"hpc": "0.1.0", "model": {"path": str(base)}, "data": data}
        (folder / name / "build" / "plan.json").write_text(json.dumps(plan))
    config = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    get_peft_model(AutoModelForCausalLM.from_pretrained(base), config).save_pretrained(folder / "lora" / "final")
    AutoTokenizer.from_pretrained(base).save_pretrained(folder / "lora" / "final")
    make_tiny(folder / "full" / "final", seed=1)
    make_tiny(folder / "pt" / "final", seed=1)
    make_tiny(folder / "advised" / "final", seed=1)
    return folder


def expected(model: Path, adapter: Path | None = None, *, chat: bool = True, system: str = "") -> str:
    """What transformers answers by itself."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(model)
    loaded: Any = AutoModelForCausalLM.from_pretrained(model)
    if adapter:
        loaded = PeftModel.from_pretrained(loaded, str(adapter))
    text = QUESTION
    if chat:
        turns = [{"role": "system", "content": system}] if system else []
        turns.append({"role": "user", "content": QUESTION})
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    ids = tokenizer(text, return_tensors="pt", add_special_tokens=not chat)
    made = loaded.generate(**ids, max_new_tokens=TOKENS, do_sample=False)
    return str(tokenizer.decode(made[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)).strip()


def ask(folder: Path, *words: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hpc.cli", "ask", *words, "--max-tokens", str(TOKENS)]
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, input=typed, capture_output=True, text=True, timeout=300
    )


@pytest.fixture
def answer(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What `hpc ask` answers, whose process is this one: it has the libraries already."""
    from hpc_runner import asking

    monkeypatch.chdir(folder)
    monkeypatch.setattr("hpc.commands.ask.call", lambda command: asking.main(command[3:]))

    def answered(*words: str) -> str:
        assert main(["ask", *words, "--max-tokens", str(TOKENS)]) == 0
        return capsys.readouterr().out.strip()

    return answered


def test_base_and_adapter_then_the_base_alone(folder: Path, answer: Callable[..., str]) -> None:
    adapted, plain = answer("lora", QUESTION), answer("lora", QUESTION, "--base")
    assert adapted == expected(folder / "model", folder / "lora" / "final")
    assert plain == expected(folder / "model")
    assert adapted != plain


def test_questions_one_after_the_other(folder: Path) -> None:
    done = ask(folder, "full", typed=f"{QUESTION}\nAnd of Spain?\n\nnever asked\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(expected(folder / "full" / "final"))
    assert len(done.stdout.strip().splitlines()) >= 2
    assert "Traceback" not in done.stderr


def test_the_system_prompt_of_the_training_stays(folder: Path, answer: Callable[..., str]) -> None:
    """Also before the base model, so that the two can be compared."""
    model = folder / "advised" / "final"
    assert expected(model, system=SYSTEM) != expected(model)
    assert answer("advised", QUESTION) == expected(model, system=SYSTEM)
    assert answer("advised", QUESTION, "--base") == expected(folder / "model", system=SYSTEM)


def test_a_corpus_model_goes_on_with_the_text(folder: Path, answer: Callable[..., str]) -> None:
    assert answer("pt", QUESTION) == expected(folder / "pt" / "final", chat=False)


def test_a_merged_model_comes_first(folder: Path) -> None:
    from hpc_disk.runs import answering

    assert answering(folder / "lora", base=False).adapter == str(folder / "lora" / "final")
    (folder / "lora" / "merged").mkdir()
    chosen = answering(folder / "lora", base=False)
    (folder / "lora" / "merged").rmdir()
    assert (chosen.model, chosen.adapter) == (str(folder / "lora" / "merged"), None)


@pytest.mark.parametrize(
    ("words", "code"),
    [(["stopped", "x"], "HPC731"), (["model", "x"], "HPC730"), (["nowhere"], "HPC730")],
)
def test_what_cannot_be_asked(
    words: list[str], code: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(["ask", *words]) == 2
    said = capsys.readouterr().err
    assert code in said
    assert "-->" not in said


def test_a_damaged_model_is_an_explained_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from hpc_runner.asking import main as runner

    broken = folder / "broken"
    make_tiny(broken)
    (broken / "model.safetensors").write_bytes(b"\0" * 64)
    # A plan that is not there is read as an empty one.
    assert runner(["--tokenizer", str(broken), "--plan", "none", str(broken), QUESTION]) == 1
    assert "error[HPC501]" in capsys.readouterr().err


def test_an_answer_on_a_full_disk_is_no_traceback(folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "hpc_runner.asking",
        "--max-tokens",
        "8",
        "--plan",
        "full/build/plan.json",
        "--tokenizer",
        "full/final",
    ]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*command, "full/final", QUESTION], cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "cannot write the output: No space left on device" in done.stderr
