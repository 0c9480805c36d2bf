"""The real site in processes of its own, and browsers before it.

The example office is loaded on a Monday and visited on the Tuesday after it, whatever day it is on this machine.
"""

import os
import re
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from gettext import translation
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, expect, sync_playwright

from tests.commands import begun, typed
from tests.conftest import EXPECTS_EVERYTHING
from tests.loopback import held_port
from tracker.locations import PACKAGE

#: Nothing of a browser that looks beyond this machine.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: How long anything may take before it is broken.
SECONDS = 60.0
expect.set_options(timeout=SECONDS * 1000)
LOADED_AT = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
VISITED_AT = datetime(2027, 3, 2, 11, 0, tzinfo=UTC)
DESK = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)


def until(what: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is waited for
    """Ask again and again until there is an answer, and return it."""
    end = time.monotonic() + SECONDS
    while not (answer := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return answer


def word(words: str, language: str, context: str | None = None) -> str:
    """Return words of the interface in a language."""
    catalogue = translation("messages", PACKAGE / "translations", [language], fallback=True)
    return catalogue.pgettext(context, words) if context else catalogue.gettext(words)


def settings(instance: Path, *, at: datetime, **more: str) -> dict[str, str]:
    """Return the environment of an installation on whose clock it is that instant now."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    seconds = round((at - datetime.now(UTC)).total_seconds())
    given = {"instance": str(instance), "clock_shift": f"{seconds:+d}s", "mail_patience": "0.05"}
    given |= {"second_factor": "offered"} | more
    return environment | {f"TRACKER_{name.upper()}": value for name, value in given.items()}


def tell(environment: dict[str, str], *words: str) -> str:
    """Let an operator type a command, and return what it prints."""
    done = typed(environment, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(environment: dict[str, str], *words: str) -> Iterator[None]:
    """Let a command run, and end it like an operator would; it must end well."""
    process = begun(environment, *words, stdout=Path(os.devnull))
    try:
        yield
    finally:
        process.terminate()
        process.join(SECONDS)
    assert process.exitcode == 0


# ---- the office


@dataclass(frozen=True)
class Account:
    """What somebody types to sign in."""

    role: str
    language: str
    address: str
    password: str


@dataclass(frozen=True)
class Office:
    """A site that is served, and what lies behind it."""

    url: str
    instance: Path
    accounts: tuple[Account, ...]

    def account(self, role: str, language: str = "de") -> Account:
        """Return the account of a role and language."""
        return next(one for one in self.accounts if (one.role, one.language) == (role, language))

    def mails(self, to: str) -> list[EmailMessage]:
        """Read what has left for an address."""
        files = sorted((self.instance / "outbox").glob("*.eml"))
        read = (message_from_bytes(file.read_bytes(), policy=policy.default) for file in files)
        return [mail for mail in read if mail["To"] == to]


def words_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Return where the browser is; without one nothing here is worth starting."""
    path = os.environ.get("TRACKER_TEST_BROWSER")
    if path:
        return path
    sentence = "no browser here: TRACKER_TEST_BROWSER names none"
    if EXPECTS_EVERYTHING:
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def example(browser_path: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Account, ...]]:
    """Load the example office into a folder, once; each trip gets a copy."""
    folder = tmp_path_factory.mktemp("example")
    environment = settings(folder, at=LOADED_AT)
    tell(environment, "db", "upgrade")
    printed = re.findall(r"^sign in: (\S+) (\S+) (\S+) (\S+)$", tell(environment, "example", "load"), re.MULTILINE)
    return folder, tuple(Account(*words) for words in printed)


@contextmanager
def served(example: tuple[Path, tuple[Account, ...]], instance: Path) -> Iterator[Office]:
    """Serve a copy of the example office, with its worker."""
    folder, accounts = example
    shutil.copytree(folder, instance)
    with held_port() as port:
        url = f"http://127.0.0.1:{port}"
        with running(settings(instance, at=VISITED_AT, public_url=url), "serve", "--port", str(port), "--workers", "1"):
            until(lambda: answers(url))
            yield Office(url, instance, accounts)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=SECONDS):
            return True
    except HTTPError:
        return False  # the worker has not yet said that it lives
    except URLError:
        return False


@pytest.fixture
def office(example: tuple[Path, tuple[Account, ...]], tmp_path: Path) -> Iterator[Office]:
    """Serve an example office that nobody has touched yet."""
    with served(example, tmp_path / "instance") as office:
        yield office


# ---- the browser


@pytest.fixture(scope="module")
def chromium(browser_path: str) -> Iterator[Browser]:
    """Start a real browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, office: Office) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own. Whatever the browser complains about fails the trip."""
    complaints: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        # Being told "404" is part of a trip.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            complaints.append(message.text)

    def opening(
        language: str = "de", viewport: ViewportSize = DESK, *, scripts: bool = True, base_url: str = office.url
    ) -> Page:
        context = chromium.new_context(
            base_url=base_url,
            locale=language,
            viewport=viewport,
            has_touch=viewport == PHONE,
            java_script_enabled=scripts,
            # A colour that is on its way to another is neither.
            reduced_motion="reduce",
        )
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opening
    for context in contexts:
        context.close()
    assert complaints == []


def follow(what: Locator) -> None:
    """Click on what leads to another page, and be there: until then, whatever is read may be the page before."""
    with what.page.expect_navigation():
        what.click()


def enter(page: Page) -> None:
    """Press Enter where it leads to another page, and be there."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def send(page: Page) -> None:
    """Press the one button that sends the form in the middle of the page, and be where it leads."""
    follow(page.locator("main .form__end button.kern-btn--primary"))


def sign_in(page: Page, account: Account) -> None:
    """Type address and password."""
    page.goto("/sign-in")
    page.locator("[name=email]").fill(account.address)
    page.locator("[name=password]").fill(account.password)
    follow(page.locator("main button.kern-btn--primary"))
    expect(page).to_have_url(re.compile("^http://[^/]+/$"))
