"""What became of messages, in words."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tracker.language import speaking
from tracker.mail.models import Attempt, Message, MessageState
from tracker.mail.rules import REASONS, Phase
from tracker.postbox.telling import folder_of, what_happened, why
from tracker.reminders.rules import REASONS as REMINDER_REASONS

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)


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


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_of_an_attempt_has_its_words(app: Flask, phase: Phase) -> None:
    with app.app_context(), speaking("en"):
        told = what_happened(Attempt(phase=phase, reason="refused"))

    assert told.startswith("The mail server refuses it for good. (")
    assert phase.value not in told.split("(")[1].split()
