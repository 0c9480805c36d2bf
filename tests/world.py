"""The example office as everybody in it finds it: each page that they can open, each form that they can send.

One application in one process, its database put back after whatever changed it. Who comes first in a run of the tests
looks around; the others get a copy of the office and of what was found.
"""

import fcntl
import pickle
import re
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urljoin, urlsplit

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.conftest import sign_in
from tests.reading import Form, Page
from tracker import clock, scheduler
from tracker.accounts.models import Account, Role
from tracker.app import create_app
from tracker.config import Settings, load
from tracker.db import db, writing
from tracker.example import kassel
from tracker.people.models import Person
from tracker.reminders.actions import plan_reminders
from tracker.web import kept

#: The example is loaded on a Monday, visited on the Tuesday after it, whatever day it is here.
LOADED_AT = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
VISITED_AT = datetime(2027, 3, 2, 11, 0, tzinfo=UTC)
ROLES = ("administrator", "coordinator", "reader", "partner", "nobody")
#: So many addresses of one route are opened by each role: they differ in what they are about, not in how they are made.
ALIKE = 3
#: So many addresses are tried of a route that no link leads to.
GUESSES = 12
HOST = "http://127.0.0.1:8000"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """A form, and who met it where."""

    role: str
    page: str
    #: The route that takes it.
    endpoint: str
    form: Form

    @property
    def action(self) -> str:
        """The address that it is sent to."""
        return self.form.action or self.page

    @property
    def keeps_a_version(self) -> bool:
        """Whether it changes a row that somebody else may change meanwhile."""
        return any(one.name == "version" and one.value for one in self.form.fields)

    def __str__(self) -> str:
        """Name it in a report."""
        return f"{self.role} {self.form.method} {self.action} (on {self.page})"


