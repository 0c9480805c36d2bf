"""How long a browser stays signed in, what keeps it so, and what ends it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests import builders
from tests.conftest import Cast, account_of, change
from tracker import clock
from tracker.accounts.actions import end_sign_in, end_sign_ins
from tracker.accounts.models import Role, SignIn
from tracker.db import db
from tracker.entrance.actions import begin_sign_in, note_use
from tracker.entrance.queries import signed_in
from tracker.people.models import Contact

Browse = Callable[..., Any]
Look = Callable[[Callable[[], Any]], Any]
SECOND = timedelta(seconds=1)
#: Role and whether it is kept, to idle and absolute length.
LENGTHS = {
    (Role.ADMINISTRATOR, False): (timedelta(minutes=15), timedelta(hours=8)),
    (Role.COORDINATOR, False): (timedelta(minutes=60), timedelta(hours=12)),
    (Role.READER, True): (timedelta(minutes=60), timedelta(hours=12)),
    (Role.PARTNER, False): (timedelta(minutes=60), timedelta(hours=12)),
    (Role.PARTNER, True): (timedelta(days=30), timedelta(days=30)),
}


def begun(role: Role, *, kept: bool, now: datetime) -> SignIn:
    """Return the sign-in of somebody of this role; the cookie holds "s"."""
    account = account_of(builders.person("Somebody", role=role).id)
    return begin_sign_in(account, secret="s", kept=kept, device="", needs_factor=False, now=now)


@pytest.mark.both
@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize(("role", "kept"), LENGTHS)
def test_a_sign_in_ends_to_the_second(now: datetime, role: Role, kept: bool) -> None:  # noqa: FBT001 - a case
    idle, length = LENGTHS[role, kept]
    sign_in = begun(role, kept=kept, now=now)
    db.session.flush()

    assert signed_in("s", now + idle - SECOND) is not None
    assert signed_in("s", now + idle) is None
    # In use all the time.
    sign_in.used_at = now + length - SECOND
    db.session.flush()
    assert signed_in("s", now + length - SECOND) is not None
    assert signed_in("s", now + length) is None


@pytest.mark.both
@pytest.mark.usefixtures("unit")
def test_use_that_is_noted_late_does_not_bring_an_ended_sign_in_back(now: datetime) -> None:
    sign_in = begun(Role.PARTNER, kept=False, now=now)
    db.session.flush()
    end_sign_in(sign_in.account_id, sign_in.id, now)

    note_use(sign_in.id, now + timedelta(minutes=6))

    assert signed_in("s", now + timedelta(minutes=7)) is None


def used_at(look: Look) -> datetime:
    """Return when the only sign-in was last noted as used."""
    found: datetime = look(lambda: db.session.scalars(sa.select(SignIn.used_at)).one())
    return found


def test_pages_keep_a_sign_in_and_what_is_asked_for_beside_them_does_not(
    cast: Cast, browse: Browse, look: Look
) -> None:
    browser = browse(cast.partner)
    begun_at = used_at(look)

    clock.shift_by(timedelta(minutes=4))
    browser.get("/settings/")
    assert used_at(look) == begun_at
    clock.shift_by(timedelta(minutes=20))
    for path in ("/static/css/tracker.css", "/static/img/icon.svg", "/healthz", "/statements/imprint", "/nowhere"):
        browser.get(path).close()
    assert used_at(look) == begun_at
    browser.get("/settings/")
    assert used_at(look) > begun_at + timedelta(minutes=19)


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda secret: secret[:-1],
        lambda secret: secret + "A",
        lambda secret: secret.swapcase(),
        lambda secret: f'"{secret}',
        lambda _secret: "",
        lambda _secret: "' OR 1=1 --",
        lambda _secret: "A" * 4000,
        lambda _secret: "\u0000",
    ],
)
def test_a_cookie_that_is_not_exactly_ours_signs_nobody_in(
    cast: Cast, browse: Browse, spoilt: Callable[[str], str]
) -> None:
    browser = browse(cast.partner)
    assert browser.get("/settings/").status_code == 200

    browser.set_cookie("tracker", spoilt(browser.get_cookie("tracker").value))

    assert browser.get("/settings/").location == "/sign-in?next=/settings/"


def test_one_sees_and_ends_one_s_own_sign_ins_and_nobody_else_s(
    app: Flask, cast: Cast, browse: Browse, look: Look
) -> None:
    here, other, foreign = browse(cast.partner), browse(cast.partner), browse(cast.stranger)
    ids = look(lambda: db.session.scalars(sa.select(SignIn.id).order_by(SignIn.id)).all())

    page = here.get("/settings/?lang=en").get_data(as_text=True)
    assert page.count("/settings/sign-ins/") == 2
    assert page.count("this one") == 1
    here.post(f"/settings/sign-ins/{ids[2]}/end")
    assert foreign.get("/settings/").status_code == 200
    here.post(f"/settings/sign-ins/{ids[1]}/end")

    assert [one.get("/settings/").status_code for one in (here, other)] == [200, 302]


def test_an_administrator_signs_somebody_out_everywhere(cast: Cast, browse: Browse, look: Look) -> None:
    phone, desk, administrator = browse(cast.partner), browse(cast.partner), browse(cast.administrator)
    assert "Sign out everywhere" in administrator.get(f"/people/{cast.partner}/account?lang=en").text

    assert browse(cast.coordinator).post(f"/people/{cast.partner}/sign-out").status_code == 403
    assert administrator.post(f"/people/{cast.partner}/sign-out").location == f"/people/{cast.partner}"

    assert [one.get("/settings/").status_code for one in (phone, desk, administrator)] == [302, 302, 200]
    assert "They are signed in nowhere." in administrator.get(f"/people/{cast.partner}/account?lang=en").text


def test_whoever_s_function_ended_sees_nothing_of_the_project_from_the_next_day_on(
    app: Flask, cast: Cast, browse: Browse
) -> None:
    browser = browse(cast.partner)
    assert browser.get(f"/projects/{cast.project}").status_code == 200

    today = clock.today("Europe/Berlin")
    change(app, lambda: _end_function(cast.partner, today - timedelta(days=1)))

    assert browser.get(f"/projects/{cast.project}").status_code == 404


def _end_function(person_id: int, until_on: Any) -> None:  # noqa: ANN401 - a date
    rows = db.session.scalars(sa.select(Contact).where(Contact.person_id == person_id))
    for row in rows:
        row.until_on = until_on


def test_all_but_one_sign_in_end(app: Flask, cast: Cast, browse: Browse) -> None:
    browsers = [browse(cast.partner) for _number in range(3)]
    account_id = change(app, lambda: account_of(cast.partner).id)

    assert change(app, lambda: end_sign_ins(account_id, clock.now())) == 3
    assert {one.get("/settings/").status_code for one in browsers} == {302}
