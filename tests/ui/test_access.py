"""Everyone can use the page: by keyboard, with a screen reader, on a narrow screen, in the dark, without motion."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.once import CACHE, made
from tests.ui.driver import Driver
from tests.ui.served import ROOT, Served

AXE = "4.14.1"


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, from npm, kept in the cache."""
    folder = CACHE / "axe-core" / AXE
    if not folder.exists():
        if shutil.which("npm") is None:
            pytest.skip("NO NPM: accessibility is not checked; axe-core comes from npm")
        with made(folder) as new:
            subprocess.run(["npm", "pack", f"axe-core@{AXE}"], cwd=new, check=True, capture_output=True)
            with tarfile.open(next(new.glob("*.tgz"))) as archive:
                archive.extractall(new, filter="data")
    return (folder / "package" / "axe.min.js").read_text()


WIDTHS = (390, 1024, 1900)

TRIES = 5
"""Times that axe looks: a page that is still being drawn, or changes its colors, may lack contrast for a moment."""


def violations(driver: Driver, axe: str) -> list[str]:
    """Every violation of axe's rules, of any weight, with where it is: at three widths, in light and dark."""
    found: list[str] = []
    driver.page.evaluate(axe)
    for width in WIDTHS:
        driver.page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            driver.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            answer: Any = {"violations": None}
            for _ in range(TRIES):
                driver.settle()
                answer = driver.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
                if not answer["violations"]:
                    break
            found += [
                f"{width} {scheme}: {v['impact']} {v['id']}: {node['target']} {node['html'][:120]}"
                for v in answer["violations"]
                for node in v["nodes"]
            ]
    return found


@pytest.fixture
def finished_run(served: Served) -> Iterator[Path]:
    """What an evaluated preference run leaves, as far as the page reads it."""
    folder = served.folder / "runs" / "preferred"
    for name in ("build", "final"):
        (folder / name).mkdir(parents=True)
    (folder / "build/plan.json").write_text(json.dumps({"hpc": "0", "source": "preferred.json"}))
    losses = {"first_loss": 0.7, "last_loss": 0.5, "last_eval_loss": 0.6, "seconds": 2.0}
    summary = {"steps": 2, "ended": None, "results": {"model": "runs/preferred/final"}, **losses}
    (folder / "summary.json").write_text(json.dumps(summary))
    names = ("loss", "eval_loss", "rewards/margins", "eval_rewards/margins", "rewards/accuracies", "learning_rate")
    lines = [{"step": step, "max_steps": 2, "elapsed": step, **dict.fromkeys(names, 0.5)} for step in (1, 2)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    yield folder
    shutil.rmtree(folder)


def test_axe_finds_nothing(driver: Driver, axe: str, finished_run: Path) -> None:
    page = driver.page
    page.get_by_role("button", name="train_lora_dpo").click()
    driver.settle()
    for group in page.locator(".group h2 input").all():
        driver.settle()
        group.check()
    driver.set("learning_rate", "3")
    driver.set("resume_from_checkpoint", True)
    page.get_by_role("textbox", name="Batch size").focus()
    assert violations(driver, axe) == []
    page.get_by_role("searchbox", name="Search fields").fill("zero")
    page.get_by_role("tab", name="Training").click()
    page.get_by_role("button", name=str(finished_run.relative_to(driver.served.folder))).click()
    page.get_by_role("heading", name="preferred.json: finished").wait_for()
    page.get_by_role("img", name=re.compile("^Margin")).wait_for()
    assert page.get_by_role("textbox", name="Question to the trained model").is_visible()
    assert violations(driver, axe) == []
    page.get_by_role("tab", name="Compiled files").click()
    driver.write('{"trainer": "DPO"}')
    assert violations(driver, axe) == []
    page.get_by_role("button", name="Open…").click()
    page.get_by_role("dialog").wait_for()
    assert violations(driver, axe) == []


def test_a_job_can_be_set_up_by_keyboard_alone(driver: Driver) -> None:
    page = driver.page

    def tab_to(script: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.{script}"):
                return
        raise AssertionError(f"Tab never reaches {script}")

    tab_to("name === 'trainer'")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    driver.settle()
    assert page.get_by_role("radio", name="dpo").is_checked()
    tab_to("id === 'field-epochs'")
    page.keyboard.type("3")
    driver.settle()
    tab_to("textContent.startsWith('training_arguments.json')")
    tab_to("getAttribute('role') === 'listbox'")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert "batch_size = 1" in page.locator(".why").inner_text()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+s")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    driver.mode(json_mode=True)
    page.get_by_role("textbox", name="The job as text").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.cm-editor')")
    assert '"trainer": "dpo"' in driver.text()


def test_help_is_beside_its_field_and_over_no_other(driver: Driver) -> None:
    """Every piece of every field has a place of its own, also while one has the focus."""
    driver.field("epochs").get_by_role("textbox").focus()
    for width in WIDTHS:
        driver.page.set_viewport_size({"width": width, "height": 900})
        assert driver.page.evaluate(OVERLAPS) == []
    told = driver.field("learning_rate").locator(".help").inner_text()
    assert "above 0 and below 1 · default: 0.00001" in told


OVERLAPS = """() => {
    const parts = [...document.querySelectorAll(".field > *")].map((part) => [part, part.getBoundingClientRect()]);
    const shown = parts.filter(([, box]) => box.width && box.height);
    const apart = (low, high, least, most) => Math.min(high, most) - Math.max(low, least) <= 1;
    const meet = (a, b) => !apart(a.left, a.right, b.left, b.right) && !apart(a.top, a.bottom, b.top, b.bottom);
    const named = (part) => part.outerHTML.slice(0, 80);
    return shown.flatMap(([one, a], index) => shown.slice(index + 1)
        .filter(([, b]) => meet(a, b)).map(([other]) => `${named(one)} over ${named(other)}`));
}"""


@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_narrow_screen_scrolls_one_way_only(driver: Driver, width: int) -> None:
    driver.page.set_viewport_size({"width": width, "height": 800})
    for json_mode in (False, True):
        driver.mode(json_mode=json_mode)
        assert driver.page.evaluate("document.documentElement.scrollWidth") <= width


def test_reduced_motion_is_no_motion(driver: Driver) -> None:
    driver.page.emulate_media(reduced_motion="reduce")
    moving = """[...document.querySelectorAll('*')]
        .flatMap((e) => [null, '::before', '::after'].map((p) => getComputedStyle(e, p)))
        .filter((s) => s.animationName !== 'none' || /[1-9]/.test(s.transitionDuration)).length"""
    assert driver.page.evaluate(moving) == 0
    driver.page.emulate_media(reduced_motion="no-preference")
    assert driver.page.evaluate(moving) > 0


def test_the_page_names_no_other_machine() -> None:
    """No address of a content network or a tracker stands in what is served, but for names that are never fetched."""
    page = ROOT / "ui" / "hpc_ui" / "page"
    ours: list[Path] = [path for path in page.iterdir() if path.name not in ("vendor.js", "LICENSES.txt", "icon.svg")]
    assert not [path.name for path in ours if "http" in path.read_text().replace("http-equiv", "")]
