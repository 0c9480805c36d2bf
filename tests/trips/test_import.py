"""The office's list of contacts comes in, right lines without the wrong ones, and goes back with one click."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from tests.trips.conftest import Office, follow, send, sign_in, word

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trips")]

HEADINGS = ("Nachname", "Vorname", "Dienststelle", "Funktion", "E-Mail", "Telefon", "Land", "Sprache")
#: What is wrong with ten of them: cells that differ from a right line, and the sentence that says why.
FAULTS: tuple[tuple[dict[str, str], str, dict[str, object]], ...] = (
    ({"E-Mail": "klaus(at)example.org"}, "“%(text)s” is no e-mail address.", {"text": "klaus(at)example.org"}),
    ({"Nachname": "", "Vorname": ""}, "“%(field)s” is missing.", {"field": "Name"}),
    (
        {"Dienststelle": "Waldvirtel"},
        "There is no organisation called “%(name)s” yet. Please take over the organisations first.",
        {"name": "Waldvirtel"},
    ),
    ({"Land": "Absurdistan"}, "“%(text)s” is no country that we know.", {"text": "Absurdistan"}),
    ({"Sprache": "Latein"}, "“%(text)s” is none of the languages that we write in.", {"text": "Latein"}),
    ({"Dienststelle": ""}, "Please choose the organisation too.", {}),
    ({"Telefon": "0" * 61}, "“%(field)s” is longer than %(most)s letters.", {"field": "Telefon", "most": 60}),
    (
        {"Vorname": "A" * 100, "Nachname": "B" * 100},
        "“%(field)s” is longer than %(most)s letters.",
        {"field": "Name", "most": 200},
    ),
    ({"E-Mail": "kontakt1@example.org", "Nachname": "Nr 1"}, "Line %(number)s names the same person.", {"number": 4}),
    ({"Funktion": "x" * 201}, "“%(field)s” is longer than %(most)s letters.", {"field": "Funktion", "most": 200}),
)
CONTACTS = 300


def contacts() -> tuple[bytes, dict[int, str]]:
    """Return a list as an office has it, and what is to be said of which of its lines."""
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    book.add_worksheet("Deckblatt")
    page = book.add_worksheet("Kontakte")
    page.merge_range(0, 0, 0, len(HEADINGS) - 1, "Adressliste Partnerschaften")
    page.write_row(2, 0, HEADINGS)
    wrong: dict[int, str] = {}
    for number in range(1, CONTACTS + 1):
        cells = {
            "Nachname": f"Nr {number}",
            "Vorname": "Kontakt",
            "Dienststelle": "Waldviertel-Management",
            "Funktion": "Beratung",
            "E-Mail": f"kontakt{number}@example.org",
            "Telefon": f"+43 2852 {number}",
            "Land": "Österreich",
            "Sprache": "Deutsch",
        }
        place, rest = divmod(number, CONTACTS // len(FAULTS))
        if not rest:
            changed, sentence, facts = FAULTS[place - 1]
            cells |= changed
            wrong[number + 3] = word(sentence, "de") % facts
        page.write_row(number + 2, 0, list(cells.values()))
    book.close()
    return file.getvalue(), wrong


def test_three_hundred_contacts_with_ten_faults_come_in_and_go_back(
    open_page: Callable[..., Page], office: Office, tmp_path: Path
) -> None:
    content, wrong = contacts()
    (tmp_path / "Kontakte.xlsx").write_bytes(content)
    page = open_page("de")
    sign_in(page, office.account("coordinator"))
    page.goto("/people/")
    before = page.locator("main").get_by_text("Einträge").inner_text().partition(" ·")[0]

    follow(page.get_by_role("link", name=word("From a spreadsheet", "de")))
    page.locator("[name=file]").set_input_files(tmp_path / "Kontakte.xlsx")
    send(page)
    expect(page.locator("main select[name^=column_]")).to_have_count(len(HEADINGS))
    expect(page.locator("main select[name=column_0]")).to_have_value("family")
    send(page)

    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(len(wrong))
    for number, sentence in wrong.items():
        row = rows.filter(has=page.locator("td.number", has_text=re.compile(f"^{number}$")))
        expect(row).to_contain_text(sentence)
    link = page.get_by_role("link", name=word("Lines that stay out, as a file", "de")).get_attribute("href")
    file = page.request.get(str(link)).body()
    left = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()
    assert [str(cells[-1]) for cells in left[1:]] == list(wrong.values())
    follow(page.get_by_role("button", name="290"))

    expect(page.locator("main")).to_contain_text("290 Zeilen wurden übernommen")
    address = page.url
    page.goto("/people/?q=kontakt")
    expect(page.locator("main")).to_contain_text("290 Einträge")
    page.goto(address)
    follow(page.get_by_role("button", name=word("Take it all back", "de")))
    expect(page.locator("main")).to_contain_text(word("All that came in with this file is taken back.", "de"))
    page.goto("/people/")
    expect(page.locator("main")).to_contain_text(before)
