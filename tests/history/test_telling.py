"""The history in words."""

from datetime import date

import pytest
from flask import Flask

from tracker.db import PartialDate
from tracker.history.rules import Verb, kept
from tracker.history.telling import sentence_of
from tracker.language import speaking
from tracker.milestones.models import Assessment
from tracker.projects.models import ProjectStatus


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
