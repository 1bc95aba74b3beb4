"""Data that users brought along: what `hpc data` says of it, what is learned, and that doctor and the run agree.

Each case is one from a public report, in small rows of its own. A command is `hpc data` with the model beside it; what
doctor and the run say comes from the functions that they call.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.tiny import PLAIN, make_tiny, make_tokenizer

from hpc.compile import lower_all
from hpc.resolve import resolve
from hpc.source import parse
from hpc.write import write_artifacts
from hpc_runner import look
from hpc_runner.__main__ import check
from hpc_runner.errors import RunnerError
from hpc_runner.needs import needs_of
from hpc_runner.plan import Plan, load_plan
from hpc_runner.preflight import inspect
from hpc_runner.trainers import load_data

END = "<|im_end|>"
ASK = {"instruction": "What is the capital of France?", "output": "Paris, of course."}
TURNS = [{"role": "user", "content": "How many?"}, {"role": "assistant", "content": "One, two, three!"}]
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
LATE = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set turns = messages[1:] %}"
    "{% else %}{% set turns = messages %}{% endif %}"
    "{% for message in turns %}{% if message['role'] == 'user' %}[INST]"
    "{% if loop.last and system is defined %}{{ system }} {% endif %}{{ message['content'] }}[/INST]"
    "{% else %}{{ message['content'] }}<|im_end|>{% endif %}{% endfor %}"
)
FORGETFUL = PLAIN.replace("{{ message['content'] }}", "{{ message['content'].split('</think>')[-1] }}")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str | None], Path]:
    """A tiny model with a template, made once each."""
    made: dict[str | None, Path] = {}

    def model(template: str | None) -> Path:
        if template not in made:
            made[template] = make_tiny(tmp_path_factory.mktemp("model") / "tiny", template=template)
        return made[template]

    return model


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HPC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(look, "try_model", lambda _plan: [])  # It says nothing of rows, and takes a second.


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def said(*rows: dict[str, str]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def plan_of(model: Path, values: dict[str, Any]) -> Plan:
    own = {"model": str(model), "train_data": "d.jsonl", "batch_size": 1, "gradient_accumulation_steps": 1}
    config = resolve(parse(json.dumps({**own, **values}), "json", "job.json"))
    write_artifacts("build", list(lower_all(config).values()))
    return load_plan(Path("build"))


def judged(plan: Plan, **asked: Any) -> dict[str, str]:
    """What each of the three says of the data: codes with severities. They must agree on errors and warnings."""
    needs = needs_of(plan, **asked)
    data = {"train_data", "eval_data"}
    seen = look.look(plan, evaluation=False, row=None, ids=False, **asked)
    shown = {problem["code"]: problem["severity"] for problem in seen["problems"]}
    doctor = [*inspect(plan, **asked)]
    if not any(problem.severity == "error" for problem in doctor):
        doctor += look.until_training(plan, needs)
    by_doctor = {problem.code: problem.severity for problem in doctor if problem.subject in data}
    refused: set[str] = set()
    try:
        load_data(plan, look.load_tokenizer(plan), 1, skip_bad_rows=needs.skip_bad_rows)
    except RunnerError as error:
        refused = {problem.code for problem in error.problems} or {error.code}
    of_command = {code: severity for code, severity in shown.items() if code != "HPC577"}
    assert of_command == by_doctor
    assert refused == {code for code, severity in shown.items() if severity == "error"}
    return shown


def learned(plan: Plan, row: int = 1, **asked: Any) -> list[str]:
    shown = look.look(plan, evaluation=False, row=row, ids=False, **asked)["shown"]
    return [span for entry in shown for span in entry["learned"]]


def text(plan: Plan, row: int = 1) -> str:
    return str(look.look(plan, evaluation=False, row=row, ids=False)["shown"][0]["text"])


GOOD = {
    "alpaca system and history": (
        {**ASK, "system": "be brief", "history": [["How many?", "One."]]},
        ["One.<|im_end|>", f"Paris, of course.{END}"],
    ),
    "flags of turns": (
        {"messages": [*TURNS[:1], {**TURNS[1], "weight": 0}, *TURNS]},
        [f"One, two, three!{END}"],
    ),
    "openai messages": ({"messages": TURNS}, [f"One, two, three!{END}"]),
    "sharegpt with the roles of openai": (
        {"conversations": [{"from": "user", "value": "How many?"}, {"from": "assistant", "value": "One."}]},
        [f"One.{END}"],
    ),
    "dolly": ({"instruction": "How many?", "context": "", "response": "One."}, [f"One.{END}"]),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_rows_mean_is_learned(name: str, models: Callable[[str | None], Path]) -> None:
    row, spans = GOOD[name]
    Path("d.jsonl").write_text(lines(row))
    plan = plan_of(models(PLAIN), {})
    assert judged(plan) == {}
    assert learned(plan) == spans
    assert ("be brief" in text(plan)) is ("system" in row)


def test_rows_under_one_key(models: Callable[[str | None], Path]) -> None:
    Path("d.json").write_text(json.dumps({"version": 1, "data": [ASK]}))
    plan = plan_of(models(PLAIN), {"train_data": "d.json"})
    assert judged(plan) == {}
    assert learned(plan) == [f"Paris, of course.{END}"]


REFUSED = {
    "pandas columns": (
        "d.json",
        json.dumps({"instruction": {"0": "a"}, "output": {"0": "b"}}).encode(),
        "HPC521",
        "orient",
    ),
    "excel semicolons": ("d.csv", b"instruction;output\na;b\n", "HPC521", "commas"),
    "excel cp1252": ("d.csv", "instruction,output\ncaf\u00e9,b\n".encode("cp1252"), "HPC521", "WINDOWS-1252"),
    "excel utf-16": ("d.csv", "instruction,output\na,b\n".encode("utf-16"), "HPC521", "UTF-16"),
    "lfs pointer": (
        "d.jsonl",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "HPC521",
        "git lfs pull",
    ),
    "two sets in one string": ("a.jsonl,b.jsonl", None, "HPC567", '["a.jsonl", "b.jsonl"]'),
    "columns in capitals": ("d.jsonl", lines({"Instruction ": "a", "Output": "b"}).encode(), "HPC523", "lower case"),
    "documents for sft": ("d.jsonl", lines({"text": "a"}).encode(), "HPC523", '"pt"'),
}


@pytest.mark.parametrize("name", REFUSED)
def test_files_from_elsewhere_are_refused_with_the_way_out(name: str, models: Callable[[str | None], Path]) -> None:
    file, content, code, way_out = REFUSED[name]
    if content is not None:
        Path(file).write_bytes(content)
    plan = plan_of(models(PLAIN), {"train_data": file})
    seen = look.look(plan, evaluation=False, row=None, ids=False)
    assert [problem["code"] for problem in seen["problems"]] == [code]
    assert way_out in seen["problems"][0]["help"]
    doctor = {p.code for p in inspect(plan) if p.subject == "train_data" and p.severity == "error"}
    assert doctor == {code}


def test_a_huge_number_in_a_column_that_is_not_used(models: Callable[[str | None], Path]) -> None:
    Path("d.jsonl").write_text(lines(ASK)[:-2] + ', "id": ' + "9" * 5000 + "}\n" + lines(ASK | {"output": "No."}))
    plan = plan_of(models(PLAIN), {})
    assert judged(plan) == {"HPC564": "note"}
    assert learned(plan, 2) == [f"No.{END}"]


def test_a_folder_with_splits_and_files_that_are_no_data(models: Callable[[str | None], Path]) -> None:
    Path("data").mkdir()
    for split in ("train", "test"):
        Path(f"data/{split}.jsonl").write_text(lines(ASK | {"output": split}))
    Path("data/LICENSE.txt").write_text("Apache")
    Path("data/dataset_info.json").write_text(json.dumps({"a": {"file_name": "train.jsonl"}}))
    plan = plan_of(models(PLAIN), {"train_data": "data"})
    assert judged(plan) == {"HPC562": "note"}
    assert look.look(plan, evaluation=False, row=None, ids=False)["rows"] == 1
    assert learned(plan) == [f"train{END}"]


@pytest.mark.parametrize("file", ["d.jsonl", "copy.jsonl", "some.jsonl"])
def test_evaluation_on_rows_that_are_trained_on(file: str, models: Callable[[str | None], Path]) -> None:
    rows = [ASK | {"output": f"{n}"} for n in range(4)]
    Path("d.jsonl").write_text(lines(*rows))
    Path("copy.jsonl").write_text(lines(*rows))
    Path("some.jsonl").write_text(lines(rows[2], ASK | {"output": "new"}, rows[0]))
    plan = plan_of(models(PLAIN), {"eval_data": file, "eval_strategy": "epoch"})
    assert judged(plan) == {"HPC563": "warning"}
    if file == "some.jsonl":
        (problem,) = look.look(plan, evaluation=True, row=None, ids=False)["problems"]
        assert "2 of 3 rows of some.jsonl are also in the training data" in problem["message"]


def test_answers_that_the_length_cuts(models: Callable[[str | None], Path]) -> None:
    long = [ASK | {"output": f"{n} " + "x" * 50} for n in range(9)]
    Path("d.jsonl").write_text(lines(*long, ASK | {"output": "Yes."}))
    plan = plan_of(models(PLAIN), {"max_sequence_length": 48})
    assert judged(plan) == {"HPC568": "warning"}
    seen = look.look(plan, evaluation=False, row=None, ids=False)
    assert seen["problems"][0]["message"].startswith(
        "9 of 10 rows of d.jsonl are longer than 48 tokens and lose their end;"
    )
    assert seen["cut"]["rows"] == 9
    assert seen["cut"]["tokens"] > 0


def test_no_answer_within_the_length(models: Callable[[str | None], Path]) -> None:
    Path("d.jsonl").write_text(lines(ASK | {"instruction": "x" * 100}))
    assert judged(plan_of(models(PLAIN), {"max_sequence_length": 32}))["HPC569"] == "error"


PAIR = {"prompt": "How many?", "chosen": "One.", "rejected": "Two."}


@pytest.mark.parametrize("loss", ["sigmoid", "kto_pair", "orpo", "simpo"])
def test_pairs(loss: str, models: Callable[[str | None], Path]) -> None:
    """Every loss is given the same tokens, which are those of a conversation; equal answers are malformed."""
    listed = {side: [{"role": "assistant", "content": PAIR[side]}] for side in ("chosen", "rejected")}
    Path("d.jsonl").write_text(lines(PAIR, {"instruction": "How many?", **listed} | {"prompt": "How many?"}))
    plan = plan_of(models(PLAIN), {"trainer": "dpo", "pref_loss": loss})
    assert learned(plan) == [f"One.{END}", f"Two.{END}"]
    Path("d.jsonl").write_text(lines(PAIR, {**PAIR, "rejected": "One."}))
    assert judged(plan_of(models(PLAIN), {"trainer": "dpo", "pref_loss": loss})) == {"HPC524": "error"}
    assert judged(plan, skip_bad_rows=True) == {"HPC524": "warning"}


def test_alpaca_pairs(models: Callable[[str | None], Path]) -> None:
    Path("d.jsonl").write_text(lines({"instruction": "How many?", "chosen": "One.", "rejected": "Two."}))
    plan = plan_of(models(PLAIN), {"trainer": "dpo"})
    assert judged(plan) == {}
    assert learned(plan) == [f"One.{END}", f"Two.{END}"]


def test_a_pair_whose_prompt_fills_the_length_is_left_out(models: Callable[[str | None], Path]) -> None:
    tokenizer = make_tokenizer(PLAIN)
    prompt = tokenizer.apply_chat_template([{"role": "user", "content": "x" * 40}], add_generation_prompt=True)
    Path("d.jsonl").write_text(lines(PAIR, {**PAIR, "prompt": "x" * 40}))
    limit = len(prompt["input_ids"])
    plan = plan_of(models(PLAIN), {"trainer": "dpo", "pref_loss": "orpo", "max_sequence_length": limit})
    assert judged(plan)["HPC569"] == "warning"
    assert len(load_data(plan, look.load_tokenizer(plan), 1, skip_bad_rows=False)[0]) == 1


def test_reasoning_that_the_template_drops_is_learned(models: Callable[[str | None], Path]) -> None:
    Path("d.jsonl").write_text(lines(ASK | {"output": "<think>\nHm.\n</think>\n\nParis."}))
    plan = plan_of(models(FORGETFUL), {})
    assert judged(plan) == {}
    assert learned(plan) == [f"<think>\nHm.\n</think>\n\nParis.{END}"]


def test_a_template_that_refuses_a_system_turn(models: Callable[[str | None], Path]) -> None:
    Path("d.jsonl").write_text(lines(ASK, ASK | {"system": "be brief"}))
    plan = plan_of(models(NO_SYSTEM + PLAIN), {})
    assert judged(plan) == {"HPC524": "error"}
    (place,) = look.look(plan, evaluation=False, row=None, ids=False)["malformed"]
    assert (place["file"], place["row"]) == ("d.jsonl", 2)
    assert "System role not supported" in place["reason"]
    assert judged(plan, skip_bad_rows=True) == {"HPC524": "warning"}


def test_a_system_text_in_the_last_question_only(models: Callable[[str | None], Path]) -> None:
    Path("d.jsonl").write_text(lines(ASK | {"system": "be brief"}))
    plan = plan_of(models(LATE), {})
    assert judged(plan) == {}
    assert learned(plan) == [f"Paris, of course.{END}"]
    assert text(plan) == f"[INST]be brief What is the capital of France?[/INST]Paris, of course.{END}"


def test_a_base_model_without_a_template_begins_as_its_tokenizer_does(tmp_path: Path) -> None:
    from tokenizers.processors import TemplateProcessing

    model = make_tiny(tmp_path / "bare", template=None)
    tokenizer = make_tokenizer(None)
    start = "<|endoftext|>"
    tokenizer._tokenizer.post_processor = TemplateProcessing(single=f"{start} $A", special_tokens=[(start, 0)])
    tokenizer.save_pretrained(model)
    Path("d.jsonl").write_text(lines(ASK))
    assert text(plan_of(model, {})).startswith(f"{start}<|im_start|>user")
    assert text(plan_of(model, {})).count(start) == 1
    Path("d.jsonl").write_text(lines({"text": "Once upon a time."}))
    assert text(plan_of(model, {"trainer": "pt"})) == f"{start}Once upon a time.{END}"


def test_a_token_beyond_the_embedding(tmp_path: Path) -> None:
    model = make_tiny(tmp_path / "added")
    tokenizer = make_tokenizer(PLAIN)
    tokenizer.add_tokens(["<new>"])
    tokenizer.save_pretrained(model)
    Path("d.jsonl").write_text(lines(ASK, ASK | {"output": "It is <new>."}))
    plan = plan_of(model, {})
    assert judged(plan) == {"HPC573": "error"}
    (problem,) = look.look(plan, evaluation=False, row=None, ids=False)["problems"]
    assert f"<new> ({len(tokenizer) - 1}) in d.jsonl row 2" in problem["message"]


def test_special_tokens_in_a_text(models: Callable[[str | None], Path]) -> None:
    Path("d.jsonl").write_text(lines(ASK | {"output": "It ends with <|im_end|> here."}))
    assert judged(plan_of(models(PLAIN), {})) == {"HPC572": "warning"}


def test_a_book_with_lines_wrapped_by_hand(models: Callable[[str | None], Path]) -> None:
    words = ("the quick brown fox jumps over a lazy dog and then it rests in the sun for a while before it") * 6
    wrapped = "\n".join(words[n : n + 70] for n in range(0, 560, 70))
    Path("d.txt").write_text(wrapped + "\n")
    plan = plan_of(models(PLAIN), {"trainer": "pt", "train_data": "d.txt"})
    assert judged(plan) == {"HPC565": "note", "HPC566": "warning"}
    (note,) = [p for p in look.look(plan, evaluation=False, row=None, ids=False)["problems"] if p["code"] == "HPC565"]
    assert "makes 8 documents" in note["message"]


def test_rows_that_are_there_twice_are_counted_by_the_command(models: Callable[[str | None], Path]) -> None:
    Path("d.jsonl").write_text(lines(ASK, ASK, ASK))
    assert judged(plan_of(models(PLAIN), {})) == {"HPC577": "warning"}


def test_doctor_counts_all_rows_where_the_first_ones_show_the_same(models: Callable[[str | None], Path]) -> None:
    Path("d.jsonl").write_text(lines(*({**ASK, "id": number} for number in range(300))))
    assert check(plan_of(models(PLAIN), {}), Path("answer.json")) == 0
    told = [entry["message"] for entry in json.loads(Path("answer.json").read_text()) if entry["code"] == "HPC564"]
    assert told == ["d.jsonl has a column that is not used: `id` (300 rows)"]
