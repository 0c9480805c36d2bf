"""One installation for all questions about access: two projects with everything in them, and those who ask.

It is built once. Who only reads leaves it as it is; who writes puts it back afterwards.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug import Response

from tests import builders
from tests.conftest import account_of, sign_in
from tracker import clock
from tracker.accounts.actions import new_link
from tracker.accounts.models import LinkPurpose, Role, SignIn
from tracker.accounts.rules import hash_of
from tracker.app import create_app
from tracker.config import load
from tracker.db import db, writing
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.organisations import queries as organisations
from tracker.organisations.models import Organisation
from tracker.people.models import Contact, Person
from tracker.preferences.actions import ask_for_address
from tracker.preferences.rules import stop_link
from tracker.projects.models import Project
from tracker.reminders.actions import ensure_site_rules
from tracker.reminders.models import ReminderRule, ReminderSubject
from tracker.reminders.rulebook import carry_out, to_add
from tracker.web.access import found

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
#: The two projects: the partner's organisation takes part in the one, that of the partner elsewhere in the other.
HERE, THERE = "here", "there"
#: What belongs to no project, but to the office.
OFFICE = "office"
SITE = "http://localhost"


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
            self.saved.backup(target)
        target.close()


_monitors: dict[Path, sqlite3.Connection] = {}


def told(answer: Response) -> str:
    """Return what an answer says in a word: a status, or "in" for being led to the sign-in page."""
    if answer.status_code == 302 and answer.location.split("?")[0] == "/sign-in":
        return "in"
    return str(answer.status_code)


def build(folder: Path) -> Stage:
    """Bring everybody and everything on the stage."""
    path = folder / "stage.sqlite"
    settings = load({}, instance=str(folder), database_url=f"sqlite:///{path}", mail_from="Kassel <k@example.org>")
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), writing():
        db.create_all()
        people, things = _enter(clock.now())
        links = _links(db.session.get_one(Person, people["link"]), app.config["SIGNING_KEYS"], clock.now())
        db.session.commit()
    cookies = {who: sign_in(app, people[who]) for who in PRINCIPALS if who not in {"nobody", "link"}}
    with app.app_context(), writing():
        now = clock.now()
        db.session.get_one(Person, people["locked"]).locked_at = now
        db.session.execute(sa.update(SignIn).values(idle_seconds=86400, expires_at=now + timedelta(days=1)))
        db.session.commit()
        for place, who in ((HERE, "partner"), (THERE, "elsewhere"), (OFFICE, "coordinator")):
            row = sa.select(SignIn.id).where(SignIn.secret_hash == hash_of(cookies[who]))
            things[place]["sign_in_id"] = db.session.scalars(row).one()
    saved = sqlite3.connect(":memory:", check_same_thread=False)
    with sqlite3.connect(path) as built:
        built.backup(saved)
    built.close()
    return Stage(app, path, saved, cookies, people, things, links)


def _enter(now: datetime) -> tuple[dict[str, int], dict[str, dict[str, Any]]]:
    """Enter everything, and return principal to person and place to things."""
    builders.office()
    kassel = builders.organisation(de="Landkreis Kassel")
    here = builders.organisation(de="Bistrița-Năsăud", country="RO", language="ro", zone="Europe/Bucharest")
    there = builders.organisation(de="Csepel-Insel", country="HU", language="hu", zone="Europe/Budapest")
    yesterday = now.date() - timedelta(days=1)
    people = {
        "partner": builders.person("Radu Partener", role=Role.PARTNER, at=here),
        "elsewhere": builders.person("Ilona Idegen", role=Role.PARTNER, at=there),
        "former": builders.person("Fane Fost", role=Role.PARTNER, at=here),
        "coordinator": builders.person("Karla Koordination", role=Role.COORDINATOR, at=kassel),
        "reader": builders.person("Rita Leserin", role=Role.READER, at=kassel),
        "administrator": builders.person("Anna Admin", role=Role.ADMINISTRATOR, at=kassel),
        "locked": builders.person("Lucia Blocata", role=Role.PARTNER, at=here),
        "link": builders.person("Ioan Invitat", role=Role.PARTNER, at=here),
    }
    _function(people["former"]).until_on = yesterday
    ensure_site_rules(now)
    coordinator = people["coordinator"]
    shown = {
        HERE: _things(kassel, here, people["partner"], coordinator, now),
        THERE: _things(kassel, there, people["elsewhere"], coordinator, now),
        OFFICE: {"rule_id": _rule(None, now), "person_id": people["reader"].id},
    }
    shared: dict[str, Any] = {
        "secret": "unknown",
        "token": "unknown",
        "subject": ReminderSubject.MILESTONE_DUE.value,
        "what": "off",
        "which": "imprint",
        "act": "drop",
        "filename": "css/tracker.css",
    }
    return {name: row.id for name, row in people.items()}, {at: shared | of for at, of in shown.items()}


def _links(person: Person, keys: Sequence[str], now: datetime) -> dict[str, dict[str, str]]:
    """Send a person one link of each kind; return endpoint to what stands in its address."""
    account, office = account_of(person.id), found(organisations.office())
    invitation = new_link(account, LinkPurpose.INVITATION, public_url=SITE, by_id=None, now=now)[1]
    reset = new_link(account, LinkPurpose.RESET, public_url=SITE, by_id=None, now=now)[1]
    change = ask_for_address(person, "neu@example.org", office=office, public_url=SITE, now=now)
    asking = db.session.scalars(sa.select(Message).where(Message.key == f"address|{change.id}")).one()
    stop = stop_link(_letter(person, now), keys=keys, public_url=SITE)
    return {
        "entrance.welcome": {"secret": _last_part(invitation)},
        "entrance.new_password": {"secret": _last_part(reset)},
        "preferences.new_address": {
            "secret": _last_part((asking.text or "").partition(f"{SITE}/new-address")[2].split()[0])
        },
        "preferences.unsubscribe": {"token": _last_part(stop or "")},
    }


def _last_part(address: str) -> str:
    return urlsplit(address).path.rsplit("/", 1)[1]


def _things(
    kassel: Organisation, place: Organisation, partner: Person, coordinator: Person, now: datetime
) -> dict[str, Any]:
    """Enter a project of an organisation with all that can belong to one, and return what addresses are made of."""
    project = builders.project(organisations=[kassel, place], coordinators=[coordinator])
    colleague = builders.person(role=Role.PARTNER, at=place)
    guest = builders.person(at=place)
    return {
        "project_id": project.id,
        "organisation_id": place.id,
        "person_id": colleague.id,
        "contact_id": _function(colleague).id,
        "milestone_id": builders.milestone(project, organisation=place, person=partner).id,
        "partnership_id": builders.partnership(kassel, place).id,
        "entry_id": builders.log_entry(project_id=project.id, next_step="Anrufen").id,
        "participant_id": builders.participant(project, person=guest, organisation_id=place.id).id,
        "message_id": _letter(partner, now).id,
        "request_id": builders.request(project, partner).id,
        "rule_id": _rule(project, now),
    }


def _letter(person: Person, now: datetime) -> Message:
    return enqueue(
        key=f"letter|{person.id}|2027-03-02",
        kind=MessageKind.LETTER,
        person_id=person.id,
        address=str(person.email),
        language="ro",
        zone="Europe/Bucharest",
        subject="Termen",
        text="Bună ziua",
        html="<p>Bună ziua</p>",
        now=now,
    )


def _function(person: Person) -> Contact:
    return db.session.scalars(sa.select(Contact).where(Contact.person_id == person.id)).one()


def _rule(project: Project | None, now: datetime) -> int:
    """Return the rule of the office about dates that come, or give a project one of its own."""
    due = sa.select(ReminderRule).where(ReminderRule.subject == ReminderSubject.MILESTONE_DUE)
    site = db.session.scalars(due.where(ReminderRule.project_id.is_(None))).one()
    if project is None:
        return site.id
    carry_out(to_add(site, project.id), by_id=project.coordinators[0].id, now=now)
    return db.session.scalars(due.with_only_columns(ReminderRule.id).where(ReminderRule.project_id == project.id)).one()
