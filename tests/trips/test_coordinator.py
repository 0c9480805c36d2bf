"""The coordinator's first ten minutes at a desk, in German."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.trips.conftest import Office, enter, follow, send, sign_in, until, word, words_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trips")]

CAMP = "Euarca+ 2027"
STUDIOS = "Ateliers zugesagt"
CALL = "Anruf aus Kaufungen: Ateliers in der Leipziger Straße sind frei"


def section(page: Page, name: str) -> str:
    """Return what a section of the page says, its lines apart."""
    return page.locator(f"section[aria-labelledby='{name}']").inner_text()


def open_camp(page: Page) -> None:
    """Go to the running edition of Euarca as somebody who looks for it."""
    follow(page.locator(".site-nav a[href='/projects/']"))
    follow(page.get_by_role("link", name=CAMP, exact=True))
    expect(page.locator("h1")).to_have_text(CAMP)


def test_the_first_ten_minutes(open_page: Callable[..., Page], office: Office) -> None:
    page = open_page("de")
    sign_in(page, office.account("coordinator"))

    sees_what_is_late(page)
    logs_a_call_in_place(page)
    moves_a_milestone(page)
    adds_three_participants(page)
    finds_every_spelling(page)
    sees_tomorrows_reminders(page)
    reads_the_outbox(page)


def sees_what_is_late(page: Page) -> None:
    late = page.locator("section[aria-labelledby=late] li")

    # Loaded yesterday: two days late then, three now; the longest late first.
    expect(late.first).to_contain_text("Künstlerin oder Künstler von der Csepel-Insel benannt")
    expect(late.filter(has_text=STUDIOS)).to_contain_text("27.02.2027")
    assert page.locator("html").get_attribute("lang") == "de"


def logs_a_call_in_place(page: Page) -> None:
    open_camp(page)
    log = page.locator("section[aria-labelledby=log]")
    before = log.locator("ol.log > li").count()

    form = page.locator("form[action^='/log/new']")
    page.locator("details", has=form).locator("summary").click()
    form.locator("[name=summary]").fill(CALL)
    follow(form.locator("button.kern-btn--primary"))

    expect(page.locator("h1")).to_have_text(CAMP)
    expect(log.locator("ol.log > li")).to_have_count(before + 1)
    first = log.locator("ol.log > li").first
    expect(first).to_contain_text(CALL)
    expect(first).to_contain_text("2. März 2027")


def moves_a_milestone(page: Page) -> None:
    studios = page.locator("section[aria-labelledby=milestones] li", has_text=STUDIOS)
    follow(studios.locator("a[href$='/move']"))
    page.locator("[name=due_on]").fill("2027-03-19")
    send(page)

    moved = word("was %(date)s, moved once", "de") % {"date": "27.02.2027"}
    expect(page.locator("h1")).to_have_text(CAMP)
    expect(studios).to_contain_text("19.03.2027")
    expect(studios).to_contain_text(moved)


def adds_three_participants(page: Page) -> None:
    follow(page.locator("section[aria-labelledby=participants] .section__action"))
    page.locator("[name=role]").select_option("curator")
    page.locator("[name=person]").select_option(label="Konrad Muster")
    page.locator("[name=organisation]").select_option(label="Landkreis Kassel")
    follow(page.locator("[name=another]"))
    expect(page.locator(".alert")).to_contain_text("Konrad Muster")
    page.locator("[name=role]").select_option("interpreter")
    page.locator("[name=name]").fill("Ilinca Exemplu")
    page.locator("[name=organisation]").select_option(label="Kreis Bistrița-Năsăud")
    follow(page.locator("[name=another]"))
    expect(page.locator(".alert")).to_contain_text("Ilinca Exemplu")
    page.locator("[name=role]").select_option("youth")
    page.locator("[name=heads]").fill("12")
    page.locator("[name=organisation]").select_option(label="Gemeinden der Csepel-Insel")
    send(page)

    expect(page.locator("h1")).to_have_text(CAMP)
    table = page.locator("section[aria-labelledby=participants] table")
    heads = [text.strip().lower() for text in table.locator("thead th").all_inner_texts()]
    rows = {
        row.locator("th").inner_text(): dict(zip(heads[1:], row.locator("td").all_inner_texts(), strict=True))
        for row in table.locator("tbody tr").all()
    }
    youth = word("youth", "de", "participant").lower()
    curator = word("curator", "de", "participant").lower()
    interpreter = word("interpreter", "de", "participant").lower()
    assert rows["Ungarn"][youth] == "12"
    assert rows["Rumänien"][interpreter] == "1"
    assert rows["Deutschland"][curator] == "1"


def finds_every_spelling(page: Page) -> None:
    for words, found in (
        ("szepel", "Gemeinden der Csepel-Insel"),
        ("bistrita", "Kreis Bistrița-Năsăud"),
        ("strasse", CALL),
    ):
        page.locator("#search").fill(words)
        enter(page)
        expect(page.locator("main")).to_contain_text(found)


def sees_tomorrows_reminders(page: Page) -> None:
    follow(page.locator(".site-nav a[href='/reminders/']"))
    tomorrow = page.locator("tbody", has=page.locator(".words__head", has_text="3. März 2027"))

    # Due two days after the loading; the recipient is in Italy, at whose time it comes.
    row = tomorrow.locator("tr", has_text="Lebenslauf und Fotos für den Katalog")

    expect(row).to_contain_text("Maria Esempio")
    expect(row).to_contain_text("Italienisch")


def reads_the_outbox(page: Page) -> None:
    follow(page.locator(".site-nav a[href='/outbox/']"))

    def languages() -> set[str]:
        page.reload()
        rows = page.locator("table.list tbody tr")
        return {row.locator("td").nth(1).inner_text() for row in rows.all() if row.locator("details").count()}

    # Today's letters have left by now, each in its recipient's language.
    until(lambda: {"Rumänisch", "Italienisch"} <= languages())
    letter = page.locator("table.list tbody tr", has_text="Radu Exemplu").first
    letter.locator("summary[lang=ro]").click()
    expect(letter.locator("div[lang=ro]")).to_contain_text("Datele de călătorie ale artistei")


def test_a_partner_is_invited_and_comes(open_page: Callable[..., Page], office: Office) -> None:
    page = open_page("de")
    sign_in(page, office.account("coordinator"))
    follow(page.locator(".site-nav a[href='/people/']"))
    follow(page.get_by_role("link", name="Gesa Muster"))
    follow(page.locator("main a[href$='/invite']"))
    address = page.locator("[name=email]").input_value()
    send(page)
    expect(page.locator(".alert")).to_be_visible()

    mail = until(lambda: office.mails(address))[0]
    link = next(line.strip() for line in words_of(mail).splitlines() if "/welcome/" in line)
    guest = open_page("de", base_url=office.url)
    guest.goto(link)
    guest.locator("[name=password]").fill("ein-langer-satz-als-kennwort")
    send(guest)

    expect(guest).to_have_url(f"{office.url}/")
    expect(guest.locator("main")).to_contain_text("Ateliers zugesagt")
    assert guest.goto("/partnerships/").status == 403  # type: ignore[union-attr] # a page always answers
    # The link worked once, and the outbox never shows it.
    again = open_page("de")
    again.goto(link)
    expect(again.locator("[name=password]")).to_have_count(0)
    page.goto("/outbox/")
    assert "/welcome/" not in page.content()
