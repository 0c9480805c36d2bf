"""A county is merged into an invented region and carried over: few clicks, and no line of its history is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.trips.conftest import PHONE, Office, follow, send, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trips")]

COUNTY = "Kreis Bistrița-Năsăud"
REGION = "Region Nösnerland (erfunden)"
#: From the page of the county; two of them send what was typed and ticked.
CLICKS = 3


def log_of(page: Page, county: str) -> list[str]:
    """Return every entry in which the county has a part, as the whole log tells it."""
    page.goto(f"/log/?organisation={county}")
    return page.locator("main table.list tbody tr, main ol.log > li").all_inner_texts()


def enter_the_region(page: Page) -> None:
    """Enter what it is merged into; as a rule that is there already."""
    page.goto("/organisations/new")
    page.locator("[name=name-text]").fill(REGION)
    page.locator("[name=kind]").select_option("region")
    page.locator("[name=country]").select_option("RO")
    page.locator("[name=zone]").select_option("Europe/Bucharest")
    send(page)
    expect(page.locator("h1")).to_have_text(REGION)


def test_a_county_that_is_merged_is_carried_over_without_losing_a_line(
    open_page: Callable[..., Page], office: Office
) -> None:
    page = open_page("de")
    sign_in(page, office.account("coordinator"))
    enter_the_region(page)
    page.goto("/search?q=bistrita")
    follow(page.get_by_role("link", name=COUNTY, exact=True))
    county = page.url.rpartition("/")[2]
    before = log_of(page, county)
    page.goto(f"/organisations/{county}")
    clicks = 0

    def click(what: str) -> None:
        nonlocal clicks
        clicks += 1
        follow(page.locator(what))

    click(f"main a[href='/organisations/{county}/became']")
    page.locator("[name=successors]").select_option(label=REGION)
    page.locator("[name=happened_on]").fill("1.1.2027")
    click("main .form__end button.kern-btn--primary")
    expect(page.locator("h1")).to_have_text("Was übergeht")
    ticked = page.locator("[name=things]:checked").count()
    assert ticked == page.locator("[name=things]").count() > 0
    click("main .form__end button.kern-btn--primary")
    expect(page.locator(".alert").first).to_contain_text(f"{ticked} Einträge sind übertragen.")

    assert clicks == CLICKS
    expect(page.locator("main .alert", has_text="1. Januar 2027")).to_contain_text(f"aufgegangen in {REGION}")
    assert log_of(page, county) == before
    assert len(before) > 0
    the_region_goes_on(page)
    the_partner_goes_on(open_page, office)


def the_region_goes_on(page: Page) -> None:
    """See the region where the county stood, and a line that says since when."""
    page.goto("/search?q=nosnerland")
    follow(page.locator("main").get_by_role("link", name=REGION, exact=True))
    expect(page.locator("main .alert")).to_contain_text(f"1. Januar 2027: {COUNTY} ist darin aufgegangen")
    expect(page.locator("section[aria-labelledby=contacts]")).to_contain_text("Radu Exemplu")
    follow(page.locator("section[aria-labelledby=partnerships] a").first)
    expect(page.locator("section[aria-labelledby=there]")).to_contain_text(REGION)
    expect(page.locator("section[aria-labelledby=there]")).to_contain_text(f"{COUNTY} ist darin aufgegangen")


def the_partner_goes_on(open_page: Callable[..., Page], office: Office) -> None:
    """Let the partner sign in, who works for the region now: what they are asked is there, and what is long done."""
    page = open_page("ro", PHONE)
    sign_in(page, office.account("partner", "ro"))

    expect(page.locator("main")).to_contain_text(re.compile("Euarca\\+ 2027"))
    follow(page.get_by_role("link", name="Euarca 2007/2008").first)
    expect(page.locator("section[aria-labelledby=partners]")).to_contain_text("Bistrița-Năsăud")
