"""What a rule would be, in values and in words; no database."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from tracker.language import speaking
from tracker.reminders.matters import Rule
from tracker.reminders.models import ReminderSubject
from tracker.reminders.rulebook import SHAPES, Act, Proposal, as_it_would_be, when
from tracker.reminders.subjects import DEFAULT_RULES

BEFORE = datetime(2027, 1, 1, tzinfo=UTC)
NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
DUE = ReminderSubject.MILESTONE_DUE
ON = Rule(1, DUE, None, (14, 3, 0), None, None, BEFORE)
OTHER = Rule(2, ReminderSubject.MILESTONE_OVERDUE, None, (3,), 7, 4, BEFORE)


def proposal(act: Act, **more: Any) -> Proposal:
    """Return what somebody wants of the first rule."""
    return replace(Proposal(act, DUE, rule_id=1, version=1, steps=(14, 3, 0)), **more)


@pytest.mark.parametrize(
    ("standing", "wanted", "then"),
    [
        (ON, proposal(Act.CHANGE, steps=(5,)), [replace(ON, steps=(5,), active_since=NOW)]),
        (replace(ON, active_since=None), proposal(Act.CHANGE), [replace(ON, active_since=None)]),
        (replace(ON, active_since=None), proposal(Act.SWITCH_ON), [replace(ON, active_since=NOW)]),
        (ON, proposal(Act.SWITCH_OFF), [replace(ON, active_since=None)]),
        (ON, proposal(Act.REMOVE), []),
    ],
)
def test_what_is_on_or_changed_begins_now(standing: Rule, wanted: Proposal, then: list[Rule]) -> None:
    assert as_it_would_be([standing, OTHER], wanted, NOW) == [*then, OTHER]


def test_a_projects_own_rule_comes_beside_the_sites() -> None:
    wanted = Proposal(Act.ADD, DUE, project_id=7, steps=(5,))

    assert as_it_would_be([ON], wanted, NOW) == [ON, Rule(0, DUE, 7, (5,), None, None, NOW)]


def test_every_subject_can_be_shown(app: Flask) -> None:
    with app.app_context(), speaking("en"):
        told = {
            word: "; ".join(when(word, Rule(1, word, None, rule.steps, rule.then_every_days, rule.at_most, NOW)))
            for word, rule in DEFAULT_RULES.items()
        }

    assert set(told) == set(SHAPES)
    assert told[DUE] == "working days before the date: 14 and 3; on the day itself"
    assert told[OTHER.subject] == "working days after it: 3; then again every 7 days; 4 letters at most"
    assert told[ReminderSubject.STATUS_REQUEST] == "at once; working days after it: 5 and 10"
    assert told[ReminderSubject.JUBILEE] == "months before the date: 12 and 3"
    assert all(told.values())
