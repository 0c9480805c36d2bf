"""The partner's five minutes on a phone, in Romanian, and what the coordinator sees of them in German."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.trips.conftest import PHONE, Office, follow, send, sign_in, until, word, words_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trips")]

TRAVEL_RO, TRAVEL_DE = "Datele de călătorie ale artistei", "Reisedaten der Künstlerin"
SENTENCE = "Artista primește viza abia săptămâna viitoare."


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_five_minutes_on_a_phone(open_page: Callable[..., Page], office: Office, scripts: bool) -> None:  # noqa: FBT001
    phone = open_page("ro", PHONE, scripts=scripts)
    sign_in(phone, office.account("partner", "ro"))

    says_delayed(phone)
    stays_where_they_belong(phone)

    desk = open_page("de", scripts=scripts)
    sign_in(desk, office.account("coordinator"))
    hears_it_in_german(desk)
    got_a_mail_in_german(office)


def says_delayed(page: Page) -> None:
    assert page.locator("html").get_attribute("lang") == "ro"
    asked = page.locator("section[aria-labelledby=asked] .card", has_text=TRAVEL_RO)
    delayed = word("delayed", "ro", "assessment")

    follow(asked.get_by_role("link", name=delayed[:1].upper() + delayed[1:]))
    expect(page.locator("[name=assessment][value=delayed]")).to_be_checked()
    page.locator("[name=new_due_on]").fill("2027-03-16")
    page.locator("[name=text]").fill(SENTENCE)
    send(page)

    page.goto("/projects/")
    follow(page.locator("main").get_by_role("link", name="Euarca+ 2027"))
    said = page.locator("section[aria-labelledby=updates] li").first
    expect(said).to_contain_text(SENTENCE)
    # Their own language needs no mark.
    assert said.locator("[lang]").count() == 0
    milestone = page.locator("section[aria-labelledby=milestones] li", has_text=TRAVEL_RO)
    expect(milestone).to_contain_text("16 mar. 2027")
    expect(milestone).to_contain_text(word("was %(date)s, moved once", "ro") % {"date": "2 mar. 2027"})


def stays_where_they_belong(page: Page) -> None:
    own = page.url.rpartition("/")[2].partition("#")[0]
    known = set(projects_listed(page))
    everything = range(1, 12)
    statuses = {number: status(page, f"/projects/{number}") for number in everything}

    assert {number for number, code in statuses.items() if code == 200} == known
    assert {code for number, code in statuses.items() if number not in known} == {404}
    assert [status(page, path) for path in (f"/projects/{own}/edit", "/projects/new", "/log/new")] == [403, 403, 403]


def projects_listed(page: Page) -> list[int]:
    page.goto("/projects/")
    links = page.locator("table.list tbody th a").all()
    return [int(str(link.get_attribute("href")).rpartition("/")[2]) for link in links]


def status(page: Page, path: str) -> int:
    """Return with which status a page is answered to whoever is signed in."""
    answer = page.goto(path)
    assert answer is not None
    return answer.status


def hears_it_in_german(page: Page) -> None:
    delayed = word("delayed", "de", "assessment")
    news = page.locator("section[aria-labelledby=news] li").first
    expect(news).to_contain_text(delayed, ignore_case=True)
    expect(news).to_contain_text(TRAVEL_DE)
    expect(news.locator("[lang=ro]")).to_have_text(SENTENCE)
    expect(news).to_contain_text("Rumänisch")

    follow(news.get_by_role("link", name="Euarca+").first)

    said = page.locator("section[aria-labelledby=updates] li").first
    expect(said.locator("[lang=ro]")).to_have_text(SENTENCE)
    expect(said).to_contain_text("Rumänisch")
    expect(said).to_contain_text(delayed, ignore_case=True)
    milestone = page.locator("section[aria-labelledby=milestones] li", has_text=TRAVEL_DE)
    expect(milestone).to_contain_text("16.03.2027")


def got_a_mail_in_german(office: Office) -> None:
    address = office.account("coordinator").address
    mail = until(lambda: [one for one in office.mails(address) if SENTENCE in words_of(one)])
    assert len(mail) == 1
    assert mail[0]["Content-Language"] == "de"
    assert TRAVEL_DE in mail[0]["Subject"]
    assert word("delayed", "de", "assessment") in mail[0]["Subject"]
    text = words_of(mail[0])
    assert f"> {SENTENCE}" in text
    assert f"{office.url}/projects/" in text
