"""How often something may be tried: in three layers, and nobody is locked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import change
from tracker.app import create_app
from tracker.config import load
from tracker.db import db, writing
from tracker.web import limits
from tracker.web.access import public
from tracker.web.limits import Limit, TooOftenError
from tracker.web.models import Tally

LIMIT = Limit("trial", each=3, client=5, site=8, within=timedelta(minutes=15))
Try = Callable[..., bool]

pytestmark = pytest.mark.both


@pytest.fixture
def tries(app: Flask, now: datetime) -> Try:
    """Give a function that tries something from an address and says whether that was let through."""

    def try_it(thing: str, address: str = "192.0.2.1", *, at: datetime = now, device_id: int | None = None) -> bool:
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}), writing():
            try:
                limits.count(LIMIT, thing, now=at, device_id=device_id)
            except TooOftenError:
                return False
            db.session.commit()
            return True

    return try_it


def test_one_client_tries_one_thing_so_often(tries: Try) -> None:
    assert [tries("karla") for _time in range(4)] == [True, True, True, False]
    assert tries("radu")


def test_the_count_begins_anew_when_its_time_is_over(tries: Try, now: datetime) -> None:
    for _time in range(3):
        tries("karla")

    later = now + LIMIT.within
    assert not tries("karla", at=later - timedelta(seconds=1))
    assert [tries("karla", at=later) for _time in range(4)] == [True, True, True, False]


def test_a_clock_that_ran_ahead_keeps_nobody_waiting(tries: Try, now: datetime) -> None:
    for _time in range(3):
        tries("karla", at=now + timedelta(days=400))

    assert tries("karla")


def test_one_client_tries_many_things_so_often(tries: Try) -> None:
    assert [tries(f"number {number}") for number in range(6)] == [True] * 5 + [False]
    assert tries("number 7", "192.0.2.2")


def test_the_whole_site_is_tried_so_often(tries: Try) -> None:
    assert [tries("karla", f"192.0.2.{number}") for number in range(9)] == [True] * 8 + [False]


def test_what_one_client_uses_up_another_still_has(tries: Try) -> None:
    for _time in range(20):
        tries("victim", "203.0.113.9")

    assert tries("victim", "192.0.2.1")


def test_a_browser_that_the_account_knows_counts_for_itself_alone(tries: Try) -> None:
    for number in range(30):
        tries("victim", f"203.0.113.{number}")
    for _time in range(30):
        tries("victim", "192.0.2.1")

    assert [tries("victim", "192.0.2.1", device_id=7) for _time in range(4)] == [True, True, True, False]


def test_what_was_right_is_not_counted(app: Flask, tries: Try) -> None:
    for _time in range(20):
        assert tries("karla")
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": "192.0.2.1"}), writing():
            limits.take_back(LIMIT, "karla")
            db.session.commit()


def test_addresses_of_one_ipv6_network_are_one_client(tries: Try) -> None:
    assert [tries("karla", f"2001:db8::{number:x}") for number in range(4)] == [True, True, True, False]
    assert tries("karla", "2001:db8:0:1::1")
    assert [tries("radu", f"::ffff:192.0.2.{number}") for number in (1, 1, 1, 1, 2)] == [True, True, True, False, True]


def test_counts_are_kept_no_longer_than_they_count(app: Flask, tries: Try, now: datetime) -> None:
    tries("karla")
    tries("radu", "192.0.2.2", at=now + timedelta(minutes=20))

    # The count of the whole site began anew at the second time.
    assert change(app, lambda: limits.forget_over(now + timedelta(minutes=30))) == 2
    assert len(kept(app)) == 3


def test_no_address_can_be_read_from_what_is_kept(app: Flask, tries: Try) -> None:
    tries("karla@example.org")

    assert [(len(key), set(key) - set("0123456789abcdef")) for key in kept(app)] == [(64, set())] * 3


def kept(app: Flask) -> list[str]:
    """Return the keys of all counts."""
    with app.app_context():
        return list(db.session.scalars(sa.select(Tally.key)))


@pytest.mark.parametrize(
    ("proxies", "given", "seen"),
    [
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "10.0.0.1, 198.51.100.7", "198.51.100.7"),
        (2, "10.0.0.1, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        (1, None, "192.0.2.1"),
    ],
)
def test_a_client_is_the_right_most_address_that_our_proxies_wrote(
    tmp_path: Path, proxies: int, given: str | None, seen: str
) -> None:
    app = create_app(load({}, instance=str(tmp_path), proxies=str(proxies)))

    @app.get("/who")
    @public
    def who() -> str:
        return limits.client()

    headers = {"X-Forwarded-For": given} if given else {}
    answer = app.test_client().get("/who", headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.1"})

    assert answer.get_data(as_text=True) == seen


def test_under_tls_there_is_one_proxy_unless_told_otherwise(tmp_path: Path) -> None:
    here = {"instance": str(tmp_path)}

    assert load({}, **here).proxies == 0
    assert load({}, public_url="https://partners.example.org", **here).proxies == 1
    assert load({}, public_url="https://partners.example.org", proxies="0", **here).proxies == 0
