"""A coordinator has to have a second factor: without a mouse, without scripts, and with a passkey."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.loopback import held_port
from tests.trips import conftest as trips
from tests.trips.conftest import Account, Office, enter
from tests.trips.test_axe import AXE, Inspector
from tests.trips.test_keyboard import tab_to, write

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trips")]

OWN = "/settings/second-factor"
#: The device has a reader for fingerprints, and its owner's finger lies on it.
FINGER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def office(example: tuple[Path, tuple[Account, ...]], tmp_path: Path) -> Iterator[Office]:
    """Serve an example office that wants a second factor, by a name, as passkeys need one."""
    folder, accounts = example
    instance = tmp_path / "instance"
    shutil.copytree(folder, instance)
    with sqlite3.connect(instance / "tracker.sqlite") as connection:
        connection.execute("UPDATE account SET last_sign_in_at = created_at")
    connection.close()
    with held_port() as port:
        url = f"http://localhost:{port}"
        given = trips.settings(instance, at=trips.VISITED_AT, public_url=url, second_factor="required")
        with trips.running(given, "serve", "--port", str(port), "--workers", "1"):
            trips.until(lambda: trips.answers(url))
            yield Office(url, instance, accounts)


def shown_at(office: Office) -> datetime:
    """Return what time it is at the office: its clock is shifted."""
    with sqlite3.connect(f"file:{office.instance / 'tracker.sqlite'}?mode=ro", uri=True) as connection:
        at = connection.execute("SELECT max(at) FROM tick").fetchone()[0]
    connection.close()
    return datetime.fromisoformat(at).replace(tzinfo=UTC)


def code(page: Page, key: str, office: Office, *, away: int = 0) -> str:
    """Return what an app shows that has this key, or shows so many half minutes away."""
    return pyotp.TOTP(key).at(shown_at(office) + timedelta(seconds=30 * away))


def sign_in(page: Page, account: Account) -> None:
    """Type address and password, without a mouse."""
    page.goto("/sign-in")
    write(page, "[name=email]", account.address)
    write(page, "[name=password]", account.password)
    enter(page)


def sign_out(page: Page) -> None:
    """Sign out, without a mouse."""
    tab_to(page, ".menu > summary")
    page.keyboard.press("Enter")
    tab_to(page, "form[action='/sign-out'] button")
    enter(page)
    page.wait_for_url("**/sign-in")


def inspect(page: Page) -> list[str]:
    """Let axe look at the page, in both lights and on the smallest phone."""
    inspector = Inspector(page, [])
    inspector.look_in_both_lights(page.url)
    inspector.look_narrowly(page.url)
    return inspector.found


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_app_is_set_up_and_used_without_a_mouse(
    open_page: Callable[..., Page],
    office: Office,
    scripts: bool,  # noqa: FBT001 - a case
) -> None:
    page, found = open_page("de", scripts=scripts), []
    if scripts:
        page.add_init_script(path=AXE)
    account = office.account("coordinator")

    sign_in(page, account)
    page.wait_for_url(f"**{OWN}")
    found += inspect(page) if scripts else []
    tab_to(page, f"main a[href='{OWN}/app']")
    enter(page)
    page.wait_for_url(f"**{OWN}/app")
    found += inspect(page) if scripts else []
    tab_to(page, "main details > summary")
    page.keyboard.press("Enter")
    key = str(page.locator("code.key").text_content()).replace(" ", "")
    write(page, "[name=code]", code(page, key, office))
    enter(page)
    page.wait_for_url(f"**{OWN}/codes")
    tab_to(page, "main .form__end button")
    enter(page)
    expect(page.locator("ol.codes > li")).to_have_count(10)
    found += inspect(page) if scripts else []
    recovery = page.locator("ol.codes code").first.inner_text()
    sign_out(page)

    sign_in(page, account)
    page.wait_for_url("**/sign-in/second")
    found += inspect(page) if scripts else []
    write(page, "[name=code]", "000000")
    enter(page)
    expect(page.locator(".alert--form")).to_be_visible()
    found += inspect(page) if scripts else []
    tab_to(page, "[name=code]")
    page.keyboard.press("Control+A")
    page.keyboard.type(code(page, key, office, away=1))
    enter(page)
    page.wait_for_url(f"{office.url}/")
    sign_out(page)

    sign_in(page, account)
    page.wait_for_url("**/sign-in/second")
    write(page, "[name=code]", recovery.upper().replace("-", " "))
    enter(page)
    page.wait_for_url(f"{office.url}/")

    assert found == []


def test_a_passkey_is_added_and_used(open_page: Callable[..., Page], office: Office) -> None:
    page, account = open_page("de"), office.account("coordinator")
    page.add_init_script(path=AXE)
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = session.send("WebAuthn.addVirtualAuthenticator", {"options": FINGER})["authenticatorId"]

    sign_in(page, account)
    page.wait_for_url(f"**{OWN}")
    tab_to(page, f"main a[href='{OWN}/passkey']")
    enter(page)
    page.wait_for_url(f"**{OWN}/passkey")
    found = inspect(page)
    write(page, "[name=name]", "Mein Telefon")
    tab_to(page, "button[data-passkey]")
    enter(page)
    page.wait_for_url(f"**{OWN}/codes")
    kept = session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    sign_out(page)

    sign_in(page, account)
    page.wait_for_url("**/sign-in/second")
    found += inspect(page)
    session.send("WebAuthn.setResponseOverrideBits", {"authenticatorId": device, "isBogusSignature": True})
    tab_to(page, "button[data-passkey]")
    enter(page)
    expect(page.locator(".alert--form")).to_be_visible()
    session.send("WebAuthn.setResponseOverrideBits", {"authenticatorId": device, "isBogusSignature": False})
    tab_to(page, "button[data-passkey]")
    enter(page)
    page.wait_for_url(f"{office.url}/")

    # The device has one already, and says so.
    page.goto(f"{OWN}/passkey")
    page.locator("[name=name]").fill("Noch einer")
    page.locator("button[data-passkey]").click()
    expect(page.locator("[data-passkey-trouble]")).to_be_visible()
    found += inspect(page)

    page.goto(OWN)
    expect(page.locator("main")).to_contain_text("Mein Telefon")
    assert len(kept) == 1
    assert found + inspect(page) == []


def test_what_was_typed_survives_being_asked_again(open_page: Callable[..., Page], office: Office) -> None:
    page, account = open_page("de"), office.account("partner", "de")
    page.add_init_script(path=AXE)
    trips.sign_in(page, account)
    page.goto("/settings/address")
    page.locator("[name=email]").fill("neu@example.org")
    with sqlite3.connect(office.instance / "tracker.sqlite") as connection:
        connection.execute("UPDATE sign_in SET confirmed_at = '2027-03-02 10:00:00.000000'")
    connection.close()

    trips.send(page)
    expect(page.locator("[name='again-password']")).to_be_visible()
    found = inspect(page)
    page.locator("[name='again-password']").fill("falsch")
    trips.send(page)
    expect(page.locator(".alert--form")).to_be_visible()
    page.locator("[name='again-password']").fill(account.password)
    trips.send(page)
    page.wait_for_url("**/settings/")

    expect(page.locator("main")).to_contain_text("neu@example.org")
    assert found == []
