"""The whole office leaves as files, and an empty installation filled from them is the same office."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.backups.conftest import Installation
from tests.conftest import sign_in
from tests.portability.conftest import AWKWARD, NOON, write_out
from tracker.accounts.models import Account, Role
from tracker.db import db
from tracker.documents.health import troubles
from tracker.documents.models import StoredFile
from tracker.documents.store import folder_in
from tracker.mail.models import Message, MessageState
from tracker.organisations.models import Office, Organisation
from tracker.people.models import Person
from tracker.portability.filling import Filled, fill
from tracker.scheduler import deliver, plan

#: One process loads the example for all of them.
pytestmark = pytest.mark.xdist_group("portability")
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
#: What an installation says of itself, and what differs by who has a password and what was sent from where.
_OWN = re.compile(r"/(static|outbox|acts|imports|downloads|settings/($|second|password|calendar)|sign-ins|healthz)")
#: Tokens, and the banner on how delivery is doing.
_MOMENTARY = re.compile(rb'name="(?:submission|csrf_token)"[^>]*value="[^"]*|<div class="banner.*?</div>')


@pytest.fixture(scope="package", params=BOTH)
def filled(
    request: pytest.FixtureRequest, empty: Callable[[str], Installation], exported: Path
) -> tuple[Installation, Filled]:
    """Fill an empty installation on either database."""
    there = empty(request.param)
    with there.app.app_context():
        settings = there.settings
        done = fill(exported, instance=settings.instance, erased=None, now=NOON, public_url=settings.public_url)
    return there, done


def tables_of(path: Path) -> dict[str, list[tuple[str, ...]]]:
    """Return the lines of each table, in the order of their values."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        texts = {name: archive.read(name).decode("utf-8-sig") for name in names}
    return {name: sorted(map(tuple, csv.reader(io.StringIO(text, newline="")))) for name, text in texts.items()}


def test_every_table_is_the_same_after_it(filled: tuple[Installation, Filled], exported: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    write_out(filled[0], again)

    # What is written down of the filling itself, and what is held because of it.
    settled = {"tables/history_line.csv", "tables/message.csv", "tables/office.csv"}
    before, after = tables_of(exported), tables_of(again)
    assert [name for name in before if name not in settled and before[name] != after[name]] == []
    assert len(set(after["tables/history_line.csv"]) - set(before["tables/history_line.csv"])) == 1
    assert sum(map(len, before.values())) > 700


def test_awkward_words_come_back_letter_by_letter(filled: tuple[Installation, Filled]) -> None:
    with filled[0].app.app_context():
        strange = db.session.scalars(sa.select(Organisation).order_by(Organisation.id.desc())).first()
        assert strange is not None
        words = (str(strange.name), str(strange.name.texts["de"]), strange.notes, strange.place, strange.subdivision)
        assert words == ("= à côté", AWKWARD, AWKWARD, "", None)
        assert db.session.get_one(Person, 1).notes == "'"


def test_pages_are_the_same(filled: tuple[Installation, Filled], source: Installation) -> None:
    there = filled[0]
    wrong = []
    is_far = there.kind != source.kind
    for role in (Role.ADMINISTRATOR, Role.COORDINATOR, Role.PARTNER, None) if is_far else (Role.COORDINATOR, None):
        here, other = _browser(source, role), _browser(there, role)
        for address in _addresses(source, role, is_far=is_far):
            pages = [_page(browser, address) for browser in (here, other)]
            if pages[0] != pages[1]:
                wrong.append((role, address))
    assert wrong == []


def _addresses(place: Installation, role: Role | None, *, is_far: bool) -> list[str]:
    """Return what is opened: after a move to the other database all that administrators have, else some."""
    some = ["/", "/projects/", "/projects/8", "/partnerships/", "/partnerships/1", "/events/1", "/log/", "/public/de"]
    if role is not Role.ADMINISTRATOR or not is_far:
        return [*some, "/search?q=kassel", "/milestones/", "/organisations/2", "/documents/2/small"]
    rules = [rule for rule in place.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    # Lists, and what they lead to; forms show the same.
    names = {re.sub("<int:.*?>", "1", rule.rule) for rule in rules if rule.rule.endswith(("/", ">"))}
    return sorted(name for name in {*names, *some} if not _OWN.match(name) and "<" not in name)


def _browser(place: Installation, role: Role | None) -> FlaskClient:
    client = place.app.test_client()
    if role is not None:
        with place.app.app_context():
            person = db.session.scalars(sa.select(Account.person_id).where(Account.role == role).order_by(Account.id))
            first = person.first()
        assert first is not None
        client.set_cookie("tracker", sign_in(place.app, first))
    return client


def _page(browser: FlaskClient, address: str) -> tuple[int, bytes]:
    answer = browser.get(address)
    # What is refused has a number of its own.
    return answer.status_code, _MOMENTARY.sub(b"", answer.data) if answer.status_code == HTTPStatus.OK else b""


def test_nothing_is_sent_by_itself(filled: tuple[Installation, Filled]) -> None:
    there, done = filled
    with there.app.app_context():
        plan(there.settings)
        deliver(there.settings)
        states = set(db.session.scalars(sa.select(Message.state)))
        paused = db.session.scalars(sa.select(Office.sending_paused)).all()
    assert (paused, states, len(done.settled.late) > 0) == ([True], {MessageState.HELD}, True)


def test_no_secret_leaves(source: Installation, exported: Path) -> None:
    with source.app.app_context():
        hashes = db.session.scalars(sa.select(Account.password_hash).where(Account.password_hash.is_not(None))).all()
    with zipfile.ZipFile(exported) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())

    assert len(hashes) > 3
    assert [one for one in hashes if str(one).encode() in everything] == []


def test_administrators_let_the_others_in(filled: tuple[Installation, Filled]) -> None:
    there, done = filled
    with there.app.app_context():
        assert set(db.session.scalars(sa.select(Account.password_hash))) == {None}
    pages = [there.app.test_client().get(link.removeprefix(there.settings.public_url)) for _address, link in done.links]

    assert [(page.status_code, b'type="password"' in page.data) for page in pages] == [(200, True)]


def test_documents_come_back(filled: tuple[Installation, Filled], source: Installation) -> None:
    there, done = filled
    with source.app.app_context():
        number = db.session.scalar(sa.select(sa.func.count(StoredFile.id)))
    with there.app.app_context():
        assert (done.documents, list(troubles(folder_in(there.settings.instance)))) == (number, [])
    assert number
