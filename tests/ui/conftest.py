"""One server, one browser and one folder for all tests of the page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette", reason="the page needs the ui extra: pip install -e '.[ui]'")

from tests.ui.driver import Driver
from tests.ui.served import ROOT, Served, serve

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests."""
    with serve(tmp_path_factory.mktemp("work")) as running:
        yield running


@pytest.fixture
def served(server: Served) -> Served:
    """The server, in a folder that holds the examples as they are: what other tests left there is gone."""
    for path in server.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    shutil.copytree(ROOT / "examples", server.folder / "examples")
    return server


@pytest.fixture(scope="session")
def browser():  # type: ignore[no-untyped-def]
    """Debian's Chromium, headless."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="tests in the browser need pip install playwright")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("NO CHROMIUM: the page is not tested; apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def driver(served: Served, browser) -> Iterator[Driver]:  # type: ignore[no-untyped-def]
    """A fresh page. Whatever a test does with it: no error in its console, no request to another machine."""
    context = browser.new_context(viewport={"width": 1400, "height": 950}, accept_downloads=True)
    context.set_default_timeout(60_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    hosts: set[str | None] = set()
    errors: list[str] = []
    context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page = context.new_page()
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    driver = Driver(page, served)
    driver.visit()
    yield driver
    context.close()
    assert hosts <= {"127.0.0.1", None}, "a request left this machine"
    unexpected = [text for text in errors if not re.search("status of 4", text)]
    assert not unexpected


@pytest.fixture(scope="session")
def examples() -> list[Path]:
    """The six example configs."""
    found = sorted((ROOT / "examples").glob("train_*/train_*.json"))
    assert len(found) == 6
    return found
