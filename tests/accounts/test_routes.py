"""Pages of accounts and one's own settings, asked as each of the cast and as nobody."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import WHO, Cast, account_of, change, newcomer, person_id
from tracker.accounts.models import Account, Role, SignIn
from tracker.db import db
from tracker.people.models import MailRhythm, Person

Browse = Callable[..., Any]
Look = Callable[[Callable[[], Any]], Any]


#: Address, and what nobody, the partner of a project, a partner of another one, reader, coordinator, administrator get.
#: {here} is the partner, {new} somebody without an account whom only the office knows.
ASKED = {
    "/people/{new}/invite": (302, 404, 404, 403, 200, 200),
    "/people/{here}/account": (302, 403, 404, 403, 403, 200),
    "/settings/": (302, 200, 200, 200, 200, 200),
}


@pytest.mark.parametrize("path", ASKED)
def test_each_page_knows_who_may_see_it(app: Flask, cast: Cast, browse: Browse, path: str) -> None:
    asked = path.format(here=cast.partner, new=newcomer(app))

    answers = tuple(browse(person_id(cast, who)).get(asked).status_code for who in WHO)

    assert answers == ASKED[path]


#: What a POST answers; the acts of somebody who may not change nothing.
DONE = {
    "/people/{here}/archive": (302, 403, 404, 403, 302, 302),
    "/people/{here}/lock": (302, 403, 404, 403, 403, 302),
    "/people/{reader}/archive": (302, 403, 403, 403, 403, 302),
}


@pytest.mark.parametrize("path", DONE)
@pytest.mark.parametrize("number", range(len(WHO)), ids=WHO)
def test_each_act_knows_who_may_do_it(cast: Cast, browse: Browse, look: Look, path: str, number: int) -> None:
    asked = path.format(here=cast.partner, reader=cast.reader)

    answer = browse(person_id(cast, WHO[number])).post(asked)

    assert answer.status_code == DONE[path][number]
    acted = answer.status_code == 302 and not answer.location.startswith("/sign-in")
    assert look(_is_touched) is acted


def _is_touched() -> bool:
    touched = sa.or_(Person.archived_at.is_not(None), Person.locked_at.is_not(None))
    return bool(db.session.scalar(sa.select(sa.func.count()).select_from(Person).where(touched)))


def test_a_coordinator_invites_partners_only(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    person = newcomer(app)
    sent = {"email": "nora@example.org", "role": "administrator"}

    page = browse(cast.coordinator).post(f"/people/{person}/invite?lang=en", data=sent).get_data(as_text=True)
    assert "Please choose something from the list." in page
    assert look(lambda: db.session.scalars(sa.select(Account).where(Account.person_id == person)).all()) == []
    browse(cast.administrator).post(f"/people/{person}/invite", data=sent)
    assert look(lambda: account_of(person).role) is Role.ADMINISTRATOR
    assert browse(cast.coordinator).get(f"/people/{person}/invite").status_code == 403


def test_a_role_is_changed_and_the_old_one_ends(cast: Cast, browse: Browse, look: Look) -> None:
    reader, administrator = browse(cast.reader), browse(cast.administrator)
    address = look(lambda: account_of(cast.reader).email)

    sent = {"email": address, "role": "coordinator", "version": "1"}
    assert administrator.post(f"/people/{cast.reader}/account", data=sent).location == f"/people/{cast.reader}"

    assert look(lambda: account_of(cast.reader).role) is Role.COORDINATOR
    assert reader.get("/people/").status_code == 302
    stale = administrator.post(f"/people/{cast.reader}/account?lang=en", data=sent | {"role": "partner"})
    assert "Somebody else changed this meanwhile" in stale.get_data(as_text=True)


def test_locking_out_ends_at_once_and_the_last_administrator_stays(cast: Cast, browse: Browse, look: Look) -> None:
    partner, administrator = browse(cast.partner), browse(cast.administrator)

    administrator.post(f"/people/{cast.partner}/lock")
    assert partner.get("/people/").status_code == 302
    administrator.post(f"/people/{cast.partner}/lock?back=y")
    assert look(lambda: db.session.scalar(sa.select(Person.locked_at).where(Person.id == cast.partner))) is None
    assert partner.get("/people/").status_code == 302

    administrator.post(f"/people/{cast.administrator}/lock?lang=en")
    page = administrator.get("/people/?lang=en")
    assert (page.status_code, "This is the last administrator." in page.get_data(as_text=True)) == (200, True)


def test_whoever_goes_to_another_country_leaves_its_part(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    change(app, lambda: setattr(db.session.get(Person, cast.partner), "subdivision", "DE-HE"))
    sent = {"language": "ro", "country": "RO", "mail_rhythm": "daily", "version": "2"}

    browse(cast.partner).post("/settings/", data=sent)

    assert look(lambda: db.session.scalar(sa.select(Person.subdivision).where(Person.id == cast.partner))) is None


def test_everybody_chooses_their_language_and_rhythm(cast: Cast, browse: Browse, look: Look) -> None:
    browser = browse(cast.partner)
    sent = {"language": "hu", "zone": "Europe/Budapest", "country": "HU", "mail_rhythm": "weekly", "version": "1"}

    assert browser.post("/settings/", data=sent).location == "/settings/"

    person = look(lambda: db.session.get(Person, cast.partner))
    assert (person.language, person.zone, person.country, person.mail_rhythm) == (
        "hu",
        "Europe/Budapest",
        "HU",
        MailRhythm.WEEKLY,
    )
    assert '<html lang="hu"' in browser.get("/settings/").get_data(as_text=True)
    assert browser.post("/settings/", data=sent | {"name": "Somebody else"}).status_code == 400


def test_only_administrators_find_the_office_there(cast: Cast, browse: Browse) -> None:
    pages = [browse(one).get("/settings/").get_data(as_text=True) for one in (cast.coordinator, cast.administrator)]

    assert ["/settings/office" in page for page in pages] == [False, True]


def test_own_sign_ins_are_listed_and_ended(cast: Cast, browse: Browse, look: Look) -> None:
    browser, second, third, foreign = (browse(one) for one in (cast.partner, cast.partner, cast.partner, cast.stranger))
    ids = look(lambda: db.session.scalars(sa.select(SignIn.id).order_by(SignIn.id)).all())
    assert browser.get("/settings/").get_data(as_text=True).count('/end"') == 3

    browser.post(f"/settings/sign-ins/{ids[3]}/end")
    assert foreign.get("/settings/").status_code == 200
    browser.post(f"/settings/sign-ins/{ids[1]}/end")
    assert [one.get("/settings/").status_code for one in (browser, second, third)] == [200, 302, 200]
    browser.post("/settings/sign-ins/end")
    assert [one.get("/settings/").status_code for one in (browser, third)] == [200, 302]
