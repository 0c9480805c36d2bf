"""News of what was said is gathered: of one project at most one letter an hour to one person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.conftest import Cast
from tests.updates.test_actions import say
from tracker.db import db
from tracker.language import speaking
from tracker.mail.models import Message, MessageState
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.updates.rules import Said

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("english")]

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def english(unit: None, cast: Cast) -> Iterator[None]:
    """Stand inside a writing unit; who coordinates reads English."""
    db.session.get_one(Person, cast.coordinator).language = "en"
    with speaking("en"):
        yield


def letters() -> list[Message]:
    return list(db.session.scalars(sa.select(Message).order_by(Message.id).execution_options(populate_existing=True)))


def sent(message: Message, at: datetime) -> None:
    """Have a letter handed over."""
    message.state, message.sent_at, message.finished_at, message.fence = MessageState.SENT, at, at, 1
    db.session.flush()


def test_what_is_said_while_the_letter_waits_stands_in_it(cast: Cast) -> None:
    say(cast, NOW, Said(text="Eins."))
    say(cast, NOW + 2 * MINUTE, Said(text="Zwei."), milestone=False)

    (letter,) = letters()
    assert (letter.subject, letter.send_at) == ("“Euarca”: 2 updates", NOW)
    assert str(letter.text).index("> Eins.") < str(letter.text).index("> Zwei.")
    assert "Zwei." in str(letter.html)


def test_what_is_said_after_it_was_sent_waits_for_the_hour_and_is_gathered(cast: Cast) -> None:
    say(cast, NOW, Said(text="Eins."))
    sent(letters()[0], NOW + MINUTE)
    say(cast, NOW + 10 * MINUTE, Said(text="Zwei."))
    say(cast, NOW + 20 * MINUTE, Said(text="Drei."))

    first, second = letters()
    assert (first.text or "").count("> ") == 1
    assert second.send_at == NOW + 60 * MINUTE
    assert [words in str(second.text) for words in ("Eins.", "Zwei.", "Drei.")] == [False, True, True]


def test_after_an_hour_it_is_told_at_once(cast: Cast) -> None:
    say(cast, NOW, Said(text="Eins."))
    sent(letters()[0], NOW + MINUTE)
    say(cast, NOW + 61 * MINUTE, Said(text="Zwei."))

    assert [one.send_at for one in letters()] == [NOW, NOW + 61 * MINUTE]


def test_a_letter_in_hand_stays_as_it_is(cast: Cast) -> None:
    say(cast, NOW, Said(text="Eins."))
    (letter,) = letters()
    letter.state, letter.fence = MessageState.SENDING, 1
    db.session.flush()
    say(cast, NOW + MINUTE, Said(text="Zwei."))

    first, second = letters()
    assert "Zwei." not in str(first.text)
    assert second.send_at == NOW + 60 * MINUTE


def test_another_project_is_another_letter(cast: Cast) -> None:
    say(cast, NOW, Said(text="Eins."))
    other = db.session.get_one(Project, cast.other_project)
    project, cast_of_other = cast.project, type(cast)(**{**vars(cast), "project": other.id})
    say(cast_of_other, NOW + MINUTE, Said(text="Zwei."), milestone=False, by=cast.stranger)

    assert [one.subject_key for one in letters()] == [f"project:{project}", f"project:{other.id}"]


def test_nobody_reads_their_own_words_among_others(cast: Cast) -> None:
    say(cast, NOW, Said(text="Eins."))
    say(cast, NOW + MINUTE, Said(text="Von mir."), by=cast.coordinator)
    say(cast, NOW + 2 * MINUTE, Said(text="Zwei."))

    (letter,) = letters()
    assert "Von mir." not in str(letter.text)
    assert "Zwei." in str(letter.text)
