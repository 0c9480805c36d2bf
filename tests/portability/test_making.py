"""An administrator orders the whole office on a page, after a fresh proof; the worker makes it."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests import builders
from tests.backups.conftest import Installation
from tests.conftest import account_of, change, sign_in
from tracker import clock
from tracker.accounts.models import Role, SignIn
from tracker.db import db
from tracker.downloads.models import Download, DownloadState
from tracker.history.models import HistoryLine
from tracker.scheduler import make_files

pytestmark = pytest.mark.xdist_group("portability")
ADDRESS = "/settings/office/files"


def test_the_whole_office_is_ordered_made_and_fetched(empty: Callable[[str], Installation]) -> None:
    place = empty("sqlite")
    place.app.config["WTF_CSRF_ENABLED"] = False
    change(place.app, builders.office)
    person = change(place.app, lambda: builders.person("Anna Admin", role=Role.ADMINISTRATOR).id)
    browser = place.app.test_client()
    browser.set_cookie("tracker", sign_in(place.app, person))

    ordered = browser.post(ADDRESS)
    with place.app.app_context():
        made = make_files(place.settings)
        row = db.session.scalars(sa.select(Download)).one()
        lines = db.session.execute(sa.select(HistoryLine.verb, HistoryLine.by_id)).all()
    address = f"/downloads/{row.id}/file"
    fetched = browser.get(address)

    assert (ordered.location, made, row.state) == ("/downloads/", 1, DownloadState.READY)
    with zipfile.ZipFile(io.BytesIO(fetched.data)) as archive:
        assert "Anna Admin" in archive.read("tables/person.csv").decode()
    assert [line for line in lines if line[0] == "OFFICE_EXPORTED"] == [("OFFICE_EXPORTED", person)]

    # Whoever finds the browser later gets neither the file nor a new one.
    ago = clock.now() - timedelta(minutes=10)
    change(place.app, lambda: db.session.execute(sa.update(SignIn).values(confirmed_at=ago)))
    again = [browser.get(address), browser.get(ADDRESS)]
    assert ["/confirm" in (page.location or "") for page in again] == [True, True]

    # Who is no administrator any more by the time it is made gets none.
    change(place.app, lambda: db.session.execute(sa.update(SignIn).values(confirmed_at=clock.now())))
    browser.post(ADDRESS)
    change(place.app, lambda: _demote(person))
    with place.app.app_context():
        make_files(place.settings)
        assert db.session.scalars(sa.select(Download.state)).all() == [DownloadState.CLOSED]


def _demote(person: int) -> None:
    account_of(person).role = Role.COORDINATOR
