"""Each night is backed up once, whoever is at it, and what fails is said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests import builders
from tests.backups.conftest import Installation
from tests.conftest import change, sign_in
from tracker import clock
from tracker.accounts.models import Role
from tracker.backups import erasures, queries, telling
from tracker.backups.actions import begin
from tracker.backups.archive import opened
from tracker.backups.models import Backup
from tracker.backups.nightly import back_up
from tracker.backups.rules import night_of
from tracker.backups.sources import source_of
from tracker.backups.tables import LEFT_OUT
from tracker.db import db
from tracker.history.models import HistoryLine
from tracker.language import speaking
from tracker.organisations.models import Office
from tracker.refusal import Refused
from tracker.scheduler import back_up_tonight

LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC)


def old(place: Installation) -> None:
    """Let the office be two months old."""
    change(place.app, lambda: db.session.execute(sa.update(Office).values(created_at=LONG_AGO)))


def tonight(place: Installation) -> bool:
    """Do what the worker does."""
    with place.app.app_context():
        return back_up_tonight(place.settings)


def files(place: Installation) -> list[str]:
    """Return the files there are, hidden ones too."""
    folder = place.settings.backup_folder
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.both
def test_a_night_is_backed_up_once(used: Installation) -> None:
    young = tonight(used)
    old(used)

    made = [tonight(used), tonight(used)]

    assert (young, made) == (False, [True, False])
    assert files(used) == ["tracker-2027-03-02-" + clock.now().strftime("%H") + files(used)[0][-8:]]
    with used.app.app_context():
        stands = queries.standing(clock.now())
        row = db.session.scalars(sa.select(Backup)).one()
    assert (stands.trouble, stands.is_too_old, row.name) == (None, False, files(used)[0])
    assert row.size_bytes == (used.settings.backup_folder / files(used)[0]).stat().st_size
    with opened(used.settings.backup_folder / files(used)[0], "") as archive:
        assert archive.manifest.tables["office"].rows == 1


@pytest.mark.both
def test_two_machines_do_not_both_make_it(used: Installation) -> None:
    old(used)
    night = night_of(clock.now(), "Europe/Berlin")
    first = change(used.app, lambda: begin(night, clock.now()))

    second = tonight(used)
    # The first one is gone: its lease is over.
    clock.shift_by(clock.now() - datetime.now(UTC) + timedelta(hours=3))

    assert (first, second, tonight(used)) == (True, False, True)


def test_a_clock_that_was_ahead_hides_nothing(used: Installation) -> None:
    old(used)
    right = clock.now() - datetime.now(UTC)
    clock.shift_by(right + timedelta(days=800))
    ahead = tonight(used)
    clock.shift_by(right)

    made = [tonight(used), tonight(used)]

    assert (ahead, made, len(files(used))) == (True, [True, False], 2)
    clock.shift_by(right + timedelta(days=3))
    with used.app.app_context():
        assert queries.standing(clock.now()).is_too_old is True


def test_what_fails_is_said_and_tried_again(used: Installation) -> None:
    old(used)
    used.settings.backup_folder.write_text("a file in the place of the folder")

    failed = tonight(used)

    with used.app.app_context(), speaking("en"):
        stands = queries.standing(clock.now())
        assert telling.trouble(stands) == "The last backup failed: The folder for backups cannot be written to."
    administrator = _browser(used, Role.ADMINISTRATOR)
    coordinator = _browser(used, Role.COORDINATOR)
    words = "The last backup failed: The folder for backups cannot be written to."
    assert [words in one.get("/?lang=en").text for one in (administrator, coordinator)] == [True, False]
    health = administrator.get("/healthz")
    assert (health.status_code, health.json and health.json["backup"]) == (503, "failed")

    used.settings.backup_folder.unlink()
    clock.shift_by(clock.now() - datetime.now(UTC) + timedelta(hours=2))
    assert (failed, tonight(used)) == (False, True)
    assert words not in administrator.get("/?lang=en").text


def test_a_program_that_ends_leaves_no_half_file(used: Installation) -> None:
    old(used)
    asked = iter([True] * 20)

    with used.app.app_context():
        made = back_up(
            used.settings.backup_folder,
            "",
            lambda now: source_of(used.settings, now),
            clock.now,
            going_on=lambda: next(asked, False),
        )

    assert (made, files(used)) == (False, [])
    # Whoever comes next begins at once.
    assert tonight(used) is True


def test_an_office_whose_backups_stopped_says_so(used: Installation) -> None:
    old(used)
    tonight(used)

    clock.shift_by(clock.now() - datetime.now(UTC) + timedelta(days=3))

    assert "The last backup was made at" in _browser(used, Role.ADMINISTRATOR).get("/?lang=en").text
    with used.app.app_context():
        assert (telling.trouble(queries.standing(clock.now())) or "").startswith(
            "The last backup is too old: 2027-03-02"
        )


def _browser(place: Installation, role: Role) -> FlaskClient:
    person = change(place.app, lambda: builders.person(f"Eine {role.value}", role=role).id)
    client = place.app.test_client()
    client.set_cookie("tracker", sign_in(place.app, person))
    return client


# ---- what must not come back


def test_the_list_of_erasures_holds_no_names_and_each_act_once(used: Installation, tmp_path: Path) -> None:
    at = datetime(2027, 3, 2, 10, 0, tzinfo=UTC)
    role = {"new": {"word": "Role.reader"}}
    told = [
        ("PERSON_LOCKED", "person:7", {}),
        ("PERSON_CHANGED", "person:7", {}),
        ("ACCOUNT_ROLE_CHANGED", "account:5", role),
    ]
    lines = [{"at": at, "verb": verb, "subject": subject, "facts": facts} for verb, subject, facts in told]
    change(used.app, lambda: db.session.execute(sa.insert(HistoryLine), lines))

    with used.app.app_context():
        noted = [erasures.note(tmp_path), erasures.note(tmp_path)]
        whole = (tmp_path / "erasures.log").read_text()
        # The disk was full, or the power was cut, while the last line was written.
        (tmp_path / "erasures.log").write_text(whole[:-9])
        noted += [erasures.note(tmp_path), erasures.note(tmp_path)]
        # Somebody was in the folder: what the history tells is listed anew, and what they made of it is kept.
        (tmp_path / "erasures.log").write_text("by hand\n")
        noted.append(erasures.note(tmp_path))

    assert noted == [2, 0, 1, 0, 2]
    assert (tmp_path / "erasures.log.unreadable").read_text() == "by hand\n"
    assert (tmp_path / "erasures.log").read_text() == (
        "2027-03-02T10:00:00+00:00 PERSON_LOCKED person:7\n"
        "2027-03-02T10:00:00+00:00 ACCOUNT_ROLE_CHANGED account:5 reader\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a b",
        "2027-03-02 PERSON_LOCKED person:7",
        "2027-03-02T10:00:00+00:00 DROP person:7",
        "2027-03-02T10:00:00+00:00 ACCOUNT_ROLE_CHANGED account:7 owner",
    ],
)
def test_a_list_that_is_none_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / "erasures.log").write_text(f"{line}\n")

    with pytest.raises(Refused, match=r"^This is not a list of erasures"):
        erasures.after(tmp_path / "erasures.log", LONG_AGO)


def test_nothing_in_a_backup_refers_to_what_is_left_out() -> None:
    left = {
        f"{table.name}.{column.name}"
        for table in db.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in LEFT_OUT and table.name not in LEFT_OUT
    }

    assert left == set()
    assert set(LEFT_OUT) - {"alembic_version"} <= set(db.metadata.tables)
