"""A real browser looks at an office full of what should not happen, and nothing does."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Page, Request, sync_playwright

from tests.trips.conftest import QUIET, browser_path  # noqa: F401 - a fixture
from tests.world import VISITED_AT, World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("inject"), pytest.mark.timeout(900)]

STARTS = """
from tracker.config import load
from tracker.serve import serve
serve(load(), port=0, workers=1, worker=False, announce=lambda address: print(address, flush=True))
"""
#: Report what a policy forbids also where nobody reads the console.
NOTES = """addEventListener("securitypolicyviolation",
  event => console.error("policy: " + event.violatedDirective + " " + event.blockedURI))"""


@pytest.fixture
def site(office: World, spoilt: set[str], tmp_path: Path) -> Iterator[str]:
    """Serve a copy of the spoilt office on the day of its visit, and give its address."""
    instance = tmp_path / "instance"
    instance.mkdir()
    shutil.copy(office.settings.instance / "secret_key", instance)
    with sqlite3.connect(office.path) as source, sqlite3.connect(instance / "tracker.sqlite") as copy:
        source.backup(copy)
    source.close()
    copy.close()
    shift = round((VISITED_AT - datetime.now(UTC)).total_seconds())
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    environment |= {"TRACKER_INSTANCE": str(instance), "TRACKER_CLOCK_SHIFT": f"{shift:+d}s"}
    process = subprocess.Popen([sys.executable, "-c", STARTS], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(timeout=60)
    process.stdout.close()


class Witness:
    """Notes whatever a page does that it should not."""

    def __init__(self, page: Page, site: str) -> None:
        """Listen to a page."""
        self.seen: list[str] = []
        self.site = site
        page.add_init_script(NOTES)
        page.on("dialog", self._dialog)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(str(error)))
        page.on("request", self._request)
        page.on("popup", lambda _popup: self.seen.append("a window opened"))

    def _dialog(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "the server responded with a status of 4" not in message.text:
            self.seen.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site}/", "data:image/svg+xml")):
            self.seen.append(f"asked {request.url}")


def test_nothing_runs_and_nothing_is_asked_elsewhere(office: World, site: str, browser_path: str) -> None:  # noqa: F811 - the fixture
    seen, opened = [], 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(QUIET))
        for role in ("administrator", "partner", "nobody"):
            context = browser.new_context(base_url=site, locale="de")
            if role != "nobody":
                context.add_cookies([{"name": "tracker", "value": office.secrets[role], "url": site}])
            page = context.new_page()
            witness = Witness(page, site)
            for paths in [paths for (_route, who), paths in sorted(office.opened.items()) if paths and who == role]:
                answer = page.goto(paths[0])
                assert answer is not None
                assert answer.status < 500, paths[0]
                assert urlsplit(page.url).path != "/sign-in" or role == "nobody"
                opened += 1
                # What waits for somebody to come near.
                page.mouse.move(400, 300)
                page.keyboard.press("Tab")
            seen += witness.seen
            context.close()
        browser.close()

    assert seen == []
    assert opened > 60


def test_the_witness_would_notice(browser_path: str) -> None:  # noqa: F811 - the fixture
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(QUIET))
        page = browser.new_page()
        witness = Witness(page, "http://127.0.0.1:9")
        page.route(re.compile("http://127.0.0.1:9/"), lambda route: route.fulfill(
            body="<p style='color: red'>x</p><script>alert(1)</script><img src=http://evil.invalid/x>",
            content_type="text/html",
            headers={"Content-Security-Policy": "script-src 'unsafe-inline'; style-src 'none'; img-src 'none'"},
        ))  # fmt: skip
        page.goto("http://127.0.0.1:9/")
        browser.close()

    assert "dialog: 1" in witness.seen
    assert any("style-src" in one for one in witness.seen)
    assert any("evil.invalid" in one for one in witness.seen)
