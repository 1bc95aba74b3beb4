"""Redraws the picture of docs/how-to/editors.md: ``python tests/editors/picture.py`` (npm, playwright, Chromium)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

from playwright.sync_api import sync_playwright

from hpc_schema import SCHEMA_FILE

HERE: Final = Path(__file__).parent
PICTURE: Final = HERE.parents[1] / "docs/how-to/editors.png"
MONACO: Final = "monaco-editor@0.52.2"


class Quiet(SimpleHTTPRequestHandler):
    """Serves the folder silently."""

    def log_message(self, *words: object) -> None:
        """Log nothing."""


def draw(address: str) -> None:
    """Photograph the page once it has its answers."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 800, "height": 525}, device_scale_factor=1.5)
        page.goto(address)
        page.wait_for_function("document.title === 'ready'", timeout=300_000)
        page.screenshot(path=PICTURE)
        browser.close()


def main() -> None:
    """Serve page, schema and editor from a temporary folder, and draw."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", MONACO], cwd=folder, check=True)
        shutil.copy(HERE / "picture.html", folder)
        shutil.copy(SCHEMA_FILE, folder)
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            draw(f"http://127.0.0.1:{server.server_port}/picture.html")
            server.shutdown()


if __name__ == "__main__":
    main()
