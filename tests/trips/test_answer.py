"""From a letter on a phone to "thank you": no password, one button, and back again; and the same without a mouse."""

import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from tests.trips.conftest import PHONE, Office, enter, follow, send, sign_in, until, word, words_of
from tests.trips.test_axe import AXE, Inspector
from tests.trips.test_keyboard import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trips")]

TRAVEL_RO, TRAVEL_DE = "Datele de călătorie ale artistei", "Reisedaten der Künstlerin"
SENTENCE = "Artista primește viza abia săptămâna viitoare."


def the_letter(office: Office) -> EmailMessage:
    """Wait for the letter in which the partner is asked how it stands."""
    address = office.account("partner", "ro").address
    return until(lambda: [mail for mail in office.mails(address) if "/answer/" in words_of(mail)])[0]  # type: ignore[no-any-return] # a mail


def html_of(mail: EmailMessage) -> str:
    """Return a letter as a mail program shows it."""
    part = mail.get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_answer_from_the_mail(open_page: Callable[..., Page], office: Office, scripts: bool) -> None:  # noqa: FBT001
    phone = open_page("ro", PHONE, scripts=scripts)
    delayed = word("delayed", "ro", "assessment").capitalize()
    phone.set_content(html_of(the_letter(office)))

    item = phone.locator("li", has_text=TRAVEL_RO)
    follow(item.get_by_role("link", name=delayed))
    expect(phone.locator("h1")).to_have_text(TRAVEL_RO)
    expect(phone.locator("[name=assessment][value=delayed]")).to_be_checked()
    phone.locator("[name=new_due_on]").fill("2027-03-16")
    phone.locator("[name=text]").fill(SENTENCE)
    send(phone)

    expect(phone.locator("h1")).to_have_text(word("Thank you", "ro"))
    assert phone.locator("html").get_attribute("lang") == "ro"
    assert phone.context.cookies() == []
    stays_within_its_width(phone)
    is_read_in_german(open_page("de", scripts=scripts), office)

    follow(phone.get_by_role("button", name=word("Take it back", "ro")))
    expect(phone.locator("[name=assessment][value=delayed]")).to_be_visible()
    follow(phone.get_by_role("link", name=word("Somebody else can answer this better: pass it on", "ro")))
    phone.locator("[name=name]").fill("Maria Pop")
    phone.locator("[name=email]").fill("maria.pop@example.org")
    stays_within_its_width(phone)
    send(phone)
    expect(phone.locator("h1")).to_have_text(word("Passed on", "ro"))
    # She gets a letter with links of her own.
    mail = until(lambda: office.mails("maria.pop@example.org"))[0]
    assert TRAVEL_RO in words_of(mail)
    assert "/answer/" in words_of(mail)


def stays_within_its_width(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def is_read_in_german(page: Page, office: Office) -> None:
    sign_in(page, office.account("coordinator"))
    news = page.locator("section[aria-labelledby=news] li").first
    expect(news).to_contain_text(TRAVEL_DE)
    expect(news).to_contain_text(word("delayed", "de", "assessment"), ignore_case=True)
    expect(news).to_contain_text(word("by the link in a letter", "de"))
    expect(news.locator("[lang=ro]")).to_have_text(SENTENCE)


def test_an_answer_without_a_mouse(open_page: Callable[..., Page], office: Office) -> None:
    page = open_page("ro")
    page.context.add_init_script(path=AXE)
    links = re.findall(r"\S+/answer/\S+\?say=needs_help", words_of(the_letter(office)))
    page.goto(links[0])

    tab_to(page, "[name=assessment][value=needs_help]")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[name=assessment][value=done]")).to_be_checked()
    expect(page.locator("[name=new_due_on]")).to_be_hidden()
    tab_to(page, "main .form__end button")
    enter(page)

    expect(page.locator("h1")).to_have_text(word("Thank you", "ro"))
    inspector = Inspector(page, [])
    inspector.look_in_both_lights("thanks")
    inspector.look_narrowly("thanks")
    assert inspector.found == []
