"""Files that the worker makes: as who ordered them sees the list, for them alone, once, and not for ever."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests import builders
from tests.conftest import Cast, account_of
from tracker import clock
from tracker.accounts.models import Role
from tracker.config import Settings
from tracker.db import db
from tracker.downloads import actions, store
from tracker.downloads.making import Maker, Making, make_next
from tracker.downloads.models import Download, DownloadKind, DownloadState
from tracker.downloads.queries import troubles
from tracker.downloads.rules import KEPT, LEASE, MOST_OPEN, MOST_TRIES
from tracker.entrance.queries import by_account
from tracker.events.models import Event
from tracker.mail.outbox import unit
from tracker.organisations.models import Organisation
from tracker.people.models import Person
from tracker.refusal import Refused
from tracker.scheduler import MAKERS, make_files, tidy
from tracker.web.access import Somebody
from tracker.web.lists import AT_ONCE

Browse = Callable[[int], FlaskClient]
ADDRESS = "/organisations/?country=HR&sort=name&descending=1&as=csv"


@pytest.fixture(autouse=True)
def _empty_folder(settings: Settings) -> Iterator[None]:
    """Leave no file to the next test: the folder is that of all."""
    yield
    shutil.rmtree(store.folder_in(settings.instance), ignore_errors=True)


@pytest.fixture
def many(app: Flask, cast: Cast) -> Cast:
    """Enter more organisations of one country than anybody waits for."""
    with app.app_context(), unit():
        one = db.session.get_one(Organisation, cast.here)
        columns = [column.name for column in Organisation.__table__.columns if column.name != "id"]
        values = {name: getattr(one, name) for name in columns}
        rows = [values | {"country": "HR", "folded": f"nummer {number:05}"} for number in range(AT_ONCE + 1)]
        db.session.execute(sa.insert(Organisation), rows)
    return cast


def click(client: FlaskClient, address: str) -> None:
    """Ask for a list, and click on what is offered then."""
    led = client.get(address)
    assert led.status_code == 302, led.status
    # Whoever is about to click is not sent on.
    assert "Refresh" not in client.get(led.location).headers
    assert client.post(led.location).status_code == 302


def order(app: Flask, person_id: int, address: str = ADDRESS) -> None:
    """Order a list."""
    with app.app_context(), unit():
        whose = account_of(person_id).id
        actions.order(DownloadKind.LIST, address=address, name="Organisationen.csv", account_id=whose, now=clock.now())


def only(app: Flask) -> Download:
    """Return the one order there is."""
    with app.app_context():
        return db.session.scalars(sa.select(Download)).one()


def made(app: Flask, settings: Settings) -> Download:
    """Let the worker do its turn."""
    with app.app_context():
        make_files(settings)
    return only(app)


@pytest.mark.both
def test_a_long_list_is_made_by_the_worker_as_it_is_filtered_for_who_ordered_it_alone(
    app: Flask, settings: Settings, many: Cast, browse: Browse
) -> None:
    client = browse(many.coordinator)
    click(client, f"{ADDRESS}&lang=de")
    click(client, f"{ADDRESS}&lang=de")
    waiting = client.get("/downloads/?lang=en")

    row = made(app, settings)

    lines = client.get(f"/downloads/{row.id}/file")
    text = lines.data.decode("utf-8-sig").splitlines()
    assert waiting.headers["Refresh"] == "3"
    assert "Waits for its turn" in waiting.text
    assert (row.state, row.name, row.of) == (DownloadState.READY, "Organisationen.csv", AT_ONCE + 1)
    assert (len(text), text[0].split(";")[0], {line.split(";")[3] for line in text[1:]}) == (
        AT_ONCE + 2,
        "Name",
        {"Kroatien"},
    )
    assert row.size_bytes == len(lines.data)
    assert "attachment; filename=Organisationen.csv" in lines.headers["Content-Disposition"]
    assert browse(many.administrator).get(f"/downloads/{row.id}/file").status_code == 404
    assert [path.name for path in store.folder_in(settings.instance).iterdir()] == [row.mark]


def make(app: Flask, settings: Settings, maker: Maker, going_on: Callable[[], bool] = lambda: True) -> None:
    """Let the worker make one file in a way of its own."""
    with app.app_context():
        seen = partial(by_account, now=clock.now())
        make_next({DownloadKind.LIST: maker}, seen, store.folder_in(settings.instance), clock.now, going_on)


def somebody(person_id: int) -> Somebody:
    """Return somebody as they are seen now."""
    known = by_account(account_of(person_id).id, clock.now())
    assert known is not None
    return known[0]


def test_what_no_list_has_offered_cannot_be_ordered(app: Flask, many: Cast, browse: Browse) -> None:
    offered = urlsplit(browse(many.administrator).get(ADDRESS).location)

    answers = [
        browse(many.coordinator).post(f"/downloads/?of={token}")
        for token in (parse_qs(offered.query)["of"][0], "anything", "")
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    with app.app_context():
        assert db.session.scalars(sa.select(Download)).all() == []


@pytest.mark.parametrize("lost", ["before", "meanwhile", "after"])
def test_who_loses_their_rights_gets_no_file(
    app: Flask, settings: Settings, cast: Cast, browse: Browse, lost: str
) -> None:
    client = browse(cast.reader)
    order(app, cast.reader)

    def take_rights() -> None:
        with app.app_context(), unit():
            account_of(cast.reader).role = Role.PARTNER

    def slowly(making: Making) -> None:
        MAKERS[DownloadKind.LIST](making)
        take_rights()

    if lost == "before":
        with app.app_context(), unit():
            db.session.get_one(Person, cast.reader).locked_at = clock.now()
    make(app, settings, slowly if lost == "meanwhile" else MAKERS[DownloadKind.LIST])
    row = only(app)
    address = f"/downloads/{row.id}/file"
    if lost == "after":
        assert client.get(address).status_code == 200
        take_rights()

    assert row.state is (DownloadState.READY if lost == "after" else DownloadState.CLOSED)
    assert client.get(address).status_code == (302 if lost == "before" else 404)
    assert b"Organisationen.csv" not in client.get("/downloads/").data or lost == "meanwhile"
    with app.app_context():
        tidy()
        assert store.marks(store.folder_in(settings.instance)) == set()


def test_a_list_that_is_not_open_any_more_is_not_fetched(
    app: Flask, settings: Settings, cast: Cast, browse: Browse
) -> None:
    with app.app_context(), unit():
        office, here = (db.session.get_one(Organisation, one) for one in (cast.office, cast.here))
        camp = builders.event(project=builders.project(organisations=[office, here]), host=office)
        event_id = camp.id
    order(app, cast.partner, f"/events/{event_id}/guests/?as=csv")
    row = made(app, settings)
    client = browse(cast.partner)
    open_then = client.get(f"/downloads/{row.id}/file").status_code

    with app.app_context(), unit():
        project = db.session.get_one(Event, event_id).project
        assert project is not None
        project.organisations.clear()

    assert (row.state, open_then) == (DownloadState.READY, 200)
    assert client.get(f"/downloads/{row.id}/file").status_code == 404


@pytest.mark.both
def test_what_a_killed_worker_leaves_is_begun_anew_but_not_for_ever(
    app: Flask, settings: Settings, cast: Cast, browse: Browse
) -> None:
    folder = store.folder_in(settings.instance)
    order(app, cast.coordinator)
    begun = []
    for turn in range(MOST_TRIES):
        with app.app_context(), unit():
            left = actions.begin(clock.now() + turn * 2 * LEASE)
            begun.append(left.mark if left else None)
        (store.workshop(folder, begun[-1] or "") / "file").write_bytes(b"half")

    with app.app_context(), unit():
        too_early = actions.begin(clock.now())
        comes_too_late = actions.finish(begun[0] or "", 4, somebody(cast.coordinator), clock.now())
        assert "nobody goes on with them" in " ".join(troubles(folder, clock.now() + 2 * MOST_TRIES * LEASE))
        given_up = actions.begin(clock.now() + 2 * MOST_TRIES * LEASE)

    assert len(set(begun)) == MOST_TRIES
    assert (too_early, comes_too_late, given_up) == (None, False, None)
    assert only(app).state is DownloadState.BROKEN
    order(app, cast.coordinator)
    assert made(app, settings).state is DownloadState.READY
    with app.app_context():
        tidy()
    assert [path.name for path in folder.iterdir()] == [only(app).mark]


def test_a_worker_that_is_told_to_stop_leaves_it_to_the_next(
    app: Flask, settings: Settings, cast: Cast, browse: Browse
) -> None:
    order(app, cast.coordinator)

    make(app, settings, MAKERS[DownloadKind.LIST], going_on=lambda: False)

    assert (only(app).state, only(app).tries) == (DownloadState.WAITING, 0)
    assert list(store.folder_in(settings.instance).iterdir()) == []


def test_a_full_disk_is_said(app: Flask, settings: Settings, cast: Cast, browse: Browse) -> None:
    client = browse(cast.coordinator)
    order(app, cast.coordinator)

    def onto_a_full_disk(making: Making) -> None:
        making.path.symlink_to("/dev/full")
        MAKERS[DownloadKind.LIST](making)

    make(app, settings, onto_a_full_disk)

    assert only(app).state is DownloadState.FULL
    assert "There is no room left on the disk" in client.get("/downloads/?lang=en").text


def test_a_file_goes_after_a_day(app: Flask, settings: Settings, cast: Cast, browse: Browse) -> None:
    order(app, cast.coordinator)
    row = made(app, settings)

    clock.shift_by(KEPT + timedelta(minutes=1))
    # They sign in anew: nobody stays signed in for a day.
    answer = browse(cast.coordinator).get(f"/downloads/{row.id}/file")
    with app.app_context():
        tidy()
        left = db.session.scalars(sa.select(Download)).all()

    assert answer.status_code == 404
    assert (left, list(store.folder_in(settings.instance).iterdir())) == ([], [])


def test_nobody_waits_for_more_than_a_few(app: Flask, cast: Cast) -> None:
    for number in (*range(MOST_OPEN), 0):
        order(app, cast.coordinator, f"/people/?country={number}&as=csv")

    with pytest.raises(Refused, match=r"^Sie warten schon auf 10 Dateien"):
        order(app, cast.coordinator, "/people/?as=csv")


def test_a_file_that_is_missing_is_told_to_who_looks_after_the_program(
    app: Flask, settings: Settings, cast: Cast, browse: Browse
) -> None:
    order(app, cast.coordinator)
    row = made(app, settings)
    folder = store.folder_in(settings.instance)
    store.remove(folder, row.mark)

    with app.app_context():
        told = list(troubles(folder, clock.now()))

    assert told == ["1 of the files that were made for somebody to download are missing."]
