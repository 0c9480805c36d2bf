"""The coordinator's daily way without a mouse, with scripts and without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.trips.conftest import Office, enter

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trips")]

#: A stop is seen if it has a line around it that is thick enough, or as much of a shadow.
FOCUSED = """() => {
  const one = document.activeElement, looks = getComputedStyle(one);
  const seen = (looks.outlineStyle !== "none" && parseFloat(looks.outlineWidth) >= 2) || looks.boxShadow !== "none";
  const box = one.getBoundingClientRect();
  const inside = box.width > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  return {seen, inside, what: one.outerHTML.slice(0, 120)};
}"""
#: More stops than any page has.
MOST_STOPS = 150


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus; at each stop it is seen where one is."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        assert (stop["seen"], stop["inside"]) == (True, True), stop["what"]
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"no way to {selector}")


def write(page: Page, selector: str, words: str) -> None:
    """Go to a field and type."""
    tab_to(page, selector)
    page.keyboard.type(words)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_call_is_logged_without_a_mouse(open_page: Callable[..., Page], office: Office, scripts: bool) -> None:  # noqa: FBT001
    page = open_page("de", scripts=scripts)
    account = office.account("coordinator")
    page.goto("/sign-in")

    write(page, "[name=email]", account.address)
    write(page, "[name=password]", account.password)
    enter(page)
    page.wait_for_url(f"{office.url}/")

    # The first stop of each page leads past all that is the same everywhere.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.skip')")
    page.keyboard.press("Enter")
    tab_to(page, "main a")

    page.reload()
    tab_to(page, ".site-nav a[href='/projects/']")
    enter(page)
    page.wait_for_url("**/projects/")
    camp = page.get_by_role("link", name="Euarca+ 2027", exact=True).get_attribute("href")
    tab_to(page, f"main a[href='{camp}']")
    enter(page)
    page.wait_for_url(f"**{camp}")

    tab_to(page, "details:has(form[action^='/log/new']) > summary")
    page.keyboard.press("Enter")
    tab_to(page, "form[action^='/log/new'] [name=kind]")
    page.keyboard.press("ArrowDown")
    write(page, "form[action^='/log/new'] [name=summary]", "Anruf ohne Maus")
    enter(page)

    first = page.locator("section[aria-labelledby=log] ol.log > li").first
    expect(first).to_contain_text("Anruf ohne Maus")

    tab_to(page, ".menu > summary")
    page.keyboard.press("Enter")
    tab_to(page, "form[action='/sign-out'] button")
    enter(page)
    page.wait_for_url("**/sign-in")
