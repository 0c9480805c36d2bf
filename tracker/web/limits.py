"""How often something may be tried, in three layers: whoever goes on waits a while, and nothing is ever locked.

A client is the browser, if the account knows it again, else its address. Counted are one client's tries of one thing
(an account, a link), all tries of a client, and those of the whole site. A browser that the account knows counts for
itself alone: nobody can use up the tries of a victim, neither from afar nor from the same house.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

import sqlalchemy as sa
from flask import current_app, request
from werkzeug.exceptions import TooManyRequests

from tracker.db import db, insert_new
from tracker.web.models import Tally

#: Whoever has one IPv6 address has all of its network.
_V6_NETWORK = 64


@dataclass(frozen=True)
class Limit:
    """How many tries there are within a time: of one client at one thing, of one client, of the whole site."""

    name: str
    each: int
    client: int
    site: int
    within: timedelta


class TooOftenError(TooManyRequests):
    """Somebody has to wait until an instant."""

    def __init__(self, until: datetime, wait: timedelta) -> None:
        """Take the instant from which on they may try again, and how far off that is."""
        super().__init__()
        self.until, self.wait = until, wait


def count(limit: Limit, thing: str, *, now: datetime, device_id: int | None = None) -> None:
    """Count a try; the caller commits before it is known whether it was right. Raises TooOftenError for one too many.

    `thing` is what is tried (an address, a token), `device_id` the device as which the account knows this browser.
    """
    for key, most in _layers(limit, thing, device_id):
        counted, until = _counted(key, limit.within, now)
        if counted > most:
            raise TooOftenError(until, until - now)


def take_back(limit: Limit, thing: str, *, device_id: int | None = None) -> None:
    """Count the last try no more: it was right."""
    keys = [key for key, _most in _layers(limit, thing, device_id)]
    fewer = sa.update(Tally).where(Tally.key.in_(keys), Tally.tries > 0).values(tries=Tally.tries - 1)
    db.session.execute(fewer.execution_options(synchronize_session=False))


def forget_over(now: datetime) -> int:
    """Drop what does not count any more, and return how many."""
    return int(db.session.execute(sa.delete(Tally).where(Tally.until < now)).rowcount)  # type: ignore[attr-defined] # a DELETE has it


def client() -> str:
    """Return the address that asks: the right-most one that our own proxies vouch for, and of IPv6 its network."""
    given = request.remote_addr or ""
    try:
        address = ip_address(given)
    except ValueError:
        return given
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> _V6_NETWORK << _V6_NETWORK))
    return str(address)


def _layers(limit: Limit, thing: str, device_id: int | None) -> list[tuple[str, int]]:
    """Return the keys that count a try, with how many they allow: in this order, so that no two wait for each other."""
    if device_id is not None:
        return [(_key(limit.name, "device", thing, str(device_id)), limit.each)]
    return [
        (_key(limit.name, "each", thing, client()), limit.each),
        (_key(limit.name, "client", client()), limit.client),
        (_key(limit.name, "site"), limit.site),
    ]


def _key(*parts: str) -> str:
    # Keyed: who gets at the database cannot try out which addresses were here.
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, "\0".join(("tally", *parts)).encode(), hashlib.sha256).hexdigest()


def _counted(key: str, within: timedelta, now: datetime) -> tuple[int, datetime]:
    """Count one more in one statement, whoever else does; return how many there are, and until when they count."""
    insert_new(Tally, {"key": key, "tries": 0, "until": now})
    # What counts for longer than anything may was written by a clock that ran ahead.
    is_over = sa.or_(Tally.until <= now, Tally.until > now + within)
    more = (
        sa.update(Tally)
        .where(Tally.key == key)
        .values(
            tries=sa.case((is_over, 1), else_=Tally.tries + 1),
            until=sa.case((is_over, now + within), else_=Tally.until),
        )
        .returning(Tally.tries, Tally.until)
    )
    row = db.session.execute(more.execution_options(synchronize_session=False)).one()
    return row.tries, row.until
