"""The one status of a job, what stands against it, and the buttons that take it away."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hpc.edit import apply
from hpc.source import parse
from hpc.source.document import Format
from hpc_ui.suggest import with_suggestions
from hpc_ui.verdict import missing, verdict
from tests.shapes import SMOLLM2_135M
from tests.ui.driver import Driver
from tests.ui.served import Served

NOTHING = {"overwrite": False, "skip_bad_rows": False}


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ('{"lora_rank": 8, "training_type": "full"}', ["remove `lora_rank`"]),
        (
            '{"quantization_bit": "int4", "training_type": "full"}',
            ['set `training_type` to "lora"', 'set `quantization_bit` to "none"'],
        ),
        ('{"learning_rate": 3}', ["set `learning_rate` to 0.0002"]),
        ('{"zero_stage": 7, "distributed_backend": "deepspeed"}', [f"set `zero_stage` to {n}" for n in (1, 2, 3)]),
        ('{"lerning_rat": 1e-4}', ["rename it to `learning_rate`", "remove `lerning_rat`"]),
    ],
)
def test_what_a_help_suggests_is_a_button(text: str, offered: list[str]) -> None:
    (told,) = verdict(text, "jsonc", "x.jsonc")["diagnostics"]
    assert [fix["description"] for fix in told["fixes"]] == offered


BROKEN = [
    '{"trainer": "dpo", "pref_beta": 0}',
    '{"optimizer": "lion"}',
    '{"epochs": "two"}',
    '{"checkpoint_strategy": "steps", "checkpoint_steps": 10, "save_best_checkpoint": true}',
    '{"distributed_backend": "deepspeed", "offload": "all", "zero_stage": 2}',
    '{"eval_strategy": "no", "eval_steps": 5}',
]


@pytest.mark.parametrize("text", BROKEN)
def test_every_button_takes_its_problem_away(text: str) -> None:
    from hpc.check import check

    document = parse(text, "json", "x.json")
    found = check(document).diagnostics
    buttons = [(told, fix) for told, fixes in with_suggestions(document, list(found)) for fix in fixes]
    assert buttons
    for told, fix in buttons:
        after = check(parse(apply(text, fix.edits), "json", "x.json")).diagnostics
        assert (told.code, told.pointer) not in {(d.code, d.pointer) for d in after}


@pytest.mark.parametrize(
    ("text", "format_"), [("trainer: dpo\n# why\nepochs: 2\n", "jsonc"), ('{"epochs": 2}', "toml")]
)
def test_a_job_of_another_format_can_be_converted_in_place(text: str, format_: Format) -> None:
    told, *_ = verdict(text, format_, f"x.{format_}")["diagnostics"]
    (fix,) = told["fixes"]
    assert fix["description"].startswith("convert it from")
    (change,) = fix["changes"]
    assert parse(change["insert"], format_, "x").values["epochs"] == 2


def test_the_summary_does_not_know_what_depends_on_a_wrong_value() -> None:
    rows = {row["title"]: row["value"] for row in verdict('{"batch_size": 0}', "json", "x.json")["summary"]}
    assert rows["Global batch"] == "—"
    assert rows["Learning rate"] != "—"


def test_the_memory_is_not_known_where_a_value_that_it_depends_on_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(SMOLLM2_135M))
    job = {"model": str(tmp_path), "lora_rank": 8, "batch_size": 1}
    for change, known in (({}, True), ({"epochs": 0}, True), ({"batch_size": "4"}, False), ({"lora_rank": 0}, False)):
        rows = {row["title"]: row["value"] for row in verdict(json.dumps(job | change), "json", "x.json")["summary"]}
        assert (rows["Memory"] != "—") == known, change


def test_what_the_disk_lacks_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs/x/final").mkdir(parents=True)
    codes = {told["code"]: told for told in missing('{"train_data": "no/such.jsonl"}', "json", "x.json", **NOTHING)}
    assert {"HPC704", "HPC540"} <= set(codes)
    ways = [fix["description"] for fix in codes["HPC540"]["fixes"]]
    assert ways == ["resume it", "use the new folder `runs/x-2`"]


def test_an_empty_job_is_not_ready_and_says_what_it_needs(driver: Driver) -> None:
    train = driver.page.get_by_role("button", name="Train", exact=True)
    assert driver.verdict() == "Not ready to train"
    assert train.is_disabled()
    driver.set("batch_size", 0)
    assert driver.verdict() == "1 error"
    assert train.get_attribute("title") == "Fix the errors first."
    driver.page.get_by_role("button", name="Choose a model…").wait_for(state="detached")
    driver.set("batch_size", 1)
    assert driver.page.get_by_role("button", name="Choose a model…").is_visible()


def test_the_page_of_a_rule_shows_names_as_code(driver: Driver) -> None:
    driver.set("batch_size", "x")
    driver.field("batch_size").get_by_role("button", name="HPC103").click()
    rule = driver.page.get_by_role("dialog", name="HPC103")
    assert "`" not in rule.inner_text()
    assert re.search(r"What to do\n+[A-Z]", rule.inner_text())
    rule.get_by_role("button", name="Close").click()


def test_data_is_chosen_not_typed(driver: Driver) -> None:
    page = driver.page
    page.get_by_role("button", name="Choose training data", exact=True).click()
    dialog = page.get_by_role("dialog")
    for name in ("examples/", "data/", "questions_train.jsonl"):
        dialog.get_by_role("button", name=name, exact=True).click()
    dialog.wait_for(state="detached")
    driver.settle()
    assert driver.field("train_data").get_by_role("textbox").input_value() == "examples/data/questions_train.jsonl"
    page.get_by_role("tab", name="Data").click()
    page.get_by_role("button", name="Look at the rows").click()
    page.get_by_text(re.compile("rows, format [a-z]+")).wait_for()


def test_all_safe_fixes_at_once_and_their_undo(driver: Driver) -> None:
    broken = '{\n  "trainer": "DPO",\n  "epochs": "2"\n}\n'
    driver.write(broken)
    driver.page.get_by_role("button", name="Fix all").click()
    driver.page.get_by_text("2 fixes applied.").wait_for()
    driver.settle()
    assert driver.verdict() == "Not ready to train"
    driver.page.get_by_role("status").get_by_role("button", name="Undo").click()
    driver.settle()
    assert driver.verdict() == "2 errors"
    assert driver.text() == broken


def test_ctrl_z_and_ctrl_s_work_in_the_form(driver: Driver) -> None:
    driver.set("batch_size", 4)
    driver.set("epochs", 7)
    driver.page.keyboard.press("Control+z")
    driver.settle()
    assert driver.field("epochs").get_by_role("textbox").input_value() == "1"
    assert driver.field("batch_size").get_by_role("textbox").input_value() == "4"
    driver.page.keyboard.press("Control+Shift+z")
    driver.settle()
    assert driver.field("epochs").get_by_role("textbox").input_value() == "7"
    driver.page.keyboard.press("Control+s")
    driver.page.get_by_role("dialog", name="Save as").wait_for()


def test_the_undo_of_a_message_is_gone_after_the_next_edit(driver: Driver) -> None:
    driver.set("seed", 5)
    driver.page.get_by_role("checkbox", name="Training runtime", exact=True).uncheck()
    driver.page.get_by_text("Training runtime: back to the defaults.").wait_for()
    driver.set("epochs", 3)
    driver.page.get_by_text("Training runtime: back to the defaults.").wait_for(state="detached")


DRAWN = """async () => {
    const { createStore } = await import("./store.js");
    const { html, render } = await import("./vendor.js");
    const store = createStore({ values: {}, pointed: [], other: 0 });
    let drawn = 0;
    const parts = (state) => [state.values, state.pointed.includes("a")];
    const Part = () => { drawn += 1; store.use(parts); return html`<i />`; };
    const settle = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const after = async (change) => { const before = drawn; store.set(change); await settle(); return drawn - before; };
    render(html`<${Part} />`, document.createElement("div"));
    await settle();
    const elsewhere = [await after({ other: 1 }), await after({ pointed: ["b"] })];
    return [...elsewhere, await after({ pointed: ["a"] }), await after({ values: {} })];
}"""


def test_only_what_shows_a_change_is_drawn_again(driver: Driver) -> None:
    assert driver.page.evaluate(DRAWN) == [0, 0, 1, 1]


SHORT_AT_ONCE = """() => {
    const given = window.setTimeout;
    window.setTimeout = (action, wait, ...more) => given(action, wait === 6000 ? 0 : wait, ...more);
}"""
"""Messages that go after six seconds go at once."""


def test_a_message_with_news_that_a_file_cannot_tell_stays(driver: Driver) -> None:
    driver.page.evaluate(SHORT_AT_ONCE)
    driver.page.get_by_role("button", name="train_lora_sft").click()
    driver.page.get_by_role("region", name="Start from a recipe").wait_for(state="detached")
    for format_, stays in (("yaml", False), ("json", True)):
        driver.settle()
        driver.page.get_by_role("button", name="Save as…").click()
        driver.page.get_by_role("combobox", name="Format", exact=True).select_option(format_)
        driver.page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
        driver.page.get_by_role("heading", level=1, name=f"train_lora_sft.{format_}").wait_for(state="attached")
        message = driver.page.get_by_text(f"Saved train_lora_sft.{format_}.")
        message.wait_for(state="visible" if stays else "detached")
    driver.settle()
    assert "comments were left out: plain JSON has no comments." in message.inner_text()


def test_a_recipe_is_saved_as_yaml_with_its_comments(driver: Driver) -> None:
    driver.page.get_by_role("button", name="train_lora_sft").click()
    driver.page.get_by_role("region", name="Start from a recipe").wait_for(state="detached")
    driver.page.get_by_role("button", name="Save as…").click()
    driver.page.get_by_role("combobox", name="Format", exact=True).select_option("yaml")
    driver.page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    driver.page.get_by_text("Saved train_lora_sft.yaml.").wait_for()
    text = (driver.served.folder / "train_lora_sft.yaml").read_text()
    assert "# ---- Job: " in text
    assert "learning_rate: 0.0002" in text
    assert driver.text() == text


def test_fields_are_found_and_those_that_do_not_apply_say_why(driver: Driver) -> None:
    driver.set("epochs", 3)
    driver.page.get_by_role("searchbox", name="Search fields").fill("zero")
    row = driver.field("zero_stage")
    assert row.get_by_role("radio").first.is_disabled()
    assert "Applies only when distributed_backend is deepspeed" in row.locator(".help").inner_text()
    driver.page.get_by_role("searchbox", name="Search fields").fill("")
    driver.page.get_by_role("checkbox", name="Only what I changed").check()
    assert [row.get_attribute("data-field") for row in driver.page.locator(".field").all()] == ["epochs"]


def test_a_pasted_config_of_another_tool_is_imported(driver: Driver) -> None:
    driver.write("base_model: org/m\nadapter: lora\nlora_r: 4\nmicro_batch_size: 1\n")
    driver.page.locator(".verdict").get_by_role("button", name=re.compile("Fix: import it from Axolotl")).click()
    driver.settle()
    assert '"lora_rank": 4' in driver.text()
    assert driver.verdict() == "Not ready to train"


def test_an_opened_config_of_another_tool_is_imported_in_its_format(driver: Driver) -> None:
    theirs = "model_name_or_path: org/m\nstage: sft\nfinetuning_type: lora\nlora_rank: 4\ndataset: a.json\n"
    (driver.served.folder / "theirs.yaml").write_text(theirs)
    driver.open("theirs.yaml")
    driver.page.locator(".verdict").get_by_role("button", name=re.compile("Fix: import it from LLaMA-Factory")).click()
    driver.settle()
    text = driver.text()
    assert "\nlora_rank: 4" in text
    assert "\ntraining_type: lora  # finetuning_type, line 3\n" in text


def test_the_page_opens_again_where_it_was(driver: Driver) -> None:
    (driver.served.folder / "again.jsonc").write_text('{\n  "epochs": 2\n}\n')
    driver.open("again.jsonc")
    driver.page.get_by_role("tab", name="Data").click()
    driver.visit()
    assert driver.page.get_by_role("heading", level=1).inner_text() == "again.jsonc"
    assert driver.page.get_by_role("tab", name="Data").get_attribute("aria-selected") == "true"


def test_a_new_line_after_a_brace_is_indented(driver: Driver) -> None:
    driver.write("")
    driver.page.keyboard.type("{")
    driver.page.keyboard.press("Enter")
    driver.page.keyboard.type("// here")
    driver.settle()
    assert driver.text() == "{\n  // here\n}"


def test_earlier_runs_are_listed_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hpc_ui.configs import Refused
    from hpc_ui.runs import earlier, listed

    monkeypatch.chdir(tmp_path)
    run = tmp_path / "runs/one"
    for folder in ("build", "final"):
        (run / folder).mkdir(parents=True)
    (run / "build/plan.json").write_text('{"hpc": "1", "name": "one", "source": "one.json"}')
    (run / "metrics.jsonl").write_text('{"step": 4, "loss": 1.5, "max_steps": 4, "elapsed": 2.0}\n')
    (run / "summary.json").write_text('{"steps": 4, "ended": null, "results": {"adapter": "runs/one/final"}}')
    (known,) = listed()
    assert (known["folder"], known["state"], known["loss"]) == ("runs/one", "finished", 1.5)
    shown = earlier("runs/one")
    assert shown["metrics"][0]["max_steps"] == 4
    assert 'AutoPeftModelForCausalLM.from_pretrained("runs/one/final"' in shown["snippet"]
    assert shown["files"][:2] == ["runs/one/final", "runs/one/metrics.jsonl"]
    with pytest.raises(Refused):
        earlier("../elsewhere")


def test_models_of_this_folder_and_of_the_cache_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hpc_ui.choose import models

    cached = tmp_path / "hub/models--org--name/snapshots/1"
    for folder in (tmp_path / "here/mine", cached):
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert models() == [
        {"name": "mine", "where": "in this folder"},
        {"name": "org/name", "where": "in the hub's cache"},
    ]


def test_answers_are_compressed_and_static_files_are_kept(served: Served) -> None:
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=300)
    sizes: dict[str, int] = {}
    for name in ("vendor.js", "main.js", "style.css", ""):
        connection.request("GET", f"/{served.token}/{name}", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        sizes[name] = len(answer.read())
        caching = "immutable" if name else "no-store"
        assert caching in answer.headers["Cache-Control"], name
    assert sizes["vendor.js"] < 150_000
    body = json.dumps({"path": None, "text": "{}", "format": "json"})
    headers = {"Accept-Encoding": "gzip", "Content-Type": "application/json"}
    connection.request("POST", f"/{served.token}/api/check", body, headers)
    assert len(connection.getresponse().read()) < 12_000
    connection.close()


TYPES = """async (keys) => {
    const { EditorView } = await import("./vendor.js");
    const editor = EditorView.findFromDOM(document.querySelector(".cm-editor"));
    for (const key of keys) editor.dispatch({ changes: { from: editor.state.doc.length, insert: key } });
}"""


def test_what_is_typed_quickly_is_judged_once(driver: Driver) -> None:
    """Each time, the page would ask the server and be drawn again."""
    driver.write("{}")
    asked: list[str] = []

    def note(request: Any) -> None:
        asked.extend([request.url] if request.url.endswith("/api/check") else [])

    driver.page.on("request", note)
    driver.page.evaluate(TYPES, " " * 20)
    driver.settle()
    driver.page.remove_listener("request", note)
    assert len(asked) == 1
