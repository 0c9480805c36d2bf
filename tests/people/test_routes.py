"""Pages of people, asked as each of the cast and as nobody."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests import builders
from tests.conftest import Cast
from tracker import clock
from tracker.db import db, writing
from tracker.mail.models import Message
from tracker.people import passwords
from tracker.people.models import Account, AccountLink, Contact, MailRhythm, Person, Role, SignIn

PASSWORD = "Apfelkuchen am Herkules"
Browse = Callable[..., Any]
Look = Callable[[Callable[[], Any]], Any]
Counting = Callable[[], Any]

WHO = ("nobody", "partner", "stranger", "reader", "coordinator", "administrator")


def person_id(cast: Cast, who: str) -> int | None:
    """Return the id of one of the cast, or None for nobody."""
    return None if who == "nobody" else int(getattr(cast, who))


def account_of(person: int) -> Account:
    """Return the account of a person."""
    return db.session.scalars(sa.select(Account).where(Account.person_id == person)).one()


def change(app: Flask, act: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever was made
    """Do something in a unit of its own."""
    with app.app_context(), writing():
        made = act()
        db.session.commit()
        return made


def newcomer(app: Flask, **more: Any) -> int:
    """Enter a person who has no account yet and return their id."""
    return int(change(app, lambda: builders.person("Nora Neu", **more).id))


#: Address, and what nobody, the partner of a project, a partner of another one, reader, coordinator, administrator get.
#: {here} is the partner, {new} somebody without an account whom only the office knows.
ASKED = {
    "/people/": (302, 200, 200, 200, 200, 200),
    "/people/new": (302, 403, 403, 403, 200, 200),
    "/people/{here}/edit": (302, 403, 404, 403, 200, 200),
    "/people/{new}/edit": (302, 404, 404, 403, 200, 200),
    "/people/{here}/functions/new": (302, 403, 404, 403, 200, 200),
    "/people/{new}/invite": (302, 404, 404, 403, 200, 200),
    "/people/{here}/account": (302, 403, 404, 403, 403, 200),
    "/people/999999/edit": (302, 404, 404, 404, 404, 404),
    "/settings/": (302, 200, 200, 200, 200, 200),
    "/settings/password": (302, 200, 200, 200, 200, 200),
    "/forgotten": (200, 200, 200, 200, 200, 200),
    "/sign-in": (200, 302, 302, 302, 302, 302),
    "/welcome/unknown": (404, 404, 404, 404, 404, 404),
    "/new-password/unknown": (404, 404, 404, 404, 404, 404),
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
    "/functions/{contact}/end": (302, 403, 404, 403, 302, 302),
    "/people/{reader}/archive": (302, 403, 403, 403, 403, 302),
}


@pytest.mark.parametrize("path", DONE)
@pytest.mark.parametrize("number", range(len(WHO)), ids=WHO)
def test_each_act_knows_who_may_do_it(cast: Cast, browse: Browse, look: Look, path: str, number: int) -> None:
    contact = look(lambda: db.session.scalars(sa.select(Contact.id).where(Contact.person_id == cast.partner)).one())
    asked = path.format(here=cast.partner, contact=contact, reader=cast.reader)

    answer = browse(person_id(cast, WHO[number])).post(asked)

    assert answer.status_code == DONE[path][number]
    acted = answer.status_code == 302 and not answer.location.startswith("/sign-in")
    assert look(_is_touched) is acted


def _is_touched() -> bool:
    touched = sa.or_(Person.archived_at.is_not(None), Person.locked_at.is_not(None))
    ended = db.session.scalar(sa.select(sa.func.count()).select_from(Contact).where(Contact.until_on.is_not(None)))
    return bool(db.session.scalar(sa.select(sa.func.count()).select_from(Person).where(touched)) or ended)


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
    sent = {"name": "Radu Partener", "language": "ro", "mail_rhythm": "as_due"}
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


# ---- accounts


def letter() -> Message:
    """Return the newest letter."""
    return db.session.scalars(sa.select(Message).order_by(Message.id.desc())).first() or Message(text="")


def path_in(look: Look) -> str:
    """Return the path of the link in the newest letter."""
    found = re.search(r"http://127\.0\.0\.1:\d+(/\S+)", look(lambda: letter().text))
    assert found
    return found[1]


def test_an_invited_partner_chooses_a_password_and_is_in(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    person = newcomer(app, language="ro")
    sent = {"email": "Nora@example.org", "role": "partner"}
    assert browse(cast.coordinator).post(f"/people/{person}/invite", data=sent).location == f"/people/{person}"
    path, browser = path_in(look), browse()

    page = browser.get(path)
    assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert "nora@example.org" in page.get_data(as_text=True)
    refused = browser.post(f"{path}?lang=en", data={"password": "Nora Neu Nora Neu"}).get_data(as_text=True)
    assert "<span>This password is made of your name, your address or the office’s." in refused
    answer = browser.post(path, data={"password": PASSWORD})

    assert answer.location == "/"
    assert browser.get("/settings/").status_code == 200
    assert look(lambda: passwords.is_right(PASSWORD, account_of(person).password_hash))
    again = browse().get(f"{path}?lang=en")
    assert (again.status_code, "This link has been used already" in again.get_data(as_text=True)) == (410, True)
    assert browse().post(path, data={"password": "Zwetschgenkuchen am See"}).status_code == 410


def test_looking_at_a_link_uses_nothing_up(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    person = newcomer(app)
    browse(cast.coordinator).post(f"/people/{person}/invite", data={"email": "nora@example.org", "role": "partner"})
    path = path_in(look)

    for _time in range(3):
        browse().get(path)
        browse().head(path)

    assert look(lambda: db.session.scalars(sa.select(AccountLink.used_at)).all()) == [None]


def test_a_coordinator_invites_partners_only(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    person = newcomer(app)
    sent = {"email": "nora@example.org", "role": "administrator"}

    page = browse(cast.coordinator).post(f"/people/{person}/invite?lang=en", data=sent).get_data(as_text=True)
    assert "Please choose something from the list." in page
    assert look(lambda: db.session.scalars(sa.select(Account).where(Account.person_id == person)).all()) == []
    browse(cast.administrator).post(f"/people/{person}/invite", data=sent)
    assert look(lambda: account_of(person).role) is Role.ADMINISTRATOR
    assert browse(cast.coordinator).get(f"/people/{person}/invite").status_code == 403


def test_an_invitation_lasts_three_days(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    browse(cast.coordinator).post(f"/people/{newcomer(app)}/invite", data={"email": "n@example.org", "role": "partner"})
    path = path_in(look)

    clock.shift_by(timedelta(hours=71))
    assert browse().get(path).status_code == 200
    clock.shift_by(timedelta(hours=72))
    page = browse().get(f"{path}?lang=en")
    assert (page.status_code, "open for 72 hours and has expired" in page.get_data(as_text=True)) == (410, True)


def test_a_forgotten_password_is_answered_alike_and_sent_to_who_is_there(
    app: Flask, cast: Cast, browse: Browse, look: Look
) -> None:
    change(app, lambda: setattr(account_of(cast.partner), "password_hash", passwords.hash_password("before before")))
    address, other = look(lambda: account_of(cast.partner).email), browse(cast.partner)

    answers = [browse().post("/forgotten", data={"email": email}) for email in ("nobody@example.org", address)]

    assert [(answer.status_code, answer.location) for answer in answers] == [(302, "/sign-in")] * 2
    assert look(lambda: db.session.scalars(sa.select(Message.address)).all()) == [address]
    path, browser = path_in(look), browse()
    assert path.startswith("/new-password/")
    assert browse().get(path.replace("/new-password/", "/welcome/")).status_code == 404
    assert browser.post(path, data={"password": PASSWORD}).location == "/"
    assert browser.get("/settings/").status_code == 200
    assert other.get("/settings/").status_code == 302


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
    administrator.post(f"/people/{cast.partner}/lock")
    assert look(lambda: db.session.scalar(sa.select(Person.locked_at).where(Person.id == cast.partner))) is None
    assert partner.get("/people/").status_code == 302

    administrator.post(f"/people/{cast.administrator}/lock")
    page = administrator.get("/people/?lang=en")
    assert (page.status_code, "This is the last administrator." in page.get_data(as_text=True)) == (200, True)


# ---- one's own


def test_whoever_goes_to_another_country_leaves_its_part(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    change(app, lambda: setattr(db.session.get(Person, cast.partner), "subdivision", "DE-HE"))
    sent = {"language": "ro", "country": "RO", "mail_rhythm": "as_due", "version": "2"}

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


def test_a_password_is_changed_by_who_knows_the_old_one(app: Flask, cast: Cast, browse: Browse, look: Look) -> None:
    change(app, lambda: setattr(account_of(cast.partner), "password_hash", passwords.hash_password(PASSWORD)))
    browser, other = browse(cast.partner), browse(cast.partner)
    new = "Zwetschgenkuchen am See"

    wrong = browser.post("/settings/password?lang=en", data={"old": "guessed", "password": new}).get_data(as_text=True)
    assert "<span>This is not your present password.</span>" in wrong
    short = browser.post("/settings/password?lang=en", data={"old": PASSWORD, "password": "short"}).get_data(
        as_text=True
    )
    assert "<span>This password is too short" in short
    assert browser.post("/settings/password", data={"old": PASSWORD, "password": new}).location == "/settings/"

    assert look(lambda: passwords.is_right(new, account_of(cast.partner).password_hash))
    assert [one.get("/settings/").status_code for one in (browser, other)] == [200, 302]


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
