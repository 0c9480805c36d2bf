"""The example office, and the same with something else in every text that anybody can have typed."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests import world
from tests.fuzz.conftest import _office, office  # noqa: F401 - fixtures
from tests.inject.corpora import TEXTS
from tests.world import World
from tracker import clock, scheduler
from tracker.db import Model, Translated, TranslatedType, db, writing
from tracker.language import LANGUAGES
from tracker.mail.models import Message, MessageState
from tracker.reminders.actions import plan_reminders

#: Texts that the program makes itself: codes, keys, hashes, words of its own, and addresses, which are checked.
OURS = frozenset(
    (
        *("address", "browser_hash", "code_hash", "country", "credential", "email", "facts", "folded", "html", "job"),
        *(
            "key",
            "kind",
            "language",
            "link",
            "location",
            "media_type",
            "message_id",
            "nonce",
            "outcome",
            "password_hash",
            "phase",
        ),
        *(
            "position",
            "reason",
            "reason_facts",
            "reply_to",
            "secret_hash",
            "sha256",
            "step",
            "steps",
            "subject",
            "subject_key",
            "subdivision",
        ),
        *("translation_language", "transports", "verb", "within", "zone"),
    )
)


def columns() -> Iterator[tuple[type[Model], str, bool]]:
    """Return every column that holds what people typed, and whether it is in several languages."""
    for mapper in sorted(Model.registry.mappers, key=lambda one: str(one.class_)):
        for name, column in mapper.columns.items():
            several = isinstance(column.type, TranslatedType)
            is_text = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
            if several or (is_text and name not in OURS):
                yield mapper.class_, name, several


def spoil() -> set[str]:
    """Put one text after the other into every column and row that holds any; return the texts that found a place."""
    number, placed = count(), set()

    def following() -> str:
        text = TEXTS[next(number) % len(TEXTS)]
        placed.add(text)
        return text

    for model, name, several in columns():
        for row in db.session.scalars(sa.select(model)).unique().all():
            value: Any = getattr(row, name)
            if several and value is not None:
                wordings = {code: following() for code in LANGUAGES}
                setattr(row, name, Translated.of(value.original, clock.now(), **wordings))
            elif value:
                setattr(row, name, following())
    db.session.flush()
    return placed


@pytest.fixture
def spoilt(office: World) -> set[str]:  # noqa: F811 - the fixture
    """Put something else into every text; return what was put."""
    with office.app.app_context(), writing():
        placed = spoil()
        db.session.commit()
    return placed


@pytest.fixture
def letters(office: World, spoilt: set[str]) -> list[bytes]:  # noqa: F811 - the fixture
    """Let every letter of two weeks be written and leave, about a spoilt office; return them as they went."""
    outbox = office.settings.instance / "outbox"
    shutil.rmtree(outbox, ignore_errors=True)
    for _day in range(10):
        world.at(clock.now() + world.DAY)
        with office.app.app_context(), writing():
            plan_reminders(clock.now(), public_url=office.settings.public_url)
            db.session.commit()
        with office.app.app_context():
            scheduler.deliver(office.settings)
    with office.app.app_context():
        rows = db.session.scalars(sa.select(Message)).all()
        # Days go by at once here, so that some letters are late; none is beyond being written.
        assert {row.reason for row in rows if row.state is MessageState.DEAD} <= {"too_late"}
    return [file.read_bytes() for file in sorted(Path(outbox).glob("*.eml"))]
