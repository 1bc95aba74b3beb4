"""A real training: started, watched, left, found again, stopped; and one that runs to its end."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="needs the train extra")

from hpc_ui import tracking
from tests.end_to_end.tiny import make_tiny
from tests.ui.driver import PATIENCE, Driver
from tests.ui.served import ROOT, Served, serve

pytestmark = pytest.mark.train
DEMO = "examples/train_lora_sft/train_lora_sft.json"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server in a folder with a tiny model and a few rows."""
    folder = tmp_path_factory.mktemp("training")
    make_tiny(folder / "model")
    rows = [{"instruction": f"What is {i} and {i}?", "input": "", "output": f"It is {2 * i}."} for i in range(16)]
    (folder / "rows.json").write_text(json.dumps(rows))
    with serve(folder) as running:
        yield running
        running.call("stop", {})


def start(driver: Driver, name: str, epochs: int) -> None:
    """Set the job up by hand, save it under a name, and start it."""
    for field, value in {
        "model": "model",
        "train_data": "rows.json",
        "epochs": epochs,
        "mixed_precision": "none",
        "disable_gradient_checkpointing": True,
        "logging_steps": 1,
        "checkpoint_strategy": "no",
        "max_sequence_length": 64,
    }.items():
        driver.set(field, value)
    driver.page.get_by_role("button", name="Save as…").click()
    driver.page.get_by_role("textbox", name="File name").fill(f"{name}.json")
    driver.page.keyboard.press("Enter")
    driver.page.get_by_text(f"Saved {name}.json.").wait_for()
    driver.page.get_by_role("button", name="Train", exact=True).click()
    driver.page.get_by_role("heading", name=f"{name}.json: training").wait_for()


def test_watch_leave_find_again_and_stop(driver: Driver, served: Served) -> None:
    """The run goes on when its page is left, and when the server that started it ends."""
    with serve(served.folder) as other:
        first = Driver(driver.page, other)
        first.visit()
        start(first, "long", 50_000)
        driver.page.goto("about:blank")
    driver.visit()
    driver.page.get_by_role("heading", name="long.json: training").wait_for()
    curve = driver.page.get_by_role("img", name=re.compile("^Loss: "))
    curve.wait_for()
    assert driver.page.get_by_role("img", name=re.compile("^Learning rate: ")).is_visible()
    driver.page.get_by_role("log").filter(has_text=re.compile("step [0-9]+/200000")).wait_for()
    status, text = served.request(
        f"/{served.token}/api/run", {"path": "long.json", "overwrite": True, "skip_bad_rows": False}
    )
    assert status == 400
    assert "already in progress" in text
    driver.page.goto("about:blank")
    driver.visit()
    driver.page.get_by_role("heading", name="long.json: training").wait_for()
    seen = served.call("watch", {"log_from": 0})["run"]["metrics"][-1]["step"]
    later = f"() => Number(document.querySelector('.run')?.innerText.match(/Step\\s+(\\d+) of 200000/)?.[1]) > {seen}"
    driver.page.wait_for_function(later)
    driver.page.get_by_role("button", name="Stop").click()
    stopped = "long.json: stopped at runs/long/checkpoint-"
    driver.page.get_by_role("heading", name=stopped).wait_for()
    assert list(Path(served.folder, "runs/long").glob("checkpoint-*"))
    go_on_from_another_job(driver)
    driver.page.get_by_role("heading", name="long.json: training").wait_for()
    assert '"resume_from_checkpoint": true' in (served.folder / "long.json").read_text()
    driver.page.get_by_role("button", name="Stop").click()
    driver.page.get_by_role("heading", name="long.json: stopped").wait_for()


def go_on_from_another_job(driver: Driver) -> None:
    """The stopped job is opened for it, but never in place of unsaved changes."""
    (driver.served.folder / "bare.json").write_text("{}\n")
    driver.open("bare.json")
    driver.set("epochs", 9)
    question = driver.page.get_by_role("dialog", name="bare.json has unsaved changes")
    for answer in ("Cancel", "Discard changes"):
        assert '"epochs": 9' in driver.text()
        driver.page.get_by_role("button", name="Resume from checkpoint-").click()
        question.get_by_role("button", name=answer).click()
    assert (driver.served.folder / "bare.json").read_text() == "{}\n"


