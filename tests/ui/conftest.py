"""One server, one browser and one folder for all tests of the page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette", reason="the page needs the ui extra: pip install -e '.[ui]'")

from tests.ui.driver import PATIENCE, Driver
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


class Tab:
    """One tab for all tests, because starting one costs more than most of them; what it asks for and complains of."""

    def __init__(self, browser: Any) -> None:
        context = browser.new_context(accept_downloads=True)
        context.set_default_timeout(1000 * PATIENCE)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.hosts: set[str | None] = set()
        self.errors: list[str] = []
        self.page = context.new_page()
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.storage = context.new_cdp_session(self.page)

    def clean(self, served: Served) -> None:
        """Forget what the test before left: what its page kept, and how it looked."""
        self.page.unroute_all(behavior="ignoreErrors")
        self.storage.send("Storage.clearDataForOrigin", {"origin": served.origin, "storageTypes": "all"})
        self.page.set_viewport_size({"width": 1400, "height": 950})
        self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        self.page.mouse.move(0, 0)
        self.hosts.clear()
        self.errors.clear()


@pytest.fixture(scope="session")
def tab(browser: Any) -> Tab:
    """The tab that the tests use, one after the other."""
    return Tab(browser)


@pytest.fixture
def driver(served: Served, tab: Tab) -> Iterator[Driver]:
    """A fresh page. Whatever a test does with it: no error in its console, no request to another machine."""
    tab.clean(served)
    driver = Driver(tab.page, served)
    driver.visit()
    yield driver
    tab.page.goto("about:blank")  # Nothing that it still asks for reaches the folder of the next test.
    assert tab.hosts <= {"127.0.0.1", None}, "a request left this machine"
    unexpected = [text for text in tab.errors if not re.search("status of 4", text)]
    assert not unexpected


@pytest.fixture(scope="session")
def examples() -> list[Path]:
    """The six example configs."""
    found = sorted((ROOT / "examples").glob("train_*/train_*.json"))
    assert len(found) == 6
    return found
