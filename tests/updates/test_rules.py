"""Who may say how things stand, and what can be said."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from tracker.accounts.models import Role
from tracker.language import speaking
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.updates.rules import Said, check, may_report
from tracker.web.access import Somebody

TODAY = date(2027, 3, 2)
LATER = date(2027, 4, 1)
OURS, THEIRS = 7, 8


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    """Let refusals speak English."""
    with app.app_context(), speaking("en"):
        yield


def somebody(role: Role) -> Somebody:
    """Return somebody of the organisation that the milestone is promised by."""
    return Somebody(
        id=3,
        name="",
        role=role.value,
        language="en",
        zone="Europe/Berlin",
        organisation_ids=frozenset({OURS}),
        sign_in_id=1,
        account_id=1,
        seen_until=None,
        noted_at=datetime(2027, 3, 2, tzinfo=UTC),
    )


def milestone(state: MilestoneState = MilestoneState.OPEN, organisation_id: int | None = OURS) -> Milestone:
    """Return a milestone of an organisation."""
    return Milestone(state=state, responsible_organisation_id=organisation_id)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(Role.ADMINISTRATOR, True), (Role.COORDINATOR, True), (Role.READER, False), (Role.PARTNER, True)],
)
def test_who_comments_on_a_project(role: Role, allowed: bool) -> None:  # noqa: FBT001 - a row of the table above
    assert may_report(somebody(role), Project(), None) is allowed


def test_a_partner_speaks_of_what_is_theirs_alone() -> None:
    partner = somebody(Role.PARTNER)

    assert may_report(partner, Project(), milestone())
    assert may_report(partner, Project(), Milestone(responsible_person_id=partner.id))
    assert not may_report(partner, Project(), milestone(organisation_id=THEIRS))
    assert not may_report(partner, Project(), milestone(organisation_id=None))


def test_nothing_is_said_about_the_archive() -> None:
    archived = datetime(2027, 1, 1, tzinfo=UTC)
    coordinator = somebody(Role.COORDINATOR)

    assert not may_report(coordinator, Project(archived_at=archived), None)
    assert not may_report(coordinator, Project(), Milestone(archived_at=archived))


@pytest.mark.parametrize(
    "said",
    [
        Said(assessment=Assessment.DELAYED),
        Said(new_due_on=LATER),
        Said(text="Întârzie."),
        Said(Assessment.DELAYED, LATER, "Întârzie."),
        Said(new_due_on=TODAY),
    ],
)
def test_what_can_be_said_of_a_milestone(said: Said) -> None:
    check(said, milestone(), today=TODAY)


@pytest.mark.parametrize(
    ("said", "about", "sentence"),
    [
        (Said(), milestone(), "Please say something: how it stands, a new date, or a few words."),
        (Said(), None, "Please say something: how it stands, a new date, or a few words."),
        (Said(new_due_on=LATER), None, "Only a milestone has a date that can be moved."),
        (
            Said(Assessment.DONE, LATER),
            milestone(),
            "What is done needs no new date. Please leave one of the two out.",
        ),
        (
            Said(new_due_on=date(2027, 3, 1)),
            milestone(),
            "The new date has gone by already. Please choose a later one.",
        ),
        (
            Said(assessment=Assessment.DELAYED),
            milestone(MilestoneState.DONE),
            "This milestone is done. Open it again first.",
        ),
        (
            Said(new_due_on=LATER),
            milestone(MilestoneState.CANCELLED),
            "This milestone is cancelled. Open it again first.",
        ),
    ],
)
def test_what_cannot_be_said(said: Said, about: Milestone | None, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        check(said, about, today=TODAY)

    assert refusal.value.sentence == sentence


def test_what_is_done_may_still_be_commented_on() -> None:
    check(Said(text="Mulțumim!"), milestone(MilestoneState.DONE), today=TODAY)