def test_a_run_that_is_stopped_at_once_is_stopped(served: Served) -> None:
    """Python has not even begun in the job when it is told to end."""
    job = {"model": "model", "train_data": "rows.json", "output_dir": "runs/early"}
    (served.folder / "early.json").write_text(json.dumps(job))
    served.call("run", {"path": "early.json", "overwrite": False, "skip_bad_rows": False})
    served.call("stop", {})
    while (run := served.call("watch", {"log_from": 0})["run"])["running"]:
        time.sleep(0.05)
    assert run["exit_code"] == 143


@pytest.mark.slow
def test_a_finished_run_has_a_link_to_mlflow(driver: Driver, served: Served) -> None:
    start(driver, "short", 2)
    driver.page.get_by_role("heading", name="short.json: finished").wait_for()
    assert (served.folder / "runs/short/final").is_dir()
    driver.page.get_by_role("button", name="Open in MLflow").click()
    run = json.loads((served.folder / "runs/short/mlflow_run.json").read_text())
    page = f"/#/experiments/{run['experiment_id']}/runs/{run['run_id']}"
    link = driver.page.get_by_role("link", name="http://127.0.0.1")
    link.wait_for()
    assert link.inner_text().endswith(page)


def test_a_run_on_the_user_s_own_server_is_found_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example.org/team/")
    assert tracking.address(str(tmp_path)) == "https://mlflow.example.org/team"
    (tmp_path / "mlflow_run.json").write_text('{"experiment_id": "7", "run_id": "ab12"}')
    assert tracking.address(str(tmp_path)) == "https://mlflow.example.org/team/#/experiments/7/runs/ab12"


def test_an_evaluated_preference_run_is_drawn_while_it_goes_on(driver: Driver, served: Served) -> None:
    """The test writes what a run writes, and holds the lock that a run holds, so it says when something happens."""
    page, run = driver.page, driver.page.locator(".run")
    with writing(served.folder / "runs/preferred", served.folder / ".hpc/run") as metrics:
        metrics({"step": 1, "loss": 0.7, "rewards/margins": 0.1, "rewards/accuracies": 0.5, "learning_rate": 1e-5})
        metrics({"step": 1, "eval_loss": 0.8, "eval_rewards/margins": 0.2, "eval_rewards/accuracies": 0.6})
        metrics({"step": 2, "loss": 0.5, "rewards/margins": 0.3, "rewards/accuracies": 1.0, "learning_rate": 5e-6})
        driver.visit()
        for words in (
            "Loss: 0.700 at step 1, 0.500 at step 2; Evaluation loss: 0.800 at step 1, 0.800 at step 1",
            "Learning rate: 1.0e-5 at step 1, 5.0e-6 at step 2",
            "Margin: 0.100 at step 1, 0.300 at step 2; Evaluation margin: 0.200 at step 1, 0.200 at step 1",
            "Accuracy: 0.50 at step 1, 1.00 at step 2; Evaluation accuracy: 0.60 at step 1, 0.60 at step 1",
        ):
            run.get_by_role("img", name=words, exact=True).wait_for()
        metrics({"step": 2, "eval_loss": 0.6, "eval_rewards/margins": 0.4, "eval_rewards/accuracies": 0.9})
        loss = run.get_by_role("img", name="Evaluation loss: 0.800 at step 1, 0.600 at step 2")
        loss.wait_for()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            driver.until(HAS_ITS_COLOR, loss.element_handle())
        box = loss.locator(".u-over").bounding_box()
        page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 5)
        assert re.search(r"Evaluation loss\W*0\.600", loss.locator(".u-legend").inner_text())
    page.get_by_role("heading", name="preferred.json: finished").wait_for()


