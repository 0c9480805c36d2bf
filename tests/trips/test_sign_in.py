"""The way in by a code from a letter, on a phone and without a mouse; and the pages beside it, looked at by axe."""

import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from tests.trips.conftest import PHONE, Account, Office, enter, follow, send, sign_in, until, word, words_of
from tests.trips.test_axe import AXE, Inspector
from tests.trips.test_keyboard import tab_to, write

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trips")]


def newest(office: Office, account: Account, subject: str) -> EmailMessage:
    """Wait for a letter whose subject begins like this, in the account's language."""
    begins = word(subject, account.language) % {"office": "Landkreis Kassel"}

    def arrived() -> list[EmailMessage]:
        return [mail for mail in office.mails(account.address) if mail["Subject"] == begins]

    mails: list[EmailMessage] = until(arrived)
    return mails[-1]


def code_in(mail: EmailMessage) -> str:
    """Return the code as it stands in a letter."""
    found = re.search(r"^ +(\d{4} \d{4})\s*$", words_of(mail), re.MULTILINE)
    assert found
    return found[1]


CODE, NEW_DEVICE = "Your code to sign in at %(office)s", "Was this you? A new sign-in at %(office)s"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_code_lets_in_without_a_mouse(open_page: Callable[..., Page], office: Office, scripts: bool) -> None:  # noqa: FBT001
    phone, account = open_page("hu", PHONE, scripts=scripts), office.account("partner", "hu")
    phone.goto("/people/")

    write(phone, "[name=email]", account.address)
    tab_to(phone, "[name=way]")
    enter(phone)
    phone.wait_for_url("**/sign-in/code")
    write(phone, "[name=code]", code_in(newest(office, account, CODE)))
    enter(phone)

    phone.wait_for_url(f"{office.url}/people/")
    # Whoever looks over a shoulder or into the history finds nothing that opens anything.
    assert "code" not in phone.url


def test_who_did_not_sign_in_ends_it_from_the_letter(open_page: Callable[..., Page], office: Office) -> None:
    mine, thief, account = open_page("ro", PHONE), open_page("de"), office.account("partner", "ro")
    sign_in(mine, account)
    sign_in(thief, account)
    found = re.search(r"http://\S+/not-me/\S+", words_of(newest(office, account, NEW_DEVICE)))
    assert found

    reading = open_page("ro", PHONE)
    reading.goto(found[0])
    send(reading)

    expect(reading.locator("h1")).to_have_text(word("All sign-ins have ended", "ro"))
    for page in (mine, thief):
        page.goto("/settings/")
        assert page.url.startswith(f"{office.url}/sign-in")


def test_the_pages_of_the_way_in_are_sound(open_page: Callable[..., Page], office: Office) -> None:
    page, account = open_page("de"), office.account("partner")
    page.context.add_init_script(path=AXE)
    inspector = Inspector(page, [])

    def look(what: str) -> None:
        inspector.look_in_both_lights(what)
        inspector.look_narrowly(what)

    page.goto("/sign-in")
    page.locator("[name=email]").fill(account.address)
    follow(page.locator("[name=way]"))
    page.wait_for_url("**/sign-in/code")
    look("code")
    for number in range(5):
        page.locator("[name=code]").fill(f"0000 000{number}")
        send(page)
        if number == 0:
            look("wrong code")
    expect(page.locator("h1")).to_have_text(word("This code has expired", "de"))
    look("expired code")
    follow(page.locator("main form.one-button button"))
    expect(page.locator("[name=code]")).to_be_visible()
    page.locator("[name=code]").fill(until(lambda: codes(office, account))[-1])
    send(page)
    page.wait_for_url(f"{office.url}/")

    invited = open_page("de")
    invited.context.add_init_script(path=AXE)
    invited.goto(invitation(open_page, office))
    inspector.page = invited
    look("welcome")
    send(invited)
    look("welcome sent empty")
    follow(invited.locator("[name=way]"))
    invited.wait_for_url(f"{office.url}/")

    assert inspector.found == []


def codes(office: Office, account: Account) -> list[str]:
    """Return the codes sent to somebody, if the second has come."""
    begins = word(CODE, account.language) % {"office": "Landkreis Kassel"}
    found = [code_in(mail) for mail in office.mails(account.address) if mail["Subject"] == begins]
    return found if len(found) > 1 else []


def invitation(open_page: Callable[..., Page], office: Office) -> str:
    """Let a coordinator enter and invite somebody, and return the link of the letter."""
    desk, address = open_page("de"), "gast@example.org"
    sign_in(desk, office.account("coordinator"))
    desk.goto("/people/new")
    desk.locator("[name=name]").fill("Gesa Gast")
    send(desk)
    desk.wait_for_url(re.compile(r"/people/\d+"))
    desk.goto(f"{desk.url.partition('#')[0]}/invite")
    desk.locator("[name=email]").fill(address)
    send(desk)
    mail = until(lambda: office.mails(address))[-1]
    found = re.search(r"http://\S+/welcome/\S+", words_of(mail))
    assert found
    return found[0]
