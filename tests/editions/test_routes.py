"""The pages of editions and series, asked as each of the cast."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, change, told
from tracker import clock
from tracker.db import PartialDate, db
from tracker.events.models import Event, EventStatus
from tracker.lineage.models import LedTo
from tracker.milestones.models import Milestone
from tracker.organisations.models import ClosedDay, Organisation
from tracker.participants.models import ParticipantRole
from tracker.people.models import Person
from tracker.projects.models import Project, Series
from tracker.reminders.models import ReminderRule, ReminderSubject

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
Count = Callable[[], AbstractContextManager[list[str]]]

#: However many editions there are, or milestones to be looked through.
MOST_QUERIES = 8
ALL = ("milestones", "events", "organisations", "coordinators", "partnerships", "rules")
PLAN = {"label": "2032", "begins": "3.7.2032", "ends": "", "parts": ALL}


def plan(cast: Cast, **more: object) -> str:
    """Return the address of the page to be looked through."""
    asked = {name: value for name, value in ({"lang": "en"} | PLAN | more).items() if value is not None}
    return f"/projects/{cast.project}/next-edition?{urlencode(asked, doseq=True)}"


def shown(page: str) -> dict[str, str]:
    """Return what a browser would send back that changes nothing."""
    fields = re.findall(r"<input[^>]*>", page)
    sent: dict[str, str] = {"title-language": "de", "submission": "key-1"}
    for field in fields:
        of = dict(re.findall(r'([\w-]+)="([^"]*)"', field))
        is_ours = of.get("name", "").startswith(("take_", "on_", "title-text"))
        if is_ours and (of.get("type") != "checkbox" or " checked" in field):
            sent[of["name"]] = of.get("value", "y")
    return sent


@pytest.fixture
def euarca(app: Flask, cast: Cast) -> int:
    """Let the project be an edition of 2027 with everything that can be taken over, and give its series."""

    def enter() -> int:
        project = db.session.get_one(Project, cast.project)
        series = Series(title=builders.text(de="Euarca"))
        project.series, project.edition_label = series, "2027"
        project.title = builders.text(de="Euarca 2027")
        project.begins, project.ends = PartialDate("2027-07-03"), PartialDate("2027-07-18")
        office, here = db.session.get_one(Organisation, cast.office), db.session.get_one(Organisation, cast.here)
        partnership = builders.partnership(office, here)
        project.partnerships.append(partnership)
        milestone = db.session.get_one(Milestone, cast.milestone)
        milestone.due_on = milestone.first_due_on = date(2027, 5, 3)
        days = {"begins_on": PartialDate("2027-07-03"), "ends_on": PartialDate("2027-07-18")}
        event = builders.event(project_id=project.id, de="Lager 2027", en="Camp", place="Calden", **days)
        event.status, event.host, event.begins_at = EventStatus.CONFIRMED, office, time(9)
        builders.item(event, on=date(2027, 7, 4), begins_at=time(10))
        builders.delegation(event, here)
        builders.participant(project, organisation_id=here.id, heads=6)
        builders.contribution(project, here)
        db.session.add(
            ReminderRule(
                subject=ReminderSubject.MILESTONE_DUE,
                project_id=project.id,
                steps=[21],
                active_since=project.created_at,
                created_at=project.created_at,
            )
        )
        db.session.flush()
        return series.id

    return int(change(app, enter))


def newest() -> Project:
    """Return the project that was entered last."""
    return db.session.scalars(sa.select(Project).order_by(Project.id.desc()).limit(1)).one()


def number_of_projects() -> int:
    """Return how many projects there are."""
    return db.session.scalar(sa.select(sa.func.count(Project.id))) or 0


@pytest.mark.both
def test_the_next_edition_has_what_the_last_had_on_new_dates_and_nobody_who_took_part(
    browse: Browse, cast: Cast, euarca: int, look: Look
) -> None:
    browser = browse(cast.coordinator)
    page = browser.get(plan(cast)).text

    answer = browser.post(plan(cast), data=shown(page))

    def check() -> None:
        edition = newest()
        assert answer.location == f"/projects/{edition.id}"
        assert (str(edition.title), edition.status.value, edition.series_id) == ("Euarca 2032", "planned", euarca)
        assert (edition.edition_label, edition.reminders_paused, edition.published) == ("2032", True, False)
        assert (str(edition.begins), str(edition.ends)) == ("2032-07-03", "2032-07-18")
        last = db.session.get_one(Project, cast.project)
        roles = [[(one.organisation_id, one.role) for one in row.organisations] for row in (last, edition)]
        assert roles[0] == roles[1]
        assert edition.coordinators == last.coordinators
        assert edition.partnerships == last.partnerships != []
        [milestone] = db.session.scalars(sa.select(Milestone).where(Milestone.project_id == edition.id))
        assert (milestone.due_on, milestone.first_due_on) == (date(2032, 5, 4), date(2032, 5, 4))
        assert (milestone.responsible_organisation_id, milestone.responsible_person_id) == (cast.here, cast.partner)
        [event] = db.session.scalars(sa.select(Event).where(Event.project_id == edition.id))
        assert (str(event.begins_on), str(event.ends_on), event.place) == ("2032-07-03", "2032-07-18", "Calden")
        assert list(event.title.spellings) == ["Lager 2032", "Camp"]
        assert (event.status, event.reminders_paused) == (EventStatus.PLANNED, True)
        assert [(item.on, item.begins_at) for item in event.programme] == [(date(2032, 7, 4), time(10))]
        [rule] = db.session.scalars(sa.select(ReminderRule).where(ReminderRule.project_id == edition.id))
        assert (rule.steps, rule.subject) == ([21], ReminderSubject.MILESTONE_DUE)
        for table in ("participant", "contribution", "log_entry"):
            rows = sa.text(f"SELECT count(*) FROM {table} WHERE project_id = {edition.id}")
            assert db.session.scalar(rows) == 0
        assert db.session.scalar(sa.text("SELECT count(*) FROM delegation")) == 1
        led = db.session.scalars(sa.select(LedTo)).one()
        assert (led.origin, led.outcome) == (f"project:{cast.project}", f"project:{edition.id}")

    look(check)
    assert {"PROJECT_CREATED", "REMINDERS_PAUSED", "RULE_ADDED", "ORIGIN_NOTED"} <= {line[0] for line in look(told)}


@pytest.mark.both
def test_a_second_click_leads_to_the_same_edition(browse: Browse, cast: Cast, euarca: int, look: Look) -> None:
    browser = browse(cast.coordinator)
    sent = shown(browser.get(plan(cast)).text)

    first, again = browser.post(plan(cast), data=sent), browser.post(plan(cast), data=sent)

    assert first.status_code == again.status_code == 302
    assert first.location == again.location
    assert look(number_of_projects) == 3


def test_of_two_people_with_the_same_label_the_second_is_told(
    browse: Browse, cast: Cast, euarca: int, look: Look
) -> None:
    karla, anna = browse(cast.coordinator), browse(cast.administrator)
    sent = shown(karla.get(plan(cast)).text)

    karla.post(plan(cast), data=sent)
    answer = anna.post(plan(cast), data=sent | {"submission": "key-2"})

    assert answer.status_code == 200
    assert "There is an edition 2032 already." in answer.text
    assert look(number_of_projects) == 3


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"label": ""}, "This field is required."),
        ({"label": "x" * 61}, "This is too long"),
        ({"label": "2027"}, "There is an edition 2027 already."),
        ({"begins": ""}, "This field is required."),
        ({"begins": "29.2.2031"}, "This is not a date."),
        ({"begins": "2.7.2027"}, "The last edition began only then or later: 3 July 2027."),
        ({"ends": "1.7.2032"}, "The project would end before it begins."),
        ({"parts": ["people"]}, "Please choose something from the list."),
    ],
)
def test_a_plan_that_is_wrong_is_said_beside_its_field(  # noqa: PLR0917 - fixtures
    browse: Browse, cast: Cast, euarca: int, look: Look, wrong: dict[str, object], sentence: str
) -> None:
    browser = browse(cast.coordinator)

    page, sent = browser.get(plan(cast, **wrong)), browser.post(plan(cast, **wrong), data={"submission": "key-1"})

    assert page.status_code == sent.status_code == 200
    assert sentence in page.text
    assert look(number_of_projects) == 2


def test_dates_move_off_closed_days_of_who_answers_for_them_and_say_so(
    app: Flask, browse: Browse, cast: Cast, euarca: int
) -> None:
    def close() -> None:
        days = {"from_on": date(2032, 5, 4), "until_on": date(2032, 5, 6)}
        db.session.add(ClosedDay(organisation_id=cast.here, **days))

    change(app, close)

    browser = browse(cast.coordinator)
    holiday, closed = (browser.get(plan(cast, begins=begins)).text for begins in ("3.7.2032", "4.7.2032"))

    field = f"on_milestone_{cast.milestone}"
    assert shown(holiday)[field] == shown(closed)[field] == "2032-05-07"
    assert "moved from Mon, 3 May 2032: public holiday (Paștele)" in holiday
    assert "moved from Tue, 4 May 2032: closed day of the organisation" in closed
    # A Saturday again.
    assert shown(closed)["on_event_1"] == "3/7/2032"
    assert "moved from Sun, 4 July 2032: the same day of the week as last time" in closed.replace("Jul ", "July ")


def test_what_is_unticked_stays_behind_and_a_changed_date_counts(
    app: Flask, browse: Browse, cast: Cast, euarca: int, look: Look
) -> None:
    other = change(app, lambda: builders.milestone(db.session.get_one(Project, cast.project)).id)
    browser = browse(cast.coordinator)
    sent = shown(browser.get(plan(cast)).text)
    del sent[f"take_milestone_{other}"], sent["take_event_1"]

    browser.post(plan(cast), data=sent | {f"on_milestone_{cast.milestone}": "2032-04-01", f"on_milestone_{other}": ""})

    def taken() -> tuple[list[date], int]:
        days = db.session.scalars(sa.select(Milestone.due_on).where(Milestone.project_id == newest().id))
        events = sa.select(sa.func.count(Event.id)).where(Event.project_id == newest().id)
        return list(days), db.session.scalar(events) or 0

    assert look(taken) == ([date(2032, 4, 1)], 0)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("", "Please write a date, or do not take it over."),
        ("31.2.2032", "This is not a date."),
        ("2032", "A time needs a whole date: day, month and year."),
    ],
)
def test_a_date_that_does_not_go_is_said_beside_it_and_nothing_is_kept(  # noqa: PLR0917 - fixtures
    browse: Browse, cast: Cast, euarca: int, look: Look, day: str, sentence: str
) -> None:
    browser = browse(cast.coordinator)
    sent = shown(browser.get(plan(cast)).text)

    answer = browser.post(plan(cast), data=sent | {"on_event_1": day})

    assert answer.status_code == 200
    assert sentence in answer.text.partition('id="on_event_1"')[2].partition("</td>")[0]
    assert look(number_of_projects) == 2
    # The key was not used up: what is put right is entered.
    assert browser.post(plan(cast), data=sent).status_code == 302


def test_what_was_archived_while_somebody_looked_is_still_theirs_to_choose(  # noqa: PLR0917 - fixtures
    app: Flask, browse: Browse, cast: Cast, euarca: int, look: Look, now: datetime
) -> None:
    browser = browse(cast.coordinator)
    sent = shown(browser.get(plan(cast)).text)

    def archive() -> None:
        db.session.get_one(Milestone, cast.milestone).archived_at = now

    change(app, archive)

    assert f"on_milestone_{cast.milestone}" not in browser.get(plan(cast)).text
    assert browser.post(plan(cast), data=sent).status_code == 302
    assert look(number_of_projects) == 3


def test_a_project_without_a_series_begins_one(browse: Browse, cast: Cast, look: Look) -> None:
    browser = browse(cast.coordinator)
    asked = {"series": "Künstlertreffen", "parts": ("organisations",)}

    empty = browser.get(f"/projects/{cast.project}/next-edition?lang=en").text
    unnamed = browser.get(plan(cast, series="")).text
    browser.post(plan(cast, **asked), data=shown(browser.get(plan(cast, **asked)).text))

    assert 'value="Euarca"' in empty
    assert "This field is required." in unnamed

    def together() -> list[tuple[str, str, str | None]]:
        rows = db.session.scalars(sa.select(Project).where(Project.series_id.is_not(None)).order_by(Project.id))
        return [(str(row.title), str(row.series.title), row.edition_label) for row in rows if row.series]

    assert look(together) == [("Euarca", "Künstlertreffen", None), ("Euarca", "Künstlertreffen", "2032")]


@pytest.mark.both
def test_who_ended_since_is_marked_and_their_successor_takes_part(
    app: Flask, browse: Browse, cast: Cast, euarca: int, look: Look
) -> None:
    def merge() -> int:
        region = builders.organisation(de="Region Nord", country="RO")
        builders.change(db.session.get_one(Organisation, cast.here), region, happened_on=PartialDate("2028"))
        return region.id

    region = change(app, merge)
    browser = browse(cast.coordinator)
    page = browser.get(plan(cast)).text

    browser.post(plan(cast), data=shown(page))

    assert page.count("Bistrița-Năsăud is no more; Region Nord takes its place.") == 2

    def answering() -> tuple[set[int], list[tuple[int | None, int | None]]]:
        edition = newest()
        promised = db.session.scalars(sa.select(Milestone).where(Milestone.project_id == edition.id))
        who = [(one.responsible_organisation_id, one.responsible_person_id) for one in promised]
        return {one.organisation_id for one in edition.organisations}, who

    assert look(answering) == ({cast.office, region}, [(region, None)])


@pytest.mark.both
def test_two_hundred_milestones_are_looked_through_and_entered(  # noqa: PLR0917 - fixtures
    app: Flask, browse: Browse, cast: Cast, euarca: int, look: Look, count_queries: Count
) -> None:
    def promise() -> None:
        project, here = db.session.get_one(Project, cast.project), db.session.get_one(Organisation, cast.here)
        for number in range(199):
            builders.milestone(project, due_on=date(2027, 1, 1 + number % 28), organisation=here)

    change(app, promise)
    browser = browse(cast.coordinator)
    with count_queries() as asked:
        page = browser.get(plan(cast)).text

    assert browser.post(plan(cast), data=shown(page)).status_code == 302
    # Session and office, the project in four, what there is of it in six.
    assert len(asked) <= 16
    entered = sa.select(sa.func.count(Milestone.id))
    assert look(lambda: db.session.scalar(entered.where(Milestone.project_id == newest().id))) == 200


@pytest.mark.both
@pytest.mark.parametrize("number", [2, 30])
def test_the_page_of_a_series_asks_as_little_of_thirty_editions_as_of_two(  # noqa: PLR0917 - fixtures
    app: Flask, browse: Browse, cast: Cast, euarca: int, count_queries: Count, number: int
) -> None:
    def come_back() -> None:
        here = db.session.get_one(Organisation, cast.here)
        for year in range(2027 - number + 1, 2027):
            project = builders.project(de=f"Euarca {year}", organisations=[here], series_id=euarca)
            project.begins, project.edition_label = PartialDate(str(year)), str(year)
            builders.participant(project, organisation_id=here.id, heads=2, role=ParticipantRole.CURATOR)
            builders.event(project_id=project.id, place="Csepel")
            builders.contribution(project, here)

    change(app, come_back)
    for who in ("coordinator", "reader", "partner"):
        browser = browse(getattr(cast, who))
        with count_queries() as asked:
            page = browser.get(f"/series/{euarca}?lang=en").text
        assert len(asked) <= MOST_QUERIES
        # The editions and their sum; then each country by role.
        assert page.count("<tr>") == number + 2 + 2
        assert f'data-label="Curator">{2 * (number - 1)}</td>' in page
        assert f"<strong>{6 + 2 * (number - 1)}</strong>" in page


def test_a_partner_sees_the_editions_they_took_part_in_and_a_stranger_none(
    app: Flask, browse: Browse, cast: Cast, euarca: int
) -> None:
    def come_back() -> None:
        builders.project(de="Euarca 2022", series_id=euarca)

    change(app, come_back)

    page = browse(cast.partner).get(f"/series/{euarca}").text
    assert "Euarca 2027" in page
    assert "Euarca 2022" not in page
    assert browse(cast.stranger).get(f"/series/{euarca}").status_code == 404
    assert f'href="/series/{euarca}"' in browse(cast.partner).get(f"/projects/{cast.project}").text


def test_a_series_is_named_in_several_languages_and_a_later_change_is_shown(
    browse: Browse, cast: Cast, euarca: int, look: Look
) -> None:
    browser = browse(cast.coordinator)
    sent = {"title-text": "Euarca (Lager)", "title-language": "de", "title-en": "Euarca (camp)", "submission": "k"}

    assert browser.post(f"/series/{euarca}/edit", data=sent | {"version": "1"}).location == f"/series/{euarca}"
    late = browser.post(f"/series/{euarca}/edit?lang=en", data=sent | {"version": "1", "title-text": "Anders"})

    assert "Somebody else changed this meanwhile" in late.text
    spellings = look(lambda: list(db.session.get_one(Series, euarca).title.spellings))
    assert spellings == ["Euarca (Lager)", "Euarca (camp)"]
    assert "SERIES_CHANGED" in {line[0] for line in look(told)}


def test_who_coordinated_and_is_gone_coordinates_no_more(  # noqa: PLR0917 - fixtures
    app: Flask, browse: Browse, cast: Cast, euarca: int, look: Look, now: datetime
) -> None:
    def leave() -> None:
        db.session.get_one(Person, cast.coordinator).archived_at = now

    browser = browse(cast.administrator)
    change(app, leave)

    browser.post(plan(cast), data=shown(browser.get(plan(cast)).text))

    assert look(lambda: [person.id for person in newest().coordinators]) == [cast.administrator]


@pytest.mark.both
def test_how_often_a_series_comes_back_says_when_it_is_time(
    app: Flask, cast: Cast, euarca: int, browse: Browse, look: Look
) -> None:
    browser = browse(cast.coordinator)
    sent = {"title-text": "Euarca", "title-language": "de", "every_years": "5", "version": "1"}

    assert browser.post(f"/series/{euarca}/edit", data=sent).status_code == 302

    assert look(lambda: db.session.get_one(Series, euarca).every_years) == 5
    said = "It comes back every 5 years. The next edition is expected: July 2032"
    assert f"{said}." in browser.get(f"/series/{euarca}?lang=en").text
    change(app, lambda: setattr(db.session.get_one(Project, cast.project), "ends", PartialDate("2028")))
    assert f"{said} – 2033." in browser.get(f"/series/{euarca}?lang=en").text
    assert "is expected" not in browse(cast.partner).get(f"/series/{euarca}?lang=en").text
    start = f'href="/projects/{cast.project}/next-edition"'
    assert start not in browser.get("/").text

    def come_near() -> None:
        near = clock.today("Europe/Berlin") + timedelta(days=17 * 30)
        db.session.get_one(Project, cast.project).begins = PartialDate.of(near.replace(year=near.year - 5, day=1))

    change(app, come_near)
    assert start in browser.get("/").text
    assert start not in browse(cast.reader).get("/").text

    def enter_next() -> None:
        series = db.session.get_one(Series, euarca)
        builders.project(de="Euarca, die nächste", series=series, begins=PartialDate("2199"))

    change(app, enter_next)
    assert start not in browser.get("/").text


def test_a_rule_of_the_site_says_how_early_it_is_time(app: Flask, cast: Cast, euarca: int, browse: Browse) -> None:
    def come_near() -> None:
        near = clock.today("Europe/Berlin") + timedelta(days=17 * 30)
        db.session.get_one(Series, euarca).every_years = 5
        db.session.get_one(Project, cast.project).begins = PartialDate.of(near.replace(year=near.year - 5, day=1))
        values = {"steps": [6], "active_since": clock.now(), "created_at": clock.now()}
        db.session.add(ReminderRule(subject=ReminderSubject.EDITION, **values))

    change(app, come_near)

    assert "/next-edition" not in browse(cast.coordinator).get("/").text