HAS_ITS_COLOR = """async (chart) => {
    const marker = chart.querySelector(".u-series:last-child .u-marker");
    const wanted = getComputedStyle(marker).borderTopColor.match(/\\d+/g).map(Number);
    const canvas = chart.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const isWanted = (at) => wanted.every((part, index) => data[at + index] === part);
    return Array.from({ length: data.length / 4 }, (_, at) => at * 4).some(isWanted);
}"""
"""Whether the line is drawn in the color of its legend: a canvas does not know the variables of a style."""


@contextmanager
def writing(output: Path, state: Path) -> Iterator[Callable[[dict[str, Any]], None]]:
    """A run as the page knows it, by its lock and its files; gives what appends a line to its metrics."""
    for folder in (output, state):
        folder.mkdir(parents=True, exist_ok=True)
    described = {"pid": 0, "file": "preferred.json", "output_dir": f"runs/{output.name}", "epochs": 1, "log_begin": 0}
    with (state / "lock").open("w") as lock, (output / "metrics.jsonl").open("w") as metrics:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (state / "state.json").write_text(json.dumps({**described, "started": 0.0}))

        def append(line: dict[str, Any]) -> None:
            metrics.write(json.dumps({"max_steps": 2, "elapsed": 1.0, **line}) + "\n")
            metrics.flush()

        yield append
        (state / "exit_code").write_text("0")


def test_what_is_missing_is_said_before_anything_starts(driver: Driver, served: Served) -> None:
    (served.folder / "bare.json").write_text("{}\n")
    driver.open("bare.json")
    assert driver.verdict() == "Not ready to train"
    driver.page.get_by_text("`model` and `train_data` are not set".replace("`", "")).wait_for()
    assert driver.page.get_by_role("button", name="Train", exact=True).is_disabled()


def test_the_demo_from_the_page_alone(browser: Any, tmp_path: Path) -> None:
    """What `make ui` opens, with a tiny model in the place of the real one; and once more over the first run."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    make_tiny(tmp_path / ".cache/hpc/smollm2-135m-instruct")
    with serve(tmp_path, DEMO) as demo:
        page = browser.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(demo.url)
        page.get_by_role("button", name="Train", exact=True).click()
        page.get_by_role("heading", name=f"{DEMO}: finished").wait_for()
        finished(page)
        page.get_by_role("heading", name="Not ready to train").wait_for()
        refusal = page.locator(".problem").filter(has_text="runs/train_lora_sft already holds")
        for way_on in ("Resume it", "Use the new folder runs/train_lora_sft-2"):
            assert refusal.get_by_role("button", name=way_on).is_visible()
        refusal.get_by_role("button", name="Overwrite…").click()
        page.get_by_role("dialog").get_by_role("button", name="Discard it and train").click()
        page.get_by_role("heading", name=f"{DEMO}: training").wait_for()
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("heading", name=f"{DEMO}: stopped").wait_for()
        page.close()
        assert json.loads((tmp_path / DEMO).read_text()) == json.loads((ROOT / DEMO).read_text())


def finished(page: Any) -> None:
    """The end of a run: its figures and files, its charts, and an answer of the model."""
    run = page.locator(".run")
    assert re.search(r"Step\s+(\d+) of \1\s", run.inner_text())
    assert re.search(r"[\d,.]+ tokens/s", run.inner_text())
    assert re.search(r"Peak memory\s+\d+\.\d GiB", run.inner_text())
    assert re.search(r"Loss \d+\.\d+ → \d+\.\d+", run.inner_text())
    for name in ("^Loss: .* at step", "^Learning rate: "):
        assert run.get_by_role("img", name=re.compile(name)).is_visible()
    run.locator(".u-over").first.hover()
    assert re.search(r"step\W*\d+", run.locator(".u-legend").first.inner_text())
    assert "runs/train_lora_sft/merged" in run.locator(".made").inner_text()
    assert 'AutoModelForCausalLM.from_pretrained("runs/train_lora_sft/merged"' in run.inner_text()
    run.get_by_role("textbox", name="Question").fill("What is it?")
    run.get_by_role("button", name="Ask", exact=True).click()
    run.locator(".answer").wait_for()
    run.get_by_role("button", name="Ask", exact=True).wait_for()
