"""The drill: an office in use is backed up, works on, is lost, and comes back elsewhere without a letter sent twice."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from bench.chaos_server import MailServer
from tests import builders
from tests.backups.conftest import KEY, Installation, day
from tests.conftest import account_of, change, sign_in
from tracker import clock
from tracker.accounts import actions as accounts
from tracker.accounts.models import AccountLink, Role, SignIn
from tracker.backups import erasures, tables
from tracker.backups.archive import Archive, opened
from tracker.backups.restoring import restore
from tracker.db import db
from tracker.documents.store import folder_in, keep, path_of
from tracker.guests.actions import take_back
from tracker.guests.links import GuestLink
from tracker.guests.models import GuestNeeds
from tracker.guests.queries import Guest, guest
from tracker.mail.models import Message, MessageKind
from tracker.mail.outbox import enqueue
from tracker.organisations.models import Organisation
from tracker.organisations.queries import office
from tracker.people.models import Person
from tracker.reminders.actions import ensure_site_rules
from tracker.scheduler import deliver, plan

pytestmark = [pytest.mark.both, pytest.mark.timeout(180)]
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Scene:
    """Ids of those whom the drill is about, and the hash of a document."""

    partner: int
    locked: int
    lowered: int
    attendance: int
    document: str


@pytest.fixture
def scene(used: Installation) -> Scene:
    """Let there be promises for today and tomorrow, a guest with needs, sign-ins, links, a document, and messages."""

    def enter() -> Scene:
        ensure_site_rules(LONG_AGO)
        here = builders.organisation(de="Bistrița-Năsăud", country="RO", language="ro", zone="Europe/Bucharest")
        partner = builders.person("Radu Partener", at=here, language="ro", role=Role.PARTNER)
        locked = builders.person("Ilona Idegen", at=here, role=Role.PARTNER)
        lowered = builders.person("Albert Abgelöst", at=here, role=Role.ADMINISTRATOR)
        stays = builders.person("Karla Admin", role=Role.ADMINISTRATOR, email="karla@example.org")
        account_of(stays.id).last_sign_in_at = LONG_AGO
        project = builders.project(de="Euarca", organisations=[here])
        for days in (0, 1):
            builders.milestone(
                project, due_on=day(days), person=partner, due_since=LONG_AGO, responsible_since=LONG_AGO
            )
        stay = builders.attendance(builders.event(project_id=project.id), builders.participant(project, person=partner))
        db.session.add(GuestNeeds(attendance_id=stay.id, diet="Nuci", given_at=LONG_AGO))
        accounts.invitation_link(
            account_of(locked.id), public_url=used.settings.public_url, by_id=None, now=clock.now()
        )
        post(partner, "soon", HOUR)
        post(partner, "much later", timedelta(days=2))
        post(partner, "secret", timedelta(days=3), secret=True)
        return Scene(
            partner.id, locked.id, lowered.id, stay.id, keep(folder_in(used.settings.instance), b"a signed paper")
        )

    found: Scene = change(used.app, enter)
    sign_in(used.app, found.partner)
    return found


def post(person: Person, key: str, after: timedelta, *, secret: bool = False) -> None:
    """Put a message into the outbox that is to leave after some time."""
    enqueue(
        key=key,
        kind=MessageKind.NOTICE,
        person_id=person.id,
        address=str(person.email),
        language="ro",
        zone="Europe/Bucharest",
        subject=key,
        text=key,
        html=None,
        now=clock.now(),
        send_at=clock.now() + after,
        secret=secret,
    )


def work(place: Installation) -> None:
    """Do what the worker does in a minute."""
    with place.app.app_context():
        plan(place.settings)
        deliver(place.settings)


def later(hours: float) -> None:
    """Let time pass."""
    clock.shift_by(clock.now() - datetime.now(UTC) + timedelta(hours=hours))


def outbox(app: Flask) -> dict[str, tuple[str, str | None]]:
    """Return state and reason of each message, by its key; of letters, by their day."""
    with app.app_context():
        rows = db.session.execute(sa.select(Message.key, Message.state, Message.reason)).all()
    return {key.rpartition("|")[2]: (state.value, reason) for key, state, reason in rows}


def back_up_while_writing(place: Installation, path: Path) -> None:
    """Make a backup while somebody enters organisations, two in each unit."""
    ended = threading.Event()

    def enter() -> None:
        while not ended.is_set():
            change(place.app, lambda: [builders.organisation(), builders.organisation()])

    writer = threading.Thread(target=enter)
    writer.start()
    try:
        place.back_up(path, KEY)
    finally:
        ended.set()
        writer.join()


def test_what_comes_back_sends_nothing_twice_and_brings_nothing_back_that_was_erased(
    used: Installation, scene: Scene, empty: Callable[..., Installation], server: MailServer, tmp_path: Path
) -> None:
    # An ordinary day: today's letter leaves. Then the backup is made, and the office works on until tomorrow noon.
    work(used)
    path = tmp_path / "tracker.sealed"
    back_up_while_writing(used, path)
    later(2)
    work(used)
    later(22)
    work(used)
    change(used.app, lambda: take_back(_guest(scene), now=clock.now()))
    change(used.app, lambda: accounts.lock(_person(scene.locked), by_id=scene.partner, now=clock.now()))
    change(used.app, lambda: accounts.change_account(account_of(scene.lowered), **_lowered(scene)))
    with used.app.app_context():
        noted = erasures.note(tmp_path)
    before = server.taken.copies.copy()

    # The machine is lost; its backup comes back on another one, by the key and the list beside it.
    there = empty(used.kind, mail_url=server.url)
    with there.app.app_context():
        done = restore(
            path,
            KEY,
            instance=there.settings.instance,
            erased=None,
            now=clock.now(),
            public_url=there.settings.public_url,
        )
    work(there)

    today, tomorrow = day(0).isoformat(), day(1).isoformat()
    assert (sum(before.values()), noted, done.settled.erased) == (3, 3, 3)
    assert outbox(there.app) == {
        today: ("sent", "taken"),
        "soon": ("held", "restored"),
        tomorrow: ("held", "restored"),
        "much later": ("queued", None),
        "secret": ("cancelled", "restored_link"),
    }
    assert [late.subject for late in done.settled.late][:1] == ["soon"]
    with there.app.app_context():
        assert _guest(scene).has_given is False
        assert _person(scene.locked).locked_at is not None
        assert account_of(scene.lowered).role is Role.READER
        assert done.settled.roles[Role.ADMINISTRATOR] == ["karla@example.org"]
        assert [db.session.scalar(sa.select(sa.func.count(one.id))) for one in (SignIn, AccountLink)] == [0, 0]
        assert (db.session.scalar(sa.select(sa.func.count(Organisation.id))) or 0) % 2 == 1
        assert path_of(folder_in(there.settings.instance), scene.document).read_bytes() == b"a signed paper"

    # Somebody has had a look, and lets mail be sent again, for days.
    change(there.app, _resume)
    for _morning in range(3):
        later(24)
        work(there)

    assert outbox(there.app)["much later"] == ("sent", "taken")
    assert [name for name, copies in server.taken.copies.items() if copies > 1] == []
    assert before <= server.taken.copies
    # New rows get numbers of their own.
    change(there.app, builders.organisation)


def _person(person_id: int) -> Person:
    return db.session.get_one(Person, person_id)


def _lowered(scene: Scene) -> dict[str, Any]:
    return {"email": account_of(scene.lowered).email, "role": Role.READER, "by_id": scene.partner, "now": clock.now()}


def _guest(scene: Scene) -> Guest:
    found = guest(GuestLink(scene.attendance, scene.partner), clock.now())
    assert found is not None
    return found


def _resume() -> None:
    here = office()
    assert here is not None
    here.sending_paused = False


def _rows(archive: Archive, table: str) -> set[tuple[tuple[str, str], ...]]:
    """Return the rows of a table, each as its columns in the order of their names."""
    with archive.table(table) as file:
        head = tables.head_of(table, file)
        names = [name for name, _kind in head.columns]
        return {tuple(sorted(zip(names, map(str, row), strict=True))) for row in tables.rows_of(head, file)}


def test_a_backup_moves_an_office_to_the_other_database(
    used: Installation, scene: Scene, empty: Callable[..., Installation], tmp_path: Path
) -> None:
    assert scene.document
    path, again = tmp_path / "tracker.zip", tmp_path / "again.zip"
    made = used.back_up(path)
    there = empty("postgresql" if used.kind == "sqlite" else "sqlite")

    with there.app.app_context():
        restore(
            path,
            "",
            instance=there.settings.instance,
            erased=None,
            now=clock.now(),
            public_url=there.settings.public_url,
        )

    came = there.back_up(again)
    settled = {"change_count", "history_line", "message", "office", "planned_day", "reminder"}
    assert set(made.tables) == set(came.tables)
    with opened(path, "") as one, opened(again, "") as other:
        different = [name for name in set(made.tables) - settled if _rows(one, name) != _rows(other, name)]
    assert different == []
    assert sum(part.rows or 0 for part in made.parts) > 20
