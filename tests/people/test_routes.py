"""Pages of people, asked as each of the cast and as nobody."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests import builders
from tests.conftest import WHO, Cast, change, newcomer, person_id
from tracker import clock
from tracker.db import db
from tracker.people.models import Contact, MailRhythm, Person

Browse = Callable[..., Any]
Look = Callable[[Callable[[], Any]], Any]
Counting = Callable[[], Any]


#: Address, and what nobody, the partner of a project, a partner of another one, reader, coordinator, administrator get.
#: {here} is the partner, {new} somebody without an account whom only the office knows.
ASKED = {
    "/people/": (302, 200, 200, 200, 200, 200),
    "/people/new": (302, 403, 403, 403, 200, 200),
    "/people/{here}/edit": (302, 403, 404, 403, 200, 200),
    "/people/{new}/edit": (302, 404, 404, 403, 200, 200),
    "/people/{here}/functions/new": (302, 403, 404, 403, 200, 200),
    "/people/999999/edit": (302, 404, 404, 404, 404, 404),
}


@pytest.mark.parametrize("path", ASKED)
def test_each_page_knows_who_may_see_it(app: Flask, cast: Cast, browse: Browse, path: str) -> None:
    asked = path.format(here=cast.partner, new=newcomer(app))

    answers = tuple(browse(person_id(cast, who)).get(asked).status_code for who in WHO)

    assert answers == ASKED[path]


#: What a POST answers; the acts of somebody who may not change nothing.
DONE = {
    "/functions/{contact}/end": (302, 403, 404, 403, 302, 302),
}


@pytest.mark.parametrize("path", DONE)
@pytest.mark.parametrize("number", range(len(WHO)), ids=WHO)
def test_each_act_knows_who_may_do_it(cast: Cast, browse: Browse, look: Look, path: str, number: int) -> None:
    contact = look(lambda: db.session.scalars(sa.select(Contact.id).where(Contact.person_id == cast.partner)).one())
    asked = path.format(here=cast.partner, contact=contact)

    answer = browse(person_id(cast, WHO[number])).post(asked)

    assert answer.status_code == DONE[path][number]
    acted = answer.status_code == 302 and not answer.location.startswith("/sign-in")
    assert look(_has_ended) is acted


def _has_ended() -> bool:
    return bool(db.session.scalars(sa.select(Contact).where(Contact.until_on.is_not(None))).all())


# ---- the list


def names(page: str) -> list[str]:
    """Return the names in a list of people."""
    return re.findall(r'<th scope="row"><a href="/people/\d+">(.*?)</a>', page)


def test_a_partner_sees_only_whom_they_meet_and_no_contact_data(cast: Cast, browse: Browse) -> None:
    partner = browse(cast.partner).get("/people/?lang=en").get_data(as_text=True)
    reader = browse(cast.reader).get("/people/?lang=en").get_data(as_text=True)
    coordinator = browse(cast.coordinator).get("/people/?lang=en").get_data(as_text=True)

    everybody = ["Anna Admin", "Ilona Idegen", "Karla Koordination", "Radu Partener", "Rita Leserin"]
    assert names(partner) == ["Anna Admin", "Karla Koordination", "Radu Partener", "Rita Leserin"]
    assert names(reader) == names(coordinator) == everybody
    assert ["@example.org" in page for page in (partner, reader, coordinator)] == [False, False, True]
    assert ["Csepel" in page for page in (partner, reader)] == [False, True]


def test_the_list_is_narrowed_and_sorted_in_the_address(app: Flask, cast: Cast, browse: Browse) -> None:
    newcomer(app, country="AT")
    browser = browse(cast.coordinator)

    def asked(query: str) -> list[str]:
        return names(browser.get(f"/people/?{query}").get_data(as_text=True))

    assert asked("q=partener") == ["Radu Partener"]
    assert asked("country=RO") == ["Radu Partener"]
    assert asked("country=AT") == ["Nora Neu"]
    assert asked(f"organisation={cast.elsewhere}") == ["Ilona Idegen"]
    assert asked("sort=organisation&descending=1")[0] in {"Anna Admin", "Karla Koordination", "Rita Leserin"}
    assert asked("descending=1")[0] == "Rita Leserin"
    assert asked("archived=y") == []
    assert "Nobody is found here" in browser.get("/people/?lang=en&q=xyz").get_data(as_text=True)


def test_a_long_list_costs_as_many_queries_as_a_short_one(
    app: Flask, cast: Cast, browse: Browse, count_queries: Counting
) -> None:
    browser = browse(cast.coordinator)
    browser.get("/people/")
    with count_queries() as short:
        browser.get("/people/?q=radu")

    def more() -> None:
        here = builders.organisation(de="Verein")
        for number in range(30):
            builders.person(f"Radu {number}", at=here)

    change(app, more)
    with count_queries() as long:
        page = browser.get("/people/?q=radu").get_data(as_text=True)

    assert len(names(page)) == 31
    assert len(long) == len(short) <= 8


# ---- persons and functions

PERSON = {"name": "Nora Neu", "language": "it", "mail_rhythm": "weekly", "country": "IT"}


def test_a_double_click_enters_one_person_with_a_function(cast: Cast, browse: Browse, look: Look) -> None:
    browser = browse(cast.coordinator)
    sent = {**PERSON, "organisation": cast.here, "function": "segretaria", "submission": "twice"}

    answers = [browser.post("/people/new", data=sent) for _time in range(2)]

    made = look(lambda: db.session.scalars(sa.select(Person).where(Person.name == "Nora Neu")).one())
    assert [answer.location for answer in answers] == [f"/people/{made.id}"] * 2
    assert (made.language, made.country, made.mail_rhythm) == ("it", "IT", MailRhythm.WEEKLY)
    held = look(
        lambda: db.session.execute(
            sa.select(Contact.organisation_id, Contact.function).where(Contact.person_id == made.id)
        ).all()
    )
    assert held == [(cast.here, "segretaria")]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 201}, "This is too long: 201 characters, at most 200 are possible."),
        ({"email": "not an address"}, "This is not a mail address. It looks like name@example.org."),
        ({"subdivision": "DE-HE"}, "This is no part of the country that you chose."),
        ({"function": "sindaca"}, "Please choose the organisation too."),
        ({"name": "a\x00b"}, "This contains characters that cannot be saved. Please type it again."),
    ],
)
def test_bad_input_gets_a_sentence(cast: Cast, browse: Browse, changed: dict[str, str], sentence: str) -> None:
    answer = browse(cast.coordinator).post("/people/new?lang=en", data=PERSON | changed)

    assert answer.status_code == 200
    assert f"<span>{sentence}</span>" in answer.get_data(as_text=True)


def test_unknown_fields_are_refused(cast: Cast, browse: Browse) -> None:
    assert browse(cast.coordinator).post("/people/new", data=PERSON | {"locked_at": "2020"}).status_code == 400


def test_a_person_changed_meanwhile_is_shown_both_ways(cast: Cast, browse: Browse, look: Look) -> None:
    browser = browse(cast.coordinator)
    sent = {"name": "Radu Partener", "language": "ro", "mail_rhythm": "daily"}
    browser.post(f"/people/{cast.partner}/edit", data=sent | {"phone": "1", "version": "1"})

    page = browser.post(f"/people/{cast.partner}/edit?lang=en", data=sent | {"phone": "2", "version": "1"})

    assert "Somebody else changed this meanwhile" in page.get_data(as_text=True)
    person = look(lambda: db.session.get(Person, cast.partner))
    assert (person.phone, person.version) == ("1", 2)
    browser.post(f"/people/{cast.partner}/edit", data=sent | {"phone": "2", "version": "2"})
    assert look(lambda: db.session.scalar(sa.select(Person.phone).where(Person.id == cast.partner))) == "2"


def test_a_function_is_entered_changed_and_ended(cast: Cast, browse: Browse, look: Look) -> None:
    browser = browse(cast.coordinator)
    sent = {"organisation": cast.here, "function": "deputat", "from_on": "1.3.2020", "deputy": cast.coordinator}
    assert browser.post(f"/people/{cast.partner}/functions/new", data=sent).location == f"/people/{cast.partner}"

    def made() -> Contact:
        return db.session.scalars(sa.select(Contact).where(Contact.function == "deputat")).one()

    contact = look(made)
    assert (contact.from_on, contact.deputy_id, contact.is_first) == (date(2020, 3, 1), cast.coordinator, False)
    path = f"/functions/{contact.id}/edit?lang=en"
    wrong = browser.post(path, data=sent | {"until_on": "1.2.2020", "version": "1"}).get_data(as_text=True)
    assert "The last day lies before the first one." in wrong
    own = browser.post(path, data=sent | {"deputy": cast.partner, "version": "1"}).get_data(as_text=True)
    assert "Nobody can be their own deputy." in own
    browser.post(path, data=sent | {"is_first": "y", "version": "1"})
    assert look(made).is_first is True
    assert f'action="/functions/{contact.id}/end"' in browser.get(path).get_data(as_text=True)
    browser.post(f"/functions/{contact.id}/end")
    assert look(made).until_on == clock.today("Europe/Berlin")


def test_an_ended_function_takes_the_project_away(cast: Cast, browse: Browse, app: Flask) -> None:
    browser = browse(cast.partner)
    assert "Karla Koordination" in names(browser.get("/people/").get_data(as_text=True))

    ended = clock.today("Europe/Berlin") - timedelta(days=1)
    change(
        app,
        lambda: db.session.execute(sa.update(Contact).where(Contact.person_id == cast.partner).values(until_on=ended)),
    )

    assert names(browser.get("/people/").get_data(as_text=True)) == ["Radu Partener"]
