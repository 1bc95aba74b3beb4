"""A real training: started, watched, left alone, found again, stopped; and one that goes to its end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="needs the train extra")

from tests.end_to_end.tiny import make_tiny
from tests.ui.driver import Driver
from tests.ui.served import Served, serve

pytestmark = pytest.mark.train
LONG = 120_000


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
    driver.page.get_by_role("textbox", name="Name of the file").fill(f"{name}.json")
    driver.page.keyboard.press("Enter")
    driver.page.get_by_text(f"Saved {name}.json.").wait_for()
    driver.page.get_by_role("button", name="Train…").click()
    driver.page.get_by_role("button", name="Save and start").click()
    driver.page.get_by_role("heading", name=f"{name}.json: training").wait_for()


def test_watch_leave_find_again_and_stop(driver: Driver, served: Served) -> None:
    """The run goes on when its page is left, and when the server that started it ends."""
    with serve(served.folder) as other:
        first = Driver(driver.page, other)
        first.visit()
        start(first, "long", 5000)
        driver.page.goto("about:blank")
    driver.visit()
    driver.page.get_by_role("heading", name="long.json: training").wait_for()
    curve = driver.page.get_by_role("img", name=re.compile("^Loss: "))
    curve.wait_for(timeout=LONG)
    assert driver.page.get_by_role("img", name=re.compile("^Learning rate: ")).is_visible()
    driver.page.get_by_role("log").filter(has_text=re.compile("step [0-9]+/20000")).wait_for(timeout=LONG)
    status, text = served.request(
        f"/{served.token}/api/run", {"path": "long.json", "overwrite": True, "skip_bad_rows": False}
    )
    assert status == 400
    assert "already running" in text
    driver.page.goto("about:blank")
    driver.visit()
    driver.page.get_by_role("heading", name="long.json: training").wait_for()
    seen = served.call("watch", {"log_from": 0})["run"]["metrics"][-1]["step"]
    driver.page.wait_for_timeout(1500)
    now = re.search(r"Step (\d+) of 20000", driver.page.locator(".run").inner_text())
    assert now
    assert int(now[1]) > seen
    driver.page.get_by_role("button", name="Stop").click()
    stopped = "long.json: stopped, runs/long/checkpoint-"
    driver.page.get_by_role("heading", name=stopped).wait_for(timeout=LONG)
    assert list(Path(served.folder, "runs/long").glob("checkpoint-*"))
    driver.page.get_by_role("button", name="Go on from it").click()
    driver.page.get_by_role("heading", name="long.json: training").wait_for()
    assert '"resume_from_checkpoint": true' in (served.folder / "long.json").read_text()
    driver.page.get_by_role("button", name="Stop").click()
    driver.page.get_by_role("button", name="Save and start").wait_for(timeout=LONG)


@pytest.mark.slow
def test_a_finished_run_has_a_link_to_mlflow(driver: Driver, served: Served) -> None:
    start(driver, "short", 2)
    driver.page.get_by_role("heading", name="short.json: finished").wait_for(timeout=LONG)
    assert (served.folder / "runs/short/final").is_dir()
    driver.page.get_by_role("button", name="Open in MLflow").click()
    link = driver.page.get_by_role("link", name="http://127.0.0.1")
    link.wait_for(timeout=LONG)


def test_what_is_missing_is_said_before_anything_starts(driver: Driver, served: Served) -> None:
    (served.folder / "bare.json").write_text("{}\n")
    driver.open("bare.json")
    driver.page.get_by_role("button", name="Train…").click()
    driver.page.get_by_role("button", name="Save and start").click()
    driver.page.get_by_text("it has no `model`, `train_data`").wait_for()
