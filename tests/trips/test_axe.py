"""Every page that somebody can open, looked at by axe, and at the width of the smallest phone.

Light and dark differ in colours alone, and so do German and Hungarian in words alone: what cannot differ is not asked
again.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.trips.conftest import DESK, VISITED_AT, Account, Office, follow, served, sign_in
from tracker.answers.links import AnswerLink
from tracker.app import create_app
from tracker.config import load
from tracker.hosting.links import HostLink
from tracker.locations import PACKAGE
from tracker.reminders.models import ReminderSubject

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("axe")]

AXE = PACKAGE / "static" / "vendor" / "axe-core" / "axe.min.js"
NARROWEST = 320
ROLES = ("administrator", "coordinator", "reader", "partner", "nobody")
#: Not pages: files, and answers for machines.
NO_PAGES = {
    "static",
    "overview.healthz",
    "calendar.event_file",
    "calendar.feed",
    "guestlists.days",
    "guestlists.heads",
    "downloads.file",
    "imports.left",
    "imports.template",
    "inbox.file",
    "documents.file",
    "documents.small",
}
#: What the addresses of single things are asked of the example.
THINGS = {
    "project_id": "SELECT max(id) FROM project WHERE edition_label = '2027'",
    "milestone_id": "SELECT max(milestone.id) FROM milestone JOIN person ON person.id = responsible_person_id "
    "WHERE state = 'open' AND person.language = 'ro'",
    "organisation_id": "SELECT organisation_id FROM contact JOIN person ON person.id = person_id "
    "WHERE person.language = 'ro'",
    "partnership_id": "SELECT partnership_id FROM project_partnership JOIN project ON project.id = project_id "
    "WHERE edition_label = '2027'",
    "series_id": "SELECT max(series_id) FROM project",
    "agreement_id": "SELECT max(id) FROM agreement",
    "pillar": "SELECT max(pillar) FROM pillar_text",
    "entry_id": "SELECT max(id) FROM log_entry WHERE next_step IS NOT NULL",
    "participant_id": "SELECT max(id) FROM participant WHERE heads IS NOT NULL",
    "person_id": "SELECT min(person.id) FROM person LEFT JOIN account ON account.person_id = person.id "
    "WHERE account.id IS NULL",
    "contribution_id": "SELECT max(id) FROM contribution",
    "event_id": "SELECT max(event_id) FROM programme_item",
    "offer_id": "SELECT max(id) FROM host_offer",
    "attendance_id": "SELECT max(id) FROM attendance",
    "item_id": "SELECT max(id) FROM programme_item",
    "delegation_id": "SELECT max(id) FROM delegation",
    "import_id": "SELECT max(id) FROM spreadsheet_import",
    "question_id": "SELECT max(id) FROM travel_question",
    "period_id": "SELECT max(id) FROM travel_period",
    "asked_id": "SELECT max(id) FROM travel_asked",
    "about": "SELECT min(subject) FROM document",
    "document_id": "SELECT max(id) FROM document",
    "thing": "SELECT min(outcome) FROM led_to",
    "update_id": "SELECT max(id) FROM status_update WHERE text IS NOT NULL",
    "contact_id": "SELECT max(id) FROM contact",
    "rule_id": "SELECT min(id) FROM reminder_rule",
    "mail_id": "SELECT min(id) FROM incoming_mail",
    "message_id": "SELECT coalesce(min(id), 0) FROM message",
}
#: Pages that are there for some of these alone.
FOR_SOME = {"succession.carry_on": {"partnership_id": "SELECT min(id) FROM partnership WHERE continued_by_id > 0"}}
#: Addresses with something behind them, and some that no route tells of.
MORE_PAGES = (
    "/imprint",
    "/public/de",
    "/search?q=csepel",
    "/search?q=zzz",
    "/projects/?q=zzz",
    "/calendar/?view=list",
    "/projects/9999",
    "/reminders/?by=person",
)

LOOK = """async (options) => {
  const found = await axe.run(document, {resultTypes: ["violations"], ...options});
  return found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.target.join(" ")}`));
}"""
COLOURS = {"runOnly": ["color-contrast"]}
ALL_BUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}
#: Each way in which words stand out here from what is under them: all that their contrast follows from.
PAINTED = """() => { const under = new Map(), found = new Set();
  const ground = one => { if (!one) return "";
    if (!under.has(one)) { const looks = getComputedStyle(one);
      const bare = looks.backgroundColor === "rgba(0, 0, 0, 0)" && looks.backgroundImage === "none";
      const painted = `${looks.backgroundColor} ${looks.backgroundImage} ${looks.opacity} on `;
      const own = bare && looks.opacity === "1" ? "" : painted;
      under.set(one, own + ground(one.parentElement)) }
    return under.get(one) };
  for (const one of document.querySelectorAll("body *"))
    if ("value" in one || [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())) {
      const looks = getComputedStyle(one);
      found.add(`${looks.color} ${looks.fontSize} ${looks.fontWeight} ${looks.textShadow} on ${ground(one)}`) }
  return [...found] }"""
#: What sticks out on the right, for whoever has to mend it.
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .slice(-3).map(one => `too wide: ${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 40)}`)"""
#: Unfold what is folded, so that it is looked at as well.
UNFOLD = "within => document.querySelectorAll(`${within} details`).forEach(one => { one.open = true })"
FOLD = "within => document.querySelectorAll(`${within} details`).forEach(one => { one.open = false })"
#: The page without what differs each time.
SHOWN = """() => { const copy = document.querySelector("main").cloneNode(true);
  copy.querySelectorAll("[type=hidden]").forEach(one => one.remove()); return copy.innerHTML }"""
#: Leave every field empty, as far as it can be.
EMPTY = """form => { for (const one of form.elements)
  if (one.type !== "hidden" && one.type !== "radio" && one.type !== "checkbox" && "value" in one
      && one.tagName !== "BUTTON") one.value = "" }"""


@pytest.fixture(scope="module")
def visited(example: tuple[Path, tuple[Account, ...]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Serve one example office that all of these look at."""
    with served(example, tmp_path_factory.mktemp("visited") / "instance") as office:
        yield office


@pytest.fixture(scope="module")
def looked_at() -> set[str]:
    """Return what was shown and looked at so far: what two roles see word for word needs no second look."""
    return set()


@pytest.fixture(scope="module")
def addresses(visited: Office, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the address of every page there is."""
    app = create_app(load({}, instance=str(tmp_path_factory.mktemp("map"))))
    with sqlite3.connect(f"file:{visited.instance / 'tracker.sqlite'}?mode=ro", uri=True) as connection:
        things = {name: connection.execute(query).fetchone()[0] for name, query in THINGS.items()}
        some = {
            endpoint: {name: connection.execute(query).fetchone()[0] for name, query in queries.items()}
            for endpoint, queries in FOR_SOME.items()
        }
    connection.close()
    things |= {"language": "it", "secret": "unknown", "token": "unknown", "which": "accessibility"}
    things |= {"subject": ReminderSubject.MILESTONE_DUE.value, "what": "off"}
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    with app.test_request_context():
        pages = [
            app.url_for(rule.endpoint, **{name: things[name] for name in rule.arguments} | some.get(rule.endpoint, {}))
            for rule in rules
            if rule.endpoint not in NO_PAGES
        ]
    return [*sorted(pages), *MORE_PAGES, *_behind_links(visited, things["milestone_id"])]


def _behind_links(visited: Office, milestone_id: int) -> list[str]:
    """Return the pages behind links of letters: about a milestone, one that works and one that is too old; a host's."""
    with sqlite3.connect(f"file:{visited.instance / 'tracker.sqlite'}?mode=ro", uri=True) as connection:
        query = "SELECT responsible_person_id FROM milestone WHERE id = ?"
        person_id = connection.execute(query, [milestone_id]).fetchone()[0]
        offer = connection.execute("SELECT id, person_id FROM host_offer WHERE person_id IS NOT NULL").fetchone()
    connection.close()
    keys = [(visited.instance / "secret_key").read_text(encoding="utf-8").strip()]
    tokens = [
        AnswerLink(f"milestone:{milestone_id}", person_id, VISITED_AT.date() - timedelta(days=days)).token(keys)
        for days in (0, 40)
    ]
    about_a_milestone = [f"/answer/{tokens[0]}", f"/answer/{tokens[0]}/pass-on", f"/answer/{tokens[1]}"]
    return [*about_a_milestone, f"/host/{HostLink(*offer).token(keys)}"]


@dataclass
class Inspector:
    """Somebody who looks at one page after another and notes what is wrong."""

    page: Page
    found: list[str]
    #: What was looked at so far, colours on colours among it: they are not asked again, wherever they stand.
    looked_at: set[str] = field(default_factory=set)

    def look(self, what: str, **options: Any) -> None:
        """Let axe look at the page as it stands."""
        self.found += [f"{what}: {one}" for one in self.page.evaluate(LOOK, options)]

    def look_in_both_lights(self, what: str) -> None:
        """Look at all but colours, and at the colours of both lights."""
        self.page.evaluate(UNFOLD, "main")
        self.look(what, **ALL_BUT_COLOURS)
        self._look_at_colours(what)
        self.page.emulate_media(color_scheme="dark")
        self._look_at_colours(f"{what} (dark)")
        self.page.emulate_media(color_scheme="light")

    def _look_at_colours(self, what: str) -> None:
        painted = set(self.page.evaluate(PAINTED))
        if painted - self.looked_at:
            self.looked_at |= painted
            self.look(what, **COLOURS)

    def look_narrowly(self, what: str) -> None:
        """See whether anything sticks out on the smallest phone, its menu included."""
        self.page.set_viewport_size({"width": NARROWEST, "height": 640})
        self.page.evaluate(UNFOLD, "body")
        self.found += [f"{what}: {one}" for one in self.page.evaluate(TOO_WIDE)]
        self.page.evaluate(FOLD, "header")
        self.page.set_viewport_size(DESK)

    def send_empty(self) -> bool:
        """Send the form of the page with nothing in it, and return whether it came back with a complaint."""
        form = self.page.locator("main form:has(.form__end)")
        if form.count() == 0:
            return False
        form.first.evaluate(EMPTY)
        follow(form.first.locator(".form__end button").first)
        return self.page.locator("main .alert--form").count() > 0


def test_the_inspector_would_notice(chromium: Browser) -> None:
    page = chromium.new_page(viewport=DESK)
    page.set_content(
        "<html lang=de><title>x</title><main><h1>x</h1><img src=x>"
        "<div style='width: 400px'>wide</div>"
        "<p style='color: #eee; background: #fff'>pale</p></main></html>"
    )
    page.add_script_tag(path=AXE)
    inspector = Inspector(page, [])

    inspector.look_in_both_lights("page")
    inspector.look_narrowly("page")
    page.close()

    assert inspector.found == ["page: image-alt: img", "page: color-contrast: p", "page: too wide: DIV  wide"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_sound(
    chromium: Browser, visited: Office, addresses: list[str], looked_at: set[str], role: str
) -> None:
    context = chromium.new_context(
        base_url=visited.url, locale="de", viewport=DESK, color_scheme="light", reduced_motion="reduce"
    )
    context.add_init_script(path=AXE)
    page = context.new_page()
    if role != "nobody":
        sign_in(page, visited.account(role, "ro" if role == "partner" else "de"))
    inspector = Inspector(page, [], looked_at)
    opened = 0
    refused: set[int] = set()
    for address in addresses:
        mark = "&" if "?" in address else "?"
        answer = page.goto(f"{address}{mark}lang=de")
        assert answer is not None
        if page.url.partition("?")[0] != f"{visited.url}{address.partition('?')[0]}" or answer.status in refused:
            continue
        if answer.status >= 400:
            # One page for all that is refused for the same reason.
            refused.add(answer.status)
        assert answer.status < 500, address
        opened += 1
        shown = page.evaluate(SHOWN)
        if shown in looked_at:
            continue
        looked_at.add(shown)
        inspector.look_in_both_lights(address)
        inspector.look_narrowly(address)
        if inspector.send_empty():
            inspector.look_in_both_lights(f"{address} sent empty")
            inspector.look_narrowly(f"{address} sent empty")
        page.goto(f"{address}{mark}lang=hu")
        inspector.look(f"{address} (hu)", **ALL_BUT_COLOURS)
        inspector.look_narrowly(f"{address} (hu)")
    context.close()

    assert inspector.found == []
    assert opened > {"nobody": 4, "partner": 10}.get(role, 20)
