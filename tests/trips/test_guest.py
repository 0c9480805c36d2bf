"""From the coordinator's list to the guest's phone in Romanian and back: no account, no cookie, nothing lost."""

import re
import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.trips.conftest import PHONE, Office, follow, send, sign_in, until, word, words_of
from tests.trips.test_axe import AXE, Inspector

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trips")]

GUEST, CAMP_DE, CAMP_RO = "Ioana Exemplu", "Künstlercamp (erfundenes Beispiel)", "Tabără de artiști (exemplu inventat)"
DIET = "Fără carne și fără nuci"


def address_of(office: Office) -> str:
    """Return the mail address of the guest."""
    with sqlite3.connect(f"file:{office.instance / 'tracker.sqlite'}?mode=ro", uri=True) as connection:
        found = connection.execute("SELECT email FROM person WHERE name = ?", [GUEST]).fetchone()[0]
    connection.close()
    return str(found)


def link_of(office: Office, address: str) -> str:
    """Wait for the letter and return the link in it."""

    def found() -> list[str]:
        return [link for mail in office.mails(address) for link in re.findall(r"\S+/guest/\S+", words_of(mail))]

    return str(until(found)[0])


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_artist_says_on_a_phone_that_she_comes(
    open_page: Callable[..., Page],
    office: Office,
    scripts: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    desk = open_page("de")
    sign_in(desk, office.account("coordinator"))
    desk.goto("/events/")
    follow(desk.get_by_role("link", name=CAMP_DE).first)
    event = desk.url
    expect(desk.locator("main")).to_contain_text("2 haben noch nicht geantwortet.")
    follow(desk.get_by_role("link", name=word("Send the invitations", "de")))
    expect(desk.locator("input[name=guests]:checked")).to_have_count(2)
    send(desk)
    expect(desk.locator("main")).to_contain_text(word("Ask again", "de"))

    link = link_of(office, address_of(office))
    phone = open_page("ro", PHONE, scripts=scripts)
    phone.goto(link)
    expect(phone.locator("html")).to_have_attribute("lang", "ro")
    expect(phone.locator("h1")).to_contain_text(CAMP_RO)
    for shown in ("Kaufungen", "Beispielstraße 1", "Gesa Muster", "Ora Europei Centrale", "15:00"):
        expect(phone.locator("main")).to_contain_text(shown)
    phone.get_by_label(word("I come", "ro", "reply"), exact=True).check()
    phone.locator("[name=languages]").fill("română, engleză")
    phone.locator("[name=diet]").fill(DIET)
    follow(phone.get_by_role("button", name=word("Send the answer", "ro")))
    expect(phone.locator("main [role=status]")).to_contain_text("Vă mulțumim")
    phone.locator("[name=pictures_on_web]").check()
    follow(phone.get_by_role("button", name=word("Save what may be published", "ro")))
    expect(phone.locator("[name=pictures_on_web]")).to_be_checked()
    expect(phone.locator("[name=diet]")).to_have_value(DIET)
    assert phone.context.cookies() == []
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    desk.goto(event)
    expect(desk.locator("main")).to_contain_text("1 hat noch nicht geantwortet.")
    follow(desk.get_by_role("link", name=word("What guests need", "de")))
    expect(desk.locator("li", has_text=GUEST)).to_contain_text(DIET)

    follow(phone.get_by_role("button", name=word("Take back what I speak and need", "ro")))
    expect(phone.locator("[name=diet]")).to_have_value("")
    desk.reload()
    expect(desk.locator("main")).not_to_contain_text(DIET)


def test_the_page_of_a_guest_is_open_to_everybody(open_page: Callable[..., Page], office: Office) -> None:
    desk = open_page("de")
    sign_in(desk, office.account("coordinator"))
    desk.goto("/events/")
    follow(desk.get_by_role("link", name=CAMP_DE).first)
    follow(desk.get_by_role("link", name=word("Send the invitations", "de")))
    send(desk)

    page = open_page("ro")
    page.context.add_init_script(path=AXE)
    page.goto(link_of(office, address_of(office)))
    inspector = Inspector(page, [])
    inspector.look_in_both_lights("guest")
    inspector.look_narrowly("guest")
    follow(page.get_by_role("button", name=word("Send the answer", "ro")))
    expect(page.locator("main [role=alert]")).to_be_visible()
    inspector.look_in_both_lights("guest with an error")

    assert inspector.found == []
