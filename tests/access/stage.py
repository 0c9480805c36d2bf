"""One installation for all questions about access: two projects with everything in them, and those who ask.

It is built once. Who only reads leaves it as it is; who writes puts it back afterwards.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug import Response

from tests import builders
from tests.access import words
from tests.access.rows import HERE, OFFICE, THERE, enter, links_of
from tests.access.words import Words
from tests.conftest import account_of, sign_in
from tracker import clock
from tracker.accounts.models import Device, SignIn
from tracker.accounts.rules import hash_of
from tracker.app import create_app
from tracker.config import load
from tracker.db import db, writing
from tracker.mail.models import Message
from tracker.people.models import Person
from tracker.web import kept

#: Who asks, in the order of the table.
PRINCIPALS = (
    "nobody",
    "partner",
    "elsewhere",
    "former",
    "coordinator",
    "reader",
    "administrator",
    "locked",
    "link",
)
#: Browsers of the partner, and of somebody in the archive, in which nobody is signed in any more.
SHUT_OUT = ("signed out", "idle", "expired", "archived")


@dataclass(frozen=True)
class Stage:
    """The application, its database, and what is on it."""

    app: Flask
    path: Path
    saved: sqlite3.Connection
    #: Principal to the secret of their cookie; who has none is missing.
    secrets: Mapping[str, str]
    #: Principal to the person.
    people: Mapping[str, int]
    #: "here", "there" or "office" to what addresses are made of.
    things: Mapping[str, Mapping[str, Any]]
    #: Endpoint to what stands in the address of the link that somebody holds.
    links: Mapping[str, Mapping[str, str]]
    #: What stands in every field.
    words: Words
    _pages: dict[tuple[str, str, str], tuple[str, bytes]] = field(default_factory=dict)

    def browser(self, who: str) -> FlaskClient:
        """Return the browser of somebody."""
        client = self.app.test_client()
        if who in self.secrets:
            client.set_cookie("tracker", self.secrets[who])
        return client

    def ask(self, who: str, method: str, endpoint: str, place: str = HERE, **more: Any) -> tuple[str, Response]:
        """Let somebody ask for a page about the things of a place; return the answer in a word, and the answer."""
        answer = self.browser(who).open(self.address(who, endpoint, place), method=method, **more)
        return told(answer), answer

    def page(self, who: str, endpoint: str, place: str = HERE) -> tuple[str, bytes]:
        """Return what somebody is answered who looks at a page of the stage as it was built, and its bytes."""
        asked = (who, endpoint, place)
        if asked not in self._pages:
            word, answer = self.ask(who, "GET", endpoint, place)
            self._pages[asked] = (word, answer.get_data())
            answer.close()
        return self._pages[asked]

    def arguments(self, endpoint: str) -> set[str]:
        """Return the names of what stands in the address of a page."""
        return next(rule.arguments for rule in self.app.url_map.iter_rules() if rule.endpoint == endpoint)

    def places(self, endpoint: str) -> list[str]:
        """Return about the things of which places a page can be asked for: of both, where its address names things."""
        here, there = (
            [self.things[place][name] for name in sorted(self.arguments(endpoint))] for place in (HERE, THERE)
        )
        return [HERE] if here == there else [HERE, THERE]

    def address(self, who: str, endpoint: str, place: str) -> str:
        """Return the address of a page; who holds a link has the secret of it."""
        rule = next(rule for rule in self.app.url_map.iter_rules() if rule.endpoint == endpoint)
        known = {**self.things[place], **(self.links.get(endpoint, {}) if who == "link" else {})}
        with self.app.test_request_context():
            return self.app.url_for(endpoint, **{name: known[name] for name in rule.arguments})

    def state(self) -> int:
        """Return a number that another one follows whenever somebody has written."""
        return int(self.monitor.execute("PRAGMA data_version").fetchone()[0])

    @property
    def monitor(self) -> sqlite3.Connection:
        """A connection that writes nothing itself."""
        return _monitors.setdefault(self.path, sqlite3.connect(self.path))

    def put_back(self) -> None:
        """Make everything as it was built."""
        with sqlite3.connect(self.path) as target:
            # Thousands of times, and never after the power was cut.
            target.execute("PRAGMA synchronous=OFF")
            self.saved.backup(target)
        target.close()
        # As many changes as there were before are others now.
        kept.install(self.app)


_monitors: dict[Path, sqlite3.Connection] = {}


def factors_of(person_id: int, now: datetime) -> dict[str, int]:
    """Give somebody a second factor, and a device that is spared it; return their ids."""
    account = account_of(person_id)
    passkey = builders.passkey(account)
    device = Device(account_id=account.id, secret_hash=f"device {account.id}", name="Firefox, Windows")
    device.first_seen_at = device.last_seen_at = now
    device.remembered_until = now + timedelta(days=1)
    db.session.add(device)
    db.session.flush()
    return {"passkey_id": passkey.id, "device_id": device.id}


def told(answer: Response) -> str:
    """Return what an answer says in a word: a status, or "in" for being led to the sign-in page."""
    if answer.status_code == 302 and answer.location.split("?")[0] == "/sign-in":
        return "in"
    return str(answer.status_code)


def _shut_out(secret: str, why: str, now: datetime) -> None:
    """Let nobody be signed in any more in a browser, in one of the ways there are."""
    row = db.session.scalars(sa.select(SignIn).where(SignIn.secret_hash == hash_of(secret))).one()
    if why == "signed out":
        row.ended_at = now
    elif why == "idle":
        row.used_at = now - timedelta(seconds=row.idle_seconds)
    elif why == "expired":
        row.expires_at = now
    else:
        row.account.person.archived_at = now


def build(folder: Path) -> Stage:
    """Bring everybody and everything on the stage."""
    path = folder / "stage.sqlite"
    settings = load({}, instance=str(folder), database_url=f"sqlite:///{path}", mail_from="Kassel <k@example.org>")
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), writing():
        db.create_all()
        entered = enter(clock.now())
        links = links_of(db.session.get_one(Person, entered.people["link"]), app.config["SIGNING_KEYS"], clock.now())
        db.session.commit()
    people, things = entered.people, entered.things
    cookies = {who: sign_in(app, people[who]) for who in PRINCIPALS if who not in {"nobody", "link"}}
    cookies |= {why: sign_in(app, people.get(why, people["partner"])) for why in SHUT_OUT}
    with app.app_context(), writing():
        now = clock.now()
        db.session.get_one(Person, people["locked"]).locked_at = now
        db.session.execute(sa.update(SignIn).values(idle_seconds=86400, expires_at=now + timedelta(days=1)))
        for place, who in ((HERE, "partner"), (THERE, "elsewhere"), (OFFICE, "coordinator")):
            row = sa.select(SignIn.id).where(SignIn.secret_hash == hash_of(cookies[who]))
            things[place]["sign_in_id"] = db.session.scalars(row).one()
            things[place] |= factors_of(people[who], now)
        for why in SHUT_OUT:
            _shut_out(cookies[why], why, now)
        # What waits for hours is late, and the page about the health of the site would say so.
        db.session.execute(sa.update(Message).values(send_at=now + timedelta(days=1)))
        known = words.write(entered)
        db.session.commit()
    saved = sqlite3.connect(":memory:", check_same_thread=False)
    with sqlite3.connect(path) as built:
        built.backup(saved)
    built.close()
    return Stage(app, path, saved, cookies, people, things, links, known)
