"""The second step of signing in, over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Cast, account_of, change, told
from tests.factors.things import Phone
from tests.proofs.conftest import PASSWORD, mailed, phone_for
from tracker import clock
from tracker.accounts.actions import new_link, set_password
from tracker.accounts.models import Device, LinkPurpose, SignIn
from tracker.db import db
from tracker.factors import actions
from tracker.factors.codes import recovery_codes
from tracker.factors.models import AuthenticatorApp, RecoveryCode
from tracker.mail.models import Message, MessageKind
from tracker.organisations.queries import office
from tracker.web.access import found

Browse = Callable[..., FlaskClient]
Look = Callable[[Callable[[], Any]], Any]
SECOND = "/sign-in/second"


def first(browser: FlaskClient, address: str, password: str = PASSWORD, **more: str) -> TestResponse:
    """Show the first proof."""
    return browser.post("/sign-in", data={"email": address, "password": password} | more)


def is_in(browser: FlaskClient) -> bool:
    """Whether somebody is signed in."""
    return browser.get("/projects/").status_code == 200


@pytest.fixture
def standing(addresses: dict[str, str], phone: Phone, browse: Browse) -> FlaskClient:
    """Give a browser of the coordinator that stands between the two steps."""
    browser = browse()
    answer = first(browser, addresses["coordinator"], next="/projects/?lang=en")
    assert answer.location == SECOND
    return browser


# ---- the way in


@pytest.mark.both
def test_password_and_code_let_in_and_lead_where_one_wanted(standing: FlaskClient, phone: Phone) -> None:
    before = is_in(standing)
    page = standing.get(f"{SECOND}?lang=en").text

    answer = standing.post(SECOND, data={"code": phone.code()})

    assert not before
    assert "One more step" in page
    assert (answer.status_code, answer.location) == (302, "/projects/?lang=en")
    assert is_in(standing)


def test_the_first_proof_alone_opens_nothing(app: Flask, standing: FlaskClient, look: Look) -> None:
    pages = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if not rule.arguments
        and "GET" in (rule.methods or ())
        and not getattr(app.view_functions[rule.endpoint], "is_public", False)
    ]

    assert len(pages) > 10
    assert {page: standing.get(page).status_code for page in pages} == dict.fromkeys(pages, 302)
    assert look(lambda: db.session.scalars(sa.select(SignIn)).all()) == []


def test_nobody_gets_there_without_the_first_proof(browse: Browse, phone: Phone) -> None:
    answers = [browse().get(SECOND), browse().post(SECOND, data={"code": phone.code()})]

    assert [(answer.status_code, answer.location) for answer in answers] == [(302, "/sign-in")] * 2


def test_the_second_step_has_ten_minutes(app: Flask, standing: FlaskClient, phone: Phone) -> None:
    clock.shift_by(timedelta(minutes=10, seconds=1))

    answer = standing.post(SECOND, data={"code": phone.code()})

    assert answer.location == "/sign-in"
    assert not is_in(standing)


def test_a_new_password_meanwhile_voids_the_first_proof(
    app: Flask, cast: Cast, standing: FlaskClient, phone: Phone
) -> None:
    change(app, lambda: setattr(account_of(cast.coordinator), "password_hash", "another"))

    assert standing.post(SECOND, data={"code": phone.code()}).location == "/sign-in"


@pytest.mark.both
def test_a_code_by_mail_and_the_second_factor_let_in_without_a_password(
    app: Flask, addresses: dict[str, str], phone: Phone, browse: Browse
) -> None:
    browser = browse()
    browser.post("/sign-in", data={"email": addresses["coordinator"], "password": "", "way": "code"})
    by_mail = browser.post("/sign-in/code", data={"code": mailed(app)})
    between = is_in(browser)

    answer = browser.post(SECOND, data={"code": phone.code()})

    assert (by_mail.location, between) == (SECOND, False)
    assert (answer.location, is_in(browser)) == ("/", True)


def test_neither_a_code_by_mail_nor_a_password_is_a_second_factor(
    app: Flask, addresses: dict[str, str], standing: FlaskClient, browse: Browse
) -> None:
    asking = browse()
    asking.post("/sign-in", data={"email": addresses["coordinator"], "password": "", "way": "code"})

    answers = [standing.post(SECOND, data={"code": typed}).status_code for typed in (mailed(app), PASSWORD)]

    assert answers == [200, 200]
    assert not is_in(standing)


def test_a_new_password_by_mail_keeps_the_second_factor(app: Flask, cast: Cast, phone: Phone, browse: Browse) -> None:
    def link() -> str:
        account = account_of(cast.coordinator)
        return new_link(account, LinkPurpose.RESET, public_url="", by_id=None, now=clock.now())[1]

    browser = browse()
    answer = browser.post(change(app, link), data={"password": "Drei Laster nach Bistritz"})
    between = is_in(browser)
    done = browser.post(SECOND, data={"code": phone.code()})

    assert (answer.location, between) == (SECOND, False)
    assert (done.location, is_in(browser)) == ("/", True)


# ---- a code works once


@pytest.mark.both
def test_a_code_lets_in_once(addresses: dict[str, str], phone: Phone, browse: Browse) -> None:
    code = phone.code()
    answers = []
    for typed in (code, code, f" {code[:3]} {code[3:]} ", code):
        browser = browse()
        first(browser, addresses["coordinator"])
        answers.append(browser.post(SECOND, data={"code": typed}).status_code)

    assert answers == [302, 200, 200, 200]


def test_a_used_code_stays_used_after_failed_tries(addresses: dict[str, str], phone: Phone, browse: Browse) -> None:
    code, browser = phone.code(), browse()
    first(browser, addresses["coordinator"])
    browser.post(SECOND, data={"code": code})

    again = browse()
    first(again, addresses["coordinator"])
    wrong = again.post(SECOND, data={"code": "000000"})
    first(browse(), addresses["coordinator"], password="something else entirely")
    reused = again.post(SECOND, data={"code": code})

    assert (wrong.status_code, reused.status_code) == (200, 200)
    assert not is_in(again)


def test_an_earlier_code_does_not_follow_a_later_one(addresses: dict[str, str], phone: Phone, browse: Browse) -> None:
    now = clock.now()
    answers = []
    for away in (1, 0, -1):
        browser = browse()
        first(browser, addresses["coordinator"])
        answers.append(browser.post(SECOND, data={"code": phone.code(away=away, now=now)}).status_code)

    assert answers == [302, 200, 200]


@pytest.mark.parametrize(("away", "status"), [(-2, 200), (-1, 302), (0, 302), (1, 302), (2, 200)])
def test_one_step_to_either_side_lets_in(standing: FlaskClient, phone: Phone, away: int, status: int) -> None:
    assert standing.post(SECOND, data={"code": phone.code(away=away)}).status_code == status


def test_the_code_that_set_the_app_up_lets_nobody_in(
    app: Flask, addresses: dict[str, str], cast: Cast, browse: Browse
) -> None:
    phone = phone_for(app, cast.coordinator)
    browser = browse()
    first(browser, addresses["coordinator"])
    change(
        app,
        lambda: setattr(
            found(db.session.scalar(sa.select(AuthenticatorApp))), "used_step", int(clock.now().timestamp()) // 30
        ),
    )

    assert browser.post(SECOND, data={"code": phone.code()}).status_code == 200


# ---- limits


def test_after_ten_wrong_codes_one_waits_but_a_known_browser_does_not(
    addresses: dict[str, str], phone: Phone, browse: Browse
) -> None:
    known = browse()
    first(known, addresses["coordinator"])
    known.post(SECOND, data={"code": phone.code(away=-1)})
    known.post("/sign-out")
    thief = browse()
    first(thief, addresses["coordinator"])

    wrong = [thief.post(SECOND, data={"code": "000000"}).status_code for _try in range(11)]
    first(known, addresses["coordinator"])
    let_in = known.post(SECOND, data={"code": phone.code()})

    assert wrong == [200] * 10 + [429]
    assert thief.post(SECOND, data={"code": phone.code(away=1)}).status_code == 429
    assert let_in.status_code == 302


def test_many_addresses_share_the_tries_of_an_account(
    app: Flask, cast: Cast, addresses: dict[str, str], phone: Phone, browse: Browse
) -> None:
    known = browse()
    first(known, addresses["coordinator"])
    known.post(SECOND, data={"code": phone.code(away=-1)})
    known.post("/sign-out")
    phone_for(app, cast.reader)

    def tries(address: str, who: str, times: int) -> list[int]:
        browser = browse()
        browser.environ_base["REMOTE_ADDR"] = address
        first(browser, addresses[who])
        return [browser.post(SECOND, data={"code": "000000"}).status_code for _try in range(times)]

    answers = [tries(f"192.0.2.{number}", "coordinator", 9) for number in range(6)]
    of_another = tries("192.0.2.99", "reader", 1)
    first(known, addresses["coordinator"])

    assert sum(one.count(200) for one in answers) == 50
    assert of_another == [200]
    assert known.post(SECOND, data={"code": phone.code()}).status_code == 302


def test_nothing_typed_is_no_try(standing: FlaskClient, phone: Phone) -> None:
    answers = {standing.post(SECOND, data={"code": ""}).status_code for _try in range(12)}

    assert answers == {200}
    assert standing.post(SECOND, data={"code": phone.code()}).status_code == 302


# ---- recovery codes


@pytest.fixture
def codes(app: Flask, cast: Cast, phone: Phone) -> list[str]:
    """Give the coordinator recovery codes."""
    made = recovery_codes(app.config["SECRET_KEY"], cast.coordinator, "form")

    def renew() -> None:
        actions.renew_codes(account_of(cast.coordinator), made, office=found(office()), now=clock.now())

    with app.test_request_context():
        change(app, renew)
    return made


@pytest.mark.both
def test_a_recovery_code_lets_in_once_and_is_told_by_mail(
    cast: Cast, addresses: dict[str, str], codes: list[str], browse: Browse, look: Look
) -> None:
    answers = []
    for typed in (codes[3], codes[3], codes[3].upper().replace("-", " "), codes[4]):
        browser = browse()
        first(browser, addresses["coordinator"])
        answers.append(browser.post(SECOND, data={"code": typed}).status_code)

    assert answers == [302, 200, 200, 302]
    assert [line[0] for line in look(told)].count("RECOVERY_CODE_USED") == 2

    def letters() -> list[tuple[str, str]]:
        rows = db.session.scalars(sa.select(Message).where(Message.kind == MessageKind.ACCOUNT).order_by(Message.id))
        return [(row.address, str(row.text)) for row in rows]

    sent = [text for address, text in look(letters) if address == addresses["coordinator"]]
    assert sum("Wiederherstellungscode" in text for text in sent) >= 2
    assert any("9" in text for text in sent)


def test_the_database_keeps_no_recovery_code(codes: list[str], look: Look) -> None:
    kept = look(lambda: set(db.session.scalars(sa.select(RecoveryCode.code_hash))))

    assert len(kept) == 10
    assert all(len(one) == 64 for one in kept)
    assert not kept & {form for code in codes for form in (code, code.replace("-", ""))}


def test_a_new_set_voids_the_old_one(
    app: Flask, cast: Cast, addresses: dict[str, str], codes: list[str], browse: Browse
) -> None:
    newer = recovery_codes(app.config["SECRET_KEY"], cast.coordinator, "another form")
    with app.test_request_context():
        change(
            app,
            lambda: actions.renew_codes(account_of(cast.coordinator), newer, office=found(office()), now=clock.now()),
        )
    answers = []
    for typed in (codes[0], newer[0]):
        browser = browse()
        first(browser, addresses["coordinator"])
        answers.append(browser.post(SECOND, data={"code": typed}).status_code)

    assert answers == [200, 302]


# ---- devices that are spared


@pytest.fixture
def spared(standing: FlaskClient, phone: Phone) -> FlaskClient:
    """Give a browser of the coordinator that is not asked for 30 days."""
    standing.post(SECOND, data={"code": phone.code(away=-1), "spare": "y"})
    standing.post("/sign-out")
    return standing


def test_a_spared_device_is_not_asked_for_30_days(
    spared: FlaskClient, addresses: dict[str, str], phone: Phone, browse: Browse
) -> None:
    elsewhere = first(browse(), addresses["coordinator"]).location
    soon = first(spared, addresses["coordinator"]).location
    spared.post("/sign-out")
    clock.shift_by(timedelta(days=29, hours=23))
    last = first(spared, addresses["coordinator"]).location
    spared.post("/sign-out")
    clock.shift_by(timedelta(days=30, seconds=5))
    over = first(spared, addresses["coordinator"]).location

    assert (elsewhere, soon, last, over) == (SECOND, "/", "/", SECOND)


def test_a_device_of_one_account_spares_no_other(
    app: Flask, spared: FlaskClient, cast: Cast, addresses: dict[str, str]
) -> None:
    phone_for(app, cast.reader)

    assert first(spared, addresses["reader"]).location == SECOND


def test_a_spared_device_can_be_forgotten(spared: FlaskClient, addresses: dict[str, str], look: Look) -> None:
    first(spared, addresses["coordinator"])
    page = spared.get("/settings/second-factor?lang=en").text
    device_id = look(lambda: db.session.scalars(sa.select(Device.id).where(Device.remembered_until.is_not(None))).one())

    answer = spared.post(f"/settings/second-factor/devices/{device_id}/forget")
    spared.post("/sign-out")

    assert "Devices that are not asked" in page
    assert answer.location == "/settings/second-factor"
    assert first(spared, addresses["coordinator"]).location == SECOND


def test_without_the_tick_no_device_is_spared(standing: FlaskClient, addresses: dict[str, str], phone: Phone) -> None:
    standing.post(SECOND, data={"code": phone.code()})
    standing.post("/sign-out")

    assert first(standing, addresses["coordinator"]).location == SECOND


def test_a_new_password_spares_no_device(
    app: Flask, spared: FlaskClient, cast: Cast, addresses: dict[str, str], kept: str
) -> None:
    change(app, lambda: set_password(account_of(cast.coordinator), password_hash=kept, by_id=None, now=clock.now()))

    assert first(spared, addresses["coordinator"]).location == SECOND
