"""Nobody reads what is not for them: on every page and in every letter, word by word."""

import tomllib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.access.rows import HERE, SITE, THERE
from tests.access.stage import PRINCIPALS, Stage
from tests.access.words import READERS, SOUGHT, WORDLESS
from tests.conftest import mornings
from tracker import clock
from tracker.db import TranslatedType, db, writing
from tracker.locations import PACKAGE
from tracker.mail.models import Message, MessageKind
from tracker.milestones.models import Milestone
from tracker.organisations import queries as organisations
from tracker.people.models import Contact
from tracker.reminders.actions import plan_reminders
from tracker.updates.actions import submit_update
from tracker.updates.rules import Said
from tracker.web.access import found

HOLDING_TEXT = (sa.String, sa.JSON, sa.LargeBinary, TranslatedType)
pytestmark = pytest.mark.xdist_group("access")


def pages(app: Flask) -> Iterator[tuple[str, bool]]:
    """Yield each endpoint that can be looked at, and whether its address names a thing."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static":
            yield rule.endpoint, bool(rule.arguments)


def test_every_personal_column_has_its_readers_or_holds_no_words() -> None:
    listed = tomllib.loads((PACKAGE / "privacy" / "columns.toml").read_text(encoding="utf-8"))
    personal = {(table, column) for table, facts in listed.items() for column in facts.get("personal", {})}
    texts = {
        (table.name, column.name)
        for table in db.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, HOLDING_TEXT) and not isinstance(column.type, sa.Enum)
    }
    read = {(table, column) for table, columns in READERS.items() for column in columns}

    assert {one for one in personal & texts if one[1] not in WORDLESS} - read == set()


def test_there_is_a_word_in_every_column(stage: Stage) -> None:
    written = {(word.table, word.column) for word in stage.words.known.values()}

    assert {(table, column) for table, columns in READERS.items() for column in columns} == written


def test_nobody_reads_on_a_page_what_is_not_for_them(stage: Stage) -> None:
    leaked = {}
    for endpoint, names_a_thing in pages(stage.app):
        for who in PRINCIPALS:
            for place in (HERE, THERE) if names_a_thing else (HERE,):
                seen = [stage.page(who, endpoint, place)[1]]
                if not names_a_thing:
                    seen.append(stage.ask(who, "GET", endpoint, place, query_string={"q": SOUGHT})[1].get_data())
                if found := [word for page in seen for word in stage.words.leaked(page, who, stage.people.get(who))]:
                    leaked[endpoint, who, place] = found

    assert leaked == {}


def test_nobody_reads_in_a_letter_what_is_not_for_them(stage: Stage) -> None:
    roles = {person_id: who for who, person_id in stage.people.items()}
    leaked = {}
    with stage.app.app_context(), writing():
        known = set(db.session.scalars(sa.select(Message.id)))
        _say_something(stage)
        for morning in mornings(45):
            plan_reminders(morning, public_url=SITE)
        letters = db.session.scalars(sa.select(Message).where(Message.id.not_in(known))).all()
        # Who stands in for somebody is asked what they were asked, wherever they work.
        stands_in = {one.deputy_id: one.person_id for one in db.session.scalars(sa.select(Contact))}
        for letter in letters:
            asked = stands_in.get(letter.person_id, letter.person_id)
            who = roles.get(letter.person_id) or stage.words.neighbour(asked)
            text = " ".join(filter(None, (letter.subject, letter.text, letter.html, letter.reply_to))).encode()
            if found := stage.words.leaked(text, who, letter.person_id, asked):
                leaked[letter.key] = found
        kinds = {(letter.kind, roles.get(letter.person_id, "others")) for letter in letters}
        db.session.rollback()

    assert leaked == {}
    assert kinds >= {
        (MessageKind.LETTER, "partner"),
        (MessageKind.LETTER, "elsewhere"),
        (MessageKind.LETTER, "coordinator"),
        (MessageKind.UPDATE, "coordinator"),
    }


def _say_something(stage: Stage) -> None:
    for place, who in ((HERE, "partner"), (THERE, "elsewhere")):
        milestone = db.session.get_one(Milestone, stage.things[place]["milestone_id"])
        submit_update(
            milestone.project,
            milestone,
            Said(text="Es geht voran."),
            office=found(organisations.office()),
            public_url=SITE,
            by_id=stage.people[who],
            now=clock.now(),
            today=clock.today("Europe/Berlin"),
        )
