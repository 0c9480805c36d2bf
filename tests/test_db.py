"""Values, rows and units of work, on both databases."""

import threading
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from tests import builders
from tests.conftest import AS_SERVED
from tracker.db import PartialDate, Text, Translated, broken_pragmas, db, holding, insert_new, one_connection, writing
from tracker.folding import fold
from tracker.organisations.models import Office, Organisation, OrganisationAlias
from tracker.people.models import Person
from tracker.web.models import Submission

pytestmark = pytest.mark.both
MOMENT = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)


# ---- values


@pytest.mark.parametrize("text", ["2007", "2007-04", "2007-04-16"])
def test_a_partial_date_stays_as_it_is_known(text: str) -> None:
    assert str(PartialDate(text)) == text


@pytest.mark.parametrize("text", ["", "07", "2007-13", "2007-02-30", "2007-4", "0000", "about 2007", "٢٠٠٧"])
def test_a_partial_date_is_one(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the calendar's
        PartialDate(text)


def test_partial_dates_sort_as_they_may_have_been() -> None:
    known = [PartialDate("2008"), PartialDate("2007-04-16"), PartialDate("2007"), PartialDate("2007-04")]

    assert [str(one) for one in sorted(known)] == ["2007", "2007-04", "2007-04-16", "2008"]
    assert PartialDate("2007-04").earliest == date(2007, 4, 1)


def test_a_revised_text_keeps_the_moments_of_what_stays() -> None:
    later = MOMENT + timedelta(days=1)
    before = Translated.of("de", MOMENT, de="Reise", en="Trip")

    after = before.revised(Translated.of("de", later, de="Reise", en="Journey", ro="Călătorie"))

    assert dict(after.texts) == {
        "de": Text("Reise", MOMENT),
        "en": Text("Journey", later),
        "ro": Text("Călătorie", later),
    }


def test_a_translation_without_its_original_is_none() -> None:
    with pytest.raises(ValueError, match="de"):
        Translated("de", {"en": Text("Journey", MOMENT)})


# ---- rows


@pytest.mark.usefixtures("unit")
def test_values_come_back_as_they_went() -> None:
    name = Translated.of("ro", MOMENT, ro="Bistrița-Năsăud", de="Bistritz-Nassod 😀")
    there = datetime(2027, 3, 28, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    row = builders.organisation(name=name, created_at=there)
    row.aliases = [OrganisationAlias(text="Bistritz", from_on=PartialDate("1910-04"))]
    db.session.flush()
    db.session.expire_all()

    assert (row.name, row.created_at) == (name, MOMENT)
    assert row.created_at.tzinfo is UTC
    assert row.aliases[0].from_on == PartialDate("1910-04")


@pytest.mark.usefixtures("unit")
def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(sa.exc.StatementError, match="an instant needs a zone"):
        builders.person(created_at=datetime(2027, 3, 28, 2, 30))  # noqa: DTZ001 - that is the point


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("asked", ["szepel", "Csepel", "csepel-sziget", "SZEPEL insel"])
def test_every_spelling_finds_an_organisation(asked: str) -> None:
    row = builders.organisation(de="Csepel-Insel", hu="Csepel-sziget", aliases=[OrganisationAlias(text="Szepel-Insel")])
    builders.organisation(de="Waldviertel")

    assert db.session.scalars(sa.select(Organisation).where(holding(Organisation.folded, fold(asked)))).all() == [row]


@pytest.mark.usefixtures("unit")
def test_a_word_that_is_none_is_refused() -> None:
    with pytest.raises((IntegrityError, LookupError, sa.exc.StatementError)):
        builders.organisation(kind="kingdom")


@pytest.mark.usefixtures("unit")
def test_the_database_knows_the_words_too() -> None:
    row = builders.organisation()

    with pytest.raises(IntegrityError):
        db.session.execute(sa.text("UPDATE organisation SET kind = 'kingdom' WHERE id = :id"), {"id": row.id})


@pytest.mark.usefixtures("unit")
def test_foreign_keys_hold() -> None:
    with pytest.raises(IntegrityError):
        builders.organisation(part_of_id=4711)


@pytest.mark.usefixtures("unit")
def test_a_second_office_is_refused() -> None:
    with pytest.raises(IntegrityError):
        db.session.execute(
            sa.insert(Office).values(
                id=2, name="x", language="de", zone="UTC", country="DE", created_at=MOMENT, version=1
            )
        )


# ---- units


def test_a_unit_that_only_reads_cannot_write(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError, match=r"read-?only"):
        builders.person()


def test_an_update_that_comes_too_late_is_refused(app: Flask) -> None:
    with app.app_context(), writing():
        person_id = builders.person("Erste").id
        db.session.commit()
    with app.app_context(), writing():
        person = db.session.get_one(Person, person_id)
        db.session.execute(sa.text("UPDATE person SET version = 2, name = 'Andere'"))
        person.name = "Dritte"

        with pytest.raises(StaleDataError):
            db.session.flush()


def test_read_then_write_loses_nothing(app: Flask) -> None:
    with app.app_context(), writing():
        person_id = builders.person("0").id
        db.session.commit()

    def count_up() -> None:
        for _ in range(25):
            with app.app_context(), writing():
                query = sa.select(Person).where(Person.id == person_id).with_for_update()
                person = db.session.scalars(query).one()
                person.name = str(int(person.name) + 1)
                db.session.commit()

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context():
        assert db.session.get_one(Person, person_id).name == "100"


def test_what_is_committed_outlasts_a_cut_of_the_power() -> None:
    full = 2

    assert AS_SERVED["synchronous"] == full


def test_the_pragmas_hold_through_the_pool(app: Flask) -> None:
    with app.app_context():
        assert broken_pragmas(db.engine) == {}


@pytest.mark.usefixtures("unit")
def test_a_key_that_is_taken_inserts_nothing() -> None:
    values = {"key": "one", "at": MOMENT}

    assert [insert_new(Submission, values) for _ in range(2)] == [True, False]


def test_units_may_share_one_connection(app: Flask) -> None:
    with app.app_context():
        with one_connection():
            used = []
            for _unit in range(2):
                with writing():
                    used.append(db.session.connection())
                    db.session.commit()
            db.session.rollback()
            reads = db.session.connection()
        apart = db.session.connection()

    assert used == [reads, reads]
    assert apart is not reads
    assert reads.closed