def encoded(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Return a form as the bytes of its body; half a character becomes bytes that are none."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode("ascii")


def _quoted(text: str) -> str:
    return quote_plus(text.encode("utf-8", "surrogatepass"))


@dataclass
class World:
    """The office, its people's browsers, and what they found."""

    app: Flask
    settings: Settings
    #: A browser that keeps nothing, and what it shows at the door: the secret of a sign-in by role.
    browser: FlaskClient
    secrets: dict[str, str]
    people: dict[str, int]
    #: Address to password.
    passwords: dict[str, str]
    letters: list[EmailMessage]
    #: Addresses that were opened: route and role to paths.
    opened: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    forms: list[Found] = field(default_factory=list)
    #: Names that routes take in the address.
    asked: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: What stands for a part of an address, such as an id.
    things: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    @property
    def path(self) -> Path:
        """The file of the database."""
        return self.settings.instance / "tracker.sqlite"

    # ---- what changed

    def watch(self) -> None:
        """Remember the database as it is, to be put back."""
        self._kept = sqlite3.connect(":memory:")
        self._eye = sqlite3.connect(self.path)
        # It is put back thousands of times, and never after the power was cut.
        self._eye.execute("PRAGMA synchronous=OFF")
        self._eye.backup(self._kept)
        self._rows = self.dump()
        self._seen = self._version()
        self._doors = dict(self.secrets)

    def _version(self) -> int:
        return int(self._eye.execute("PRAGMA data_version").fetchone()[0])

    def is_changed(self) -> bool:
        """Whether anybody has written since it was put back last."""
        return self._version() != self._seen

    def differences(self) -> set[str]:
        """Return the names of the tables that are not as they were."""
        if not self.is_changed():
            return set()
        return {name for name, rows in self.dump().items() if rows != self._rows[name]}

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything that is in the database now, by table."""
        names = [row[0] for row in self._eye.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(self._eye.execute(f'SELECT * FROM "{name}"'), key=repr) for name in names}

    def put_back(self) -> None:
        """Make the database what it was, with those signed in who were."""
        self.secrets = dict(self._doors)
        if self.is_changed():
            self._kept.backup(self._eye)
            self._seen = self._version()
            # As many changes as there were before are others now.
            kept.install(self.app)

    def close(self) -> None:
        """Let go of the database."""
        self._kept.close()
        self._eye.close()
        with self.app.app_context():
            db.engine.dispose()

    # ---- asking

    def ask(self, role: str, path: str, **more: Any) -> TestResponse:
        """Ask as one of the roles does, following nothing and keeping no cookie."""
        headers = {"Cookie": f"tracker={self.secrets[role]}"} if role in self.secrets else {}
        return self.browser.open(path, base_url=HOST, headers=headers | more.pop("headers", {}), **more)

    def send(self, found: Found, pairs: Iterable[tuple[str, str]], **more: Any) -> TestResponse:
        """Send a form."""
        path, body = found.action, encoded(pairs)
        if found.form.method == "GET":
            return self.ask(found.role, path.partition("?")[0], query_string=body.decode("ascii"), **more)
        kind = "application/x-www-form-urlencoded"
        return self.ask(found.role, path, method="POST", data=body, content_type=kind, **more)

    def filled(self, found: Found) -> Found:
        """Return the form as it stands on its page now, with a key of its own."""
        answer = self.ask(found.role, found.page)
        for form in Page.of(answer.text).forms:
            if (form.action, form.method, form.names) == (found.form.action, found.form.method, found.form.names):
                return Found(found.role, found.page, found.endpoint, form)
        message = f"{found} is gone from {found.page}: {answer.status_code} {answer.headers.get('Location')}"
        raise LookupError(message)

    def route_of(self, path: str, method: str = "GET") -> str:
        """Return the route that takes an address, or nothing."""
        try:
            route, things = self.app.url_map.bind("127.0.0.1").match(urlsplit(path).path, method=method)
        except HTTPException:
            return ""
        for name, value in things.items():
            if value not in self.things[name]:
                self.things[name].append(value)
        return str(route)

    def texts(self) -> list[str]:
        """Return the text of every message in the outbox."""
        return [str(text) for (text,) in self._eye.execute("SELECT text FROM message")]

    # ---- walking

    def walk(self) -> None:
        """Open whatever can be reached from the start page and from the letters, as everybody.

        What no link leads to is looked for under the ids that were met, and so are buttons that are not shown today.
        """
        begins = ["/", *self._addresses_of_letters()]
        for role in ROLES:
            self._walk_as(role, begins)
        opened = {route for route, _role in self.opened}
        rest = [rule for rule in self.app.url_map.iter_rules() if rule.endpoint not in {*opened, "static"}]
        self._walk_as(
            "administrator", [path for rule in rest if "GET" in (rule.methods or ()) for path in self._guesses(rule)]
        )
        sent = {one.endpoint for one in self.forms if one.form.method == "POST"}
        for rule in self.app.url_map.iter_rules():
            if "POST" in (rule.methods or ()) and rule.endpoint not in sent:
                path = self._guesses(rule)[0]
                self.forms.append(Found("administrator", path, rule.endpoint, Form(path, "POST")))

    def _guesses(self, rule: Rule) -> list[str]:
        known = [self.things[name] or [1] for name in sorted(rule.arguments)]
        combinations = [dict(zip(sorted(rule.arguments), values, strict=True)) for values in product(*known)]
        with self.app.test_request_context(base_url=HOST):
            return [self.app.url_for(rule.endpoint, **values) for values in combinations[:GUESSES]]

    def _addresses_of_letters(self) -> list[str]:
        texts = [part.get_content() for letter in self.letters for part in letter.walk() if _is_plain(part)]
        headers = [str(letter["List-Unsubscribe"] or "") for letter in self.letters]
        found = re.findall(rf"{re.escape(HOST)}(/[^\s>]*)", " ".join([*texts, *headers]))
        return list(dict.fromkeys(path.partition("#")[0].rstrip(".,)") for path in found))

    def _walk_as(self, role: str, begins: list[str]) -> None:
        waiting, seen = list(begins), set(begins)
        forms = {(one.endpoint, one.form.method, one.form.names) for one in self.forms}
        while waiting:
            path = waiting.pop(0)
            route = self.route_of(path)
            if route in {"", "static"} or len(self.opened[route, role]) >= ALIKE:
                continue
            for link in self._open(role, path, route, forms):
                parts = urlsplit(urljoin(path, link))
                target = parts.path + (f"?{parts.query}" if parts.query else "")
                names = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
                self.asked[self.route_of(target)] |= names
                if not parts.netloc and "lang" not in names and target not in seen:
                    seen.add(target)
                    waiting.append(target)

    def _open(self, role: str, path: str, route: str, forms: set[tuple[str, str, frozenset[str]]]) -> list[str]:
        """Open a page, keep the forms that nobody has met yet, and return where it leads."""
        answer = self.ask(role, path)
        if answer.status_code == 302:
            return [answer.location]
        if answer.status_code != 200 or answer.mimetype != "text/html":
            return []
        self.opened[route, role].append(path)
        page = Page.of(answer.text)
        for form in page.forms:
            endpoint = self.route_of(form.action or path, form.method)
            if form.method == "GET":
                self.asked[endpoint] |= form.names
            if (key := (endpoint, form.method, form.names)) not in forms:
                forms.add(key)
                self.forms.append(Found(role, path, endpoint, form))
        return page.links + [form.action for form in page.forms if form.method == "GET"]


def _is_plain(part: Any) -> bool:  # noqa: ANN401 - the standard library types it as either of two
    return isinstance(part, EmailMessage) and part.get_content_type() == "text/plain"


def at(moment: datetime) -> None:
    """Let the program believe that it is this moment."""
    at_real_time()
    clock.shift_by(moment - clock.now())


def at_real_time() -> None:
    """Let the program believe the machine's clock."""
    clock.shift_by(timedelta(0))


#: What is kept of a world beside its database.
FOUND = ("secrets", "people", "passwords", "letters", "opened", "forms", "asked", "things")


def shared(folder: Path, instance: Path) -> World:
    """Return a world of one's own in a folder that is not there yet: a copy of the one that this run of the tests has.

    Whoever finds none in the folder of the run makes it; whoever comes meanwhile waits.
    """
    office, found = folder / "world", folder / "world.pickle"
    with (folder / "world.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not office.exists():
            made = Path(tempfile.mkdtemp(dir=folder))
            found.write_bytes(_pickled(_made(made)))
            made.rename(office)
    shutil.copytree(office, instance)
    app, settings = _application(instance)
    world = World(app, settings, app.test_client(use_cookies=False), **pickle.loads(found.read_bytes()))
    world.watch()
    return world


def _pickled(world: World) -> bytes:
    with world.app.app_context():
        # What is written stands in its file then, and nowhere else.
        db.engine.dispose()
    return pickle.dumps({name: getattr(world, name) for name in FOUND})


def _application(instance: Path) -> tuple[Flask, Settings]:
    settings = load({}, instance=str(instance), mail_from="Landkreis Kassel <partners@example.org>")
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    return app, settings


def _made(instance: Path) -> World:
    """Load the example office, let its letters leave, and have everybody look around."""
    app, settings = _application(instance)
    at(LOADED_AT)
    with app.app_context(), writing():
        db.create_all()
        printed = kassel.load(clock.now(), clock.today("Europe/Berlin"))
        plan_reminders(clock.now(), public_url=settings.public_url)
        db.session.commit()
        people = _people()
    at(VISITED_AT)
    secrets = {role: sign_in(app, person) for role, person in people.items()}
    passwords = {one.address: one.password for one in printed}
    world = World(app, settings, app.test_client(use_cookies=False), secrets, people, passwords, [])
    _write_letters(world)
    world.walk()
    return world


def _people() -> dict[str, int]:
    """Return somebody of each role; the partner is one who has something to say."""
    accounts = db.session.scalars(sa.select(Account).join(Person).order_by(Account.id)).all()
    found = {role.value: next(one.person_id for one in accounts if one.role is role) for role in Role}
    partner = next(one for one in accounts if one.role is Role.PARTNER and one.person.language == "ro")
    return found | {"partner": partner.person_id}


def _write_letters(world: World) -> None:
    """Let every kind of letter leave that a page can ask for, and those of the day."""
    with world.app.app_context(), writing():
        plan_reminders(clock.now(), public_url=world.settings.public_url)
        db.session.commit()
        known = str(db.session.get_one(Person, world.people["partner"]).email)
        accounts = sa.select(Account.person_id)
        guest = db.session.scalars(sa.select(Person.id).where(Person.id.not_in(accounts)).order_by(Person.id)).first()
    for role, path, wanted in (
        ("nobody", "/forgotten", {"email": known}),
        ("partner", "/settings/address", {"email": "elsewhere@example.org", "password": world.passwords[known]}),
        ("administrator", f"/people/{guest}/invite", {"email": "guest@example.org", "role": "partner"}),
    ):
        page = Page.of(world.ask(role, path).text)
        form = next(one for one in page.forms if one.method == "POST" and "email" in one.names)
        sent = {name: wanted.get(name, value) for name, value in form.sends()}
        answer = world.ask(role, path, method="POST", data=sent)
        assert answer.status_code == 302, (path, answer.status_code)
    with world.app.app_context():
        scheduler.deliver(world.settings)
    files = sorted((world.settings.instance / "outbox").glob("*.eml"))
    world.letters += [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
