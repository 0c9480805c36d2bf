"""The history and the outbox in words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from tracker.db import PartialDate
from tracker.history.rules import Verb, kept
from tracker.language import speaking
from tracker.mail.models import Message, MessageState
from tracker.mail.rules import REASONS
from tracker.milestones.models import Assessment
from tracker.overview.telling import folder_of, sentence_of, why
from tracker.projects.models import ProjectStatus
from tracker.reminders.rules import REASONS as REMINDER_REASONS

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


def test_words_and_days_are_told_as_the_reader_reads_them(app: Flask) -> None:
    facts = {"title": "Künstler benannt", "from_on": kept(date(2027, 3, 1)), "to_on": kept(date(2027, 4, 16))}

    with app.app_context(), speaking("en"):
        told = sentence_of(Verb.MILESTONE_MOVED.name, facts)

    assert told == "moved the milestone “Künstler benannt” from 1 Mar 2027 to 16 Apr 2027"


def test_an_assessment_is_told_by_its_word(app: Flask) -> None:
    with app.app_context(), speaking("en"):
        told = sentence_of(Verb.UPDATE_SUBMITTED.name, {"assessment": kept(Assessment.ON_TRACK)})

    assert told == "said how the project stands: on track"


def test_changes_are_told_one_by_one(app: Flask) -> None:
    changes = {
        "status": [kept(ProjectStatus.PLANNED), kept(ProjectStatus.RUNNING)],
        "begins": [None, kept(PartialDate("2027-04"))],
        "ends": [kept(PartialDate("2028")), None],
        "summary": [None, None],
        "unheard_of": [None, None],
    }

    with app.app_context(), speaking("en"):
        told = sentence_of(Verb.PROJECT_CHANGED.name, {"changes": changes})

    assert told == (
        "changed the project: status from planned to running; begin: April 2027; end: 2028 taken out; "
        "summary; unheard_of"
    )


def test_what_no_release_knows_any_more_is_still_a_line(app: Flask) -> None:
    with app.app_context(), speaking("en"):
        assert sentence_of("FORGOTTEN_VERB", {}) == "changed something"
        assert sentence_of(Verb.UPDATE_SUBMITTED.name, {"assessment": {"word": "Gone.not_so_good"}}) == (
            "said how the project stands: not so good"
        )


@pytest.mark.parametrize("verb", list(Verb))
def test_every_verb_can_be_told(app: Flask, verb: Verb) -> None:
    facts: dict[str, object] = {name: {} if name == "changes" else "fact" for name in verb.facts}

    with app.app_context(), speaking("en"):
        assert "%(" not in sentence_of(verb.name, facts)


def message(state: MessageState, reason: str | None = None, *, hours: int = 0) -> Message:
    """Return a message that no database has seen."""
    return Message(state=state, reason=reason, reason_facts=None, send_at=NOW + timedelta(hours=hours))


def test_each_message_says_why_it_is_where_it_is(app: Flask) -> None:
    with app.app_context(), speaking("en"):
        told = {
            "waits": why(message(MessageState.QUEUED), NOW),
            "later": why(message(MessageState.QUEUED, hours=24), NOW),
            "dead": why(message(MessageState.DEAD, "address_refused"), NOW),
            "done": why(message(MessageState.CANCELLED, "milestone_done"), NOW),
        }

        assert told == {
            "waits": "It leaves in the next minutes.",
            "later": "It leaves 3 Mar 2027, 10:00.",
            "dead": str(REASONS["address_refused"]),
            "done": str(REMINDER_REASONS["milestone_done"]),
        }


@pytest.mark.parametrize("state", list(MessageState))
def test_no_state_is_without_a_sentence(app: Flask, state: MessageState) -> None:
    reasons = {MessageState.UNKNOWN: "uncertain", MessageState.HELD: "uncertain_held"}
    reasons |= {MessageState.DEAD: "refused", MessageState.CANCELLED: "given_up"}

    with app.app_context(), speaking("en"):
        assert why(message(state, reasons.get(state)), NOW)


def test_the_folder_of_mails_is_named_where_there_is_one() -> None:
    assert folder_of("file:/srv/tracker/out%20box") == "/srv/tracker/out box"
    assert folder_of("file:///srv/outbox") == "/srv/outbox"
    assert folder_of("smtp://user:secret@mail.example.org") is None
