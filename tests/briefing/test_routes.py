"""The page before a visit, over HTTP."""

import gzip
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast
from tracker import clock
from tracker.db import PartialDate, db, writing
from tracker.events.models import EventStatus
from tracker.log.models import LogKind
from tracker.organisations.models import ClosedDay, Organisation
from tracker.partnerships.models import Partnership, PartnershipParty, Side
from tracker.people.models import Contact, Person
from tracker.projects.models import Project

pytestmark = pytest.mark.both

Browse = Callable[..., FlaskClient]
MOST_QUERIES = 8
MOST_BYTES = 60_000


def change(app: Flask, what: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it returns
    """Change something between two requests."""
    with app.app_context(), writing():
        made = what()
        db.session.commit()
        return made


def of(model: type[Any], id_: int) -> Any:  # noqa: ANN401 - a row of that model
    """Return a row."""
    return db.session.get_one(model, id_)


def partnership(cast: Cast) -> Partnership:
    """Return a partnership of the office with an organisation, over the project of both."""
    here, there = of(Organisation, cast.office), of(Organisation, cast.here)
    row = builders.partnership(here, there, de="Kassel – Bistrița", contact_since=PartialDate("2007"))
    of(Project, cast.project).partnerships = [row]
    return row


@pytest.fixture
def pair(app: Flask, cast: Cast) -> int:
    """Give the partnership of the cast."""
    made: int = change(app, lambda: partnership(cast).id)
    return made


def words(page: str, section: str = "") -> str:
    """Return what one reads on a page, or in one of its sections."""
    main = page[page.index("<main") : page.index("</main>")]
    if section:
        main = main[main.index(f'aria-labelledby="{section}"') :]
        main = main[main.index(">") + 1 : main.index("</section>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def page(browser: FlaskClient, id_: int, **args: str) -> str:
    """Return the page in English."""
    answer = browser.get(f"/partnerships/{id_}/visit", query_string={"lang": "en"} | args)
    assert answer.status_code == 200
    return answer.text


# ---- who is who


def test_both_sides_are_introduced(app: Flask, browse: Browse, cast: Cast, pair: int) -> None:
    def enter() -> None:
        partner = of(Person, cast.partner)
        partner.form_of_address, partner.phone = "domnule Partener", "+40 1"
        contact = partner_contact(cast)
        contact.function = "relații internaționale"
        contact.deputy = builders.person("Dora Deputy")
        row = of(Partnership, pair)
        row.what_we_call_them, row.what_they_call_us = "Bistritz", "prietenii din Kassel"

    change(app, enter)
    seen = page(browse(cast.coordinator), pair)

    assert "Bistrița-Năsăud (German) Romania Radu Partener (first contact)" in words(seen, "people")
    assert words(seen, "people").endswith(
        "(first contact) relații internaționale (Romanian) Form of address: domnule Partener · "
        "speaks Romanian with us · Deputy: Dora Deputy +40 1"
    )
    assert '<span lang="ro">relații internaționale</span>' in seen
    assert "What we call them Bistritz (German) What they call us prietenii din Kassel (Romanian)" in words(seen)


def partner_contact(cast: Cast) -> Contact:
    """Return the function of the cast's partner."""
    return db.session.query(Contact).filter_by(person_id=cast.partner).one()


def test_who_may_not_see_contact_data_reads_no_telephone(app: Flask, browse: Browse, cast: Cast, pair: int) -> None:
    def enter() -> None:
        of(Person, cast.partner).phone = "+40 1"

    change(app, enter)

    assert "+40 1" in page(browse(cast.administrator), pair)
    assert "Radu Partener" in page(browse(cast.reader), pair)
    assert "+40 1" not in page(browse(cast.reader), pair)


def test_who_will_have_left_by_then_is_not_named(app: Flask, browse: Browse, cast: Cast, pair: int) -> None:
    def enter() -> None:
        partner_contact(cast).until_on = date(2027, 5, 31)

    change(app, enter)
    browser = browse(cast.reader)

    assert "Radu Partener" in words(page(browser, pair, on="2027-05-31"), "people")
    assert "Radu Partener" not in words(page(browser, pair, on="2027-06-01"), "people")


def test_partners_do_not_find_it(browse: Browse, cast: Cast, pair: int) -> None:
    assert browse(cast.partner).get(f"/partnerships/{pair}/visit").status_code == 404


def test_the_partnership_leads_there(browse: Browse, cast: Cast, pair: int) -> None:
    seen = browse(cast.reader).get(f"/partnerships/{pair}?lang=en").text

    assert f'href="/partnerships/{pair}/visit"' in seen
    assert "Radu Partener (first contact) speaks" in words(seen)


# ---- visits and gifts


def test_a_visit_is_told_on_the_side_where_it_was(app: Flask, browse: Browse, cast: Cast, pair: int) -> None:
    def enter() -> None:
        school = builders.organisation(de="Schule", part_of_id=cast.here)
        for on, name, at in (
            ("2019", "Wir dort", cast.here),
            ("2020-05", "Wir in der Schule", school.id),
            ("2021-06-01", "Sie hier", cast.office),
            ("2022", "Irgendwo", None),
            ("2023", "Anderswo", cast.elsewhere),
        ):
            builders.log_entry(on=on, de=name, kind=LogKind.VISIT, partnership_id=pair, at_id=at)
        gone = builders.log_entry(de="Weg", kind=LogKind.VISIT, partnership_id=pair, at_id=cast.here)
        gone.archived_at = clock.now()
        there = builders.log_entry(on="2024", de="Im Projekt", kind=LogKind.VISIT, project_id=cast.project)
        there.people = [of(Person, cast.partner)]
        builders.log_entry(de="Fremd", kind=LogKind.VISIT, project_id=cast.other_project)

    change(app, enter)

    assert words(page(browse(cast.reader), pair), "visits") == (
        "Last visits With them May 2020 Wir in der Schule (German) at Schule 2019 Wir dort (German) "
        "With us 1 June 2021 Sie hier (German) Where it was is not logged "
        "2024 Im Projekt (German) Who was there: Radu Partener 2023 Anderswo (German) at Csepel-Insel "
        "2022 Irgendwo (German)"
    )


def test_gifts_are_told_by_who_gave_them(app: Flask, browse: Browse, cast: Cast, pair: int) -> None:
    def enter() -> None:
        builders.log_entry(on="2020", de="Bildband", kind=LogKind.GIFT_GIVEN, partnership_id=pair)
        builders.log_entry(on="2021", de="Krug", kind=LogKind.GIFT_RECEIVED, partnership_id=pair, at_id=cast.here)

    change(app, enter)

    assert words(page(browse(cast.reader), pair), "gifts") == (
        "Gifts Given by us 2020 Bildband (German) Received by us 2021 Krug (German)"
    )


def test_of_many_visits_the_newest_are_told_and_the_log_has_the_others(
    app: Flask, browse: Browse, cast: Cast, pair: int
) -> None:
    def enter() -> None:
        for year in range(2001, 2011):
            builders.log_entry(on=str(year), kind=LogKind.VISIT, partnership_id=pair, at_id=cast.here)

    change(app, enter)
    seen = page(browse(cast.reader), pair)

    assert re.findall(r"\b20\d\d\b", words(seen, "visits")) == ["2010", "2009", "2008", "2007"]
    assert f'href="/partnerships/{pair}/exchange?since=2001">and 6 more' in seen


def test_events_are_visits_and_what_comes(app: Flask, browse: Browse, cast: Cast, pair: int) -> None:
    today = clock.today("Europe/Berlin")

    def enter() -> None:
        values: dict[str, Any] = {"partnership_id": pair, "status": EventStatus.HELD, "ends_on": None}
        builders.event(de="Sie hier", begins_on=PartialDate("2019-05-02"), host_id=cast.office, **values)
        builders.event(de="Wir dort", begins_on=PartialDate("2020"), host_id=cast.here, **values)
        builders.log_entry(on="2019-05", de="Dasselbe", kind=LogKind.VISIT, partnership_id=pair, at_id=cast.office)
        builders.event(de="Bald", project_id=cast.project, begins_on=PartialDate.of(today + timedelta(days=9)))
        gone = {"begins_on": PartialDate.of(today - timedelta(days=9)), "ends_on": None}
        builders.event(de="Vorbei", partnership_id=pair, **gone)
        builders.event(de="Abgesagt", partnership_id=pair, status=EventStatus.CANCELLED)
        builders.event(de="Fremd", project_id=cast.other_project)

    change(app, enter)
    seen = page(browse(cast.reader), pair)

    assert words(seen, "visits") == "Last visits With them 2020 Wir dort (German) With us 2 May 2019 Sie hier (German)"
    assert re.findall(r"Bald|Vorbei|Abgesagt|Fremd", words(seen, "coming")) == ["Bald"]


# ---- what is open


def test_what_is_open_is_told_with_what_is_late(app: Flask, browse: Browse, cast: Cast, pair: int) -> None:
    today = clock.today("Europe/Berlin")

    def enter() -> None:
        project = of(Project, cast.project)
        builders.milestone(
            project, de="Spät", due_on=today - timedelta(days=3), organisation=of(Organisation, cast.here)
        )
        builders.milestone(project, de="Fremder Anteil", due_on=today - timedelta(days=9))
        builders.log_entry(de="Anruf", partnership_id=pair, next_step="Foto schicken", next_step_on=today)
        builders.log_entry(de="Anruf", partnership_id=pair, next_step="Irgendwann")
        done = builders.log_entry(de="Anruf", partnership_id=pair, next_step="Erledigt")
        done.next_step_done_at = clock.now()
        builders.request(project, of(Person, cast.partner), answer_by=today - timedelta(days=1))
        builders.request(of(Project, cast.other_project), of(Person, cast.stranger))

    change(app, enter)
    told = words(page(browse(cast.reader), pair), "open")

    order = ["Spät", "3 days late", "Künstler benannt", "Fremder Anteil", "Foto schicken", "Irgendwann"]
    places = [told.index(one) for one in order]
    assert places == sorted(places)
    assert "Erledigt" not in told
    assert "Asked and not answered yet Radu Partener: Euarca" in told
    assert "Ilona Idegen" not in told


# ---- the day


def test_the_day_says_what_the_clocks_show_and_who_is_off(app: Flask, browse: Browse, cast: Cast, pair: int) -> None:
    def enter() -> None:
        closed = {"from_on": date(2027, 4, 20), "until_on": date(2027, 4, 23), "label": "Vacanță"}
        db.session.add(ClosedDay(organisation_id=cast.here, **closed))
        db.session.add(ClosedDay(organisation_id=cast.here, from_on=date(2027, 6, 1), until_on=date(2027, 6, 1)))

    change(app, enter)
    seen = page(browse(cast.reader), pair, on="2027-04-22")

    assert "For 22 April 2027, as things stand on" in words(seen)
    assert "Local time when it is 12:00 here it is 13:00 there (+1 h)" in words(seen)
    told = words(seen, "days")
    assert "Tue, 20 Apr 2027 – Fri, 23 Apr 2027 Vacanță (Romanian) the other side" in told
    assert "Paștele (Romanian) the other side" in told
    assert "Jun" not in told


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("31.12.2999", "31 December 2999"), ("1000-01-01", "1 January 1000"), ("22.4.2027", "22 April 2027")],
)
def test_any_day_of_any_year_is_taken(browse: Browse, cast: Cast, pair: int, typed: str, shown: str) -> None:
    assert f"For {shown}, as things stand" in words(page(browse(cast.reader), pair, on=typed))


@pytest.mark.parametrize("typed", ["morgen", "2027", "2027-02-30", "99999-01-01", "\x00", "x" * 5000])
def test_what_is_no_day_gets_a_sentence_beside_its_field(browse: Browse, cast: Cast, pair: int, typed: str) -> None:
    seen = page(browse(cast.reader), pair, on=typed)

    assert "This is not a date. Please write day, month and year, such as 16.4.2027." in words(seen)
    assert 'aria-invalid="true"' in seen
    assert "as things stand" not in words(seen)


# ---- the extremes


def test_a_partnership_of_nothing_has_a_page(app: Flask, browse: Browse, cast: Cast) -> None:
    def enter() -> int:
        row = builders.partnership(of(Organisation, cast.office), of(Organisation, cast.here), de="Leer")
        row.parties = []
        return row.id

    seen = page(browse(cast.reader), change(app, enter))

    assert words(seen, "people") == "Who is who Our side Nobody is entered yet. The other side Nobody is entered yet."
    assert words(seen, "open") == "Promised and open Nothing is open."
    assert words(seen, "days").endswith("None on either side within two weeks.")
    assert "Last contact no contact is noted" in words(seen)
    assert "Local time" not in words(seen)


def test_both_sides_may_lie_in_one_country(app: Flask, browse: Browse, cast: Cast) -> None:
    def enter() -> int:
        return builders.partnership(of(Organisation, cast.office), builders.organisation(de="Fulda")).id

    seen = page(browse(cast.reader), change(app, enter), on="2027-10-03")

    assert "Local time the same as here" in words(seen)
    assert "Sun, 3 Oct 2027 Tag der Deutschen Einheit (German) both sides" in words(seen, "days")


def test_a_thousand_rows_cost_as_many_queries_as_few(
    app: Flask, browse: Browse, cast: Cast, pair: int, count_queries: Callable[[], Any]
) -> None:
    browser = browse(cast.coordinator)
    browser.get(f"/partnerships/{pair}/visit")
    with count_queries() as few:
        page(browser, pair)

    def enter() -> None:
        row, project, person = of(Partnership, pair), of(Project, cast.project), of(Person, cast.partner)
        zones = ("America/Chicago", "America/New_York", "Europe/Bucharest", "Asia/Kolkata")
        for number in range(10):
            zone = zones[number % len(zones)]
            body = builders.organisation(de=f"Gemeinde {number}", country="US", zone=zone, language="en")
            row.parties.append(PartnershipParty(organisation=body, side=Side.THERE))
            db.session.add(ClosedDay(organisation_id=body.id, from_on=date(2027, 4, 20), until_on=date(2027, 4, 23)))
            for _person in range(20):
                builders.person(at=body)
        for number in range(200):
            for kind in (LogKind.VISIT, LogKind.GIFT_GIVEN, LogKind.GIFT_RECEIVED):
                entry = builders.log_entry(kind=kind, partnership_id=pair, at_id=cast.here, next_step="Nachfragen")
                entry.people, entry.organisations = [person], [row.parties[-1].organisation]
                builders.led_to(f"partnership:{pair}", f"log_entry:{entry.id}")
            builders.milestone(project, due_on=date(2027, 4, 1) + timedelta(days=number))
            builders.request(project, builders.person())

    change(app, enter)
    with count_queries() as many:
        seen = page(browser, pair, on="2027-04-21")

    assert (len(many), len(few) <= MOST_QUERIES) == (len(few), True)
    assert len(gzip.compress(seen.encode())) < MOST_BYTES
    assert "and 12 more" in words(seen, "people")
    assert "and 196 more" in words(seen, "visits")
