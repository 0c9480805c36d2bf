"""The next edition is started from the one that runs: looked through, changed a little, and entered."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.trips.conftest import Office, follow, send, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trips")]

LAST, NEXT, SERIES = "Euarca+ 2027", "Euarca+ 2032", "Euarca (European Art Camp)"
#: What is typed and clicked on the way, from the page of the last edition.
STEPS = 7


def test_the_next_edition_is_started_from_the_last_one_in_a_few_steps(
    open_page: Callable[..., Page], office: Office
) -> None:
    page = open_page("de")
    sign_in(page, office.account("coordinator"))
    page.goto("/search?q=euarca")
    follow(page.locator("main").get_by_role("link", name=LAST).first)
    milestones = page.locator("[id^=milestone-]").count()
    steps = 0

    def then(act: Callable[[], object]) -> None:
        nonlocal steps
        steps += 1
        act()

    then(lambda: follow(page.locator("main a[href$='/next-edition']")))
    then(lambda: page.locator("[name=label]").fill("2032"))
    then(lambda: page.locator("[name=begins]").fill("1.6.2032"))
    then(lambda: send(page))
    expect(page.locator("[name=title-text]")).to_have_value(NEXT)
    ticks = page.locator("main table input[type=checkbox]")
    assert ticks.count() >= milestones > 0
    closed = page.locator("main table p.muted", has_text="verschoben von")
    assert closed.count() > 0
    then(ticks.first.uncheck)
    then(lambda: page.locator("main table [name^=on_milestone]").last.fill("2032-06-30"))
    then(lambda: send(page))

    assert steps == STEPS
    expect(page.locator("h1")).to_have_text(NEXT)
    expect(page.locator(".alert").first).to_contain_text("Die nächste Auflage ist eingetragen")
    expect(page.locator("section[aria-labelledby=lineage]")).to_contain_text(LAST)
    expect(page.locator("section[aria-labelledby=participants] .nothing")).to_have_count(1)
    expect(page.locator("section[aria-labelledby=milestones]")).to_contain_text("30.06.2032")
    follow(page.get_by_role("link", name=SERIES))
    expect(page.locator("h1")).to_contain_text(SERIES)
    expect(page.locator("main tbody tr").first).to_contain_text(NEXT)
    expect(page.locator("main tbody tr", has_text=LAST)).to_have_count(1)
    assert page.locator("main svg rect").count() > 1
