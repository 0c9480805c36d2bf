"""What follows from asking how things stand, on a real database."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests import builders
from tests.conftest import Cast, person_of, told
from tests.updates.test_actions import somebody
from tracker.accounts.models import Role
from tracker.db import db
from tracker.language import speaking
from tracker.milestones.actions import cancel_milestone, reopen_milestone
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.organisations.models import Organisation
from tracker.organisations.queries import office
from tracker.people.models import Contact, Person
from tracker.projects.models import Project, ProjectStatus
from tracker.refusal import Refused
from tracker.reminders import requests
from tracker.updates import queries
from tracker.updates.actions import Asked, ask, close_what_is_over, settle, submit_update, withdraw
from tracker.updates.models import EndedBecause, StatusRequest
from tracker.updates.rules import Said, Step

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("english")]

TODAY = date(2027, 3, 2)
BY = date(2027, 3, 16)
ANSWERED, WITHDRAWN, CLOSED = EndedBecause.ANSWERED, EndedBecause.WITHDRAWN, EndedBecause.CLOSED


@pytest.fixture
def english(unit: None) -> Iterator[None]:
    """Stand inside a writing unit that speaks English."""
    with speaking("en"):
        yield


def things(cast: Cast) -> tuple[Project, Milestone]:
    """Return the project and the milestone of the cast."""
    return db.session.get_one(Project, cast.project), db.session.get_one(Milestone, cast.milestone)


def asks(cast: Cast, now: datetime, *people: int, milestone: bool = True, answer_by: date = BY) -> Asked:
    """Let the coordinator ask; the partner, unless somebody else is named."""
    project, promise = things(cast)
    return ask(
        project,
        promise if milestone else None,
        people or (cast.partner,),
        answer_by=answer_by,
        question="Sind alle da?",
        language="de",
        by_id=cast.coordinator,
        now=now,
        today=TODAY,
    )


def says(cast: Cast, now: datetime, by_id: int, said: Said | None = None, *, milestone: bool = True) -> None:
    """Let somebody say how it stands."""
    project, promise = things(cast)
    seat = office()
    assert seat is not None
    submit_update(
        project,
        promise if milestone else None,
        said or Said(assessment=Assessment.ON_TRACK),
        office=seat,
        public_url="https://partners.example.org",
        by_id=by_id,
        now=now,
        today=TODAY,
    )


def ends() -> list[tuple[int, EndedBecause | None]]:
    """Return who was asked, and why that came to its end."""
    db.session.flush()
    columns = sa.select(StatusRequest.person_id, StatusRequest.ended_because).order_by(StatusRequest.id)
    return [(person_id, because) for person_id, because in db.session.execute(columns)]


def colleague(cast: Cast, name: str = "Ioana Colega", **more: Any) -> Person:
    """Bring in somebody else who works where the partner does."""
    return builders.person(name, at=db.session.get_one(Organisation, cast.here), **more)


def contact_of(person_id: int) -> Contact:
    """Return the one function of a person."""
    return db.session.scalars(sa.select(Contact).where(Contact.person_id == person_id)).one()


# ---- asking


def test_asking_keeps_who_what_and_until_when(cast: Cast, now: datetime) -> None:
    asked = asks(cast, now)

    (one,) = asked.new
    assert asked.renewed == ()
    assert (one.project_id, one.milestone_id, one.person_id) == (cast.project, cast.milestone, cast.partner)
    assert (one.asked_by_id, one.asked_at, one.answer_by) == (cast.coordinator, now, BY)
    assert (one.question, one.language, one.ended_at) == ("Sind alle da?", "de", None)
    assert told() == [
        (
            "REQUEST_MADE_ON_MILESTONE",
            f"status_request:{one.id}",
            f"project:{cast.project}",
            {"title": "Künstler benannt", "answer_by": {"day": "2027-03-16"}},
        )
    ]


def test_asking_again_renews_the_date_and_says_so(cast: Cast, now: datetime) -> None:
    asks(cast, now)
    other = colleague(cast)

    asked = asks(cast, now + timedelta(days=3), cast.partner, other.id, answer_by=date(2027, 4, 1))

    assert [one.person_id for one in asked.new] == [other.id]
    assert [(one.person_id, one.asked_at) for one in asked.renewed] == [(cast.partner, now + timedelta(days=3))]
    assert ends() == [(cast.partner, None), (other.id, None)]
    assert [verb for verb, *_rest in told()] == [
        "REQUEST_MADE_ON_MILESTONE",
        "REQUEST_RENEWED_ON_MILESTONE",
        "REQUEST_MADE_ON_MILESTONE",
    ]


def test_the_project_and_its_milestone_are_two_things(cast: Cast, now: datetime) -> None:
    asks(cast, now)

    asked = asks(cast, now, milestone=False)

    assert len(asked.new) == 1
    assert told()[-1] == (
        "REQUEST_MADE",
        f"status_request:{asked.new[0].id}",
        f"project:{cast.project}",
        {"answer_by": {"day": "2027-03-16"}},
    )


@pytest.mark.parametrize("milestone", [True, False])
def test_the_database_keeps_one_open_question(cast: Cast, now: datetime, milestone: bool) -> None:  # noqa: FBT001 - a row of the table above
    (one,) = asks(cast, now, milestone=milestone).new

    with pytest.raises(sa.exc.IntegrityError), db.session.begin_nested():
        builders.request(one.project, one.person, milestone_id=one.milestone_id)


def test_who_was_asked_before_can_be_asked_anew(cast: Cast, now: datetime) -> None:
    (first,) = asks(cast, now).new
    withdraw(first, by_id=cast.coordinator, now=now)

    asked = asks(cast, now)

    assert len(asked.new) == 1
    assert ends() == [(cast.partner, WITHDRAWN), (cast.partner, None)]


def test_nobody_is_asked_about_what_is_done(cast: Cast, now: datetime) -> None:
    _project, promise = things(cast)
    promise.state, promise.done_on = MilestoneState.DONE, TODAY

    with pytest.raises(Refused):
        asks(cast, now)

    assert ends() == []


# ---- answers


def test_an_answer_ends_it_at_once(cast: Cast, now: datetime) -> None:
    (one,) = asks(cast, now).new
    later = now + timedelta(hours=1)

    says(cast, later, cast.partner, Said(text="Totul e bine.", language="ro"))

    assert ends() == [(cast.partner, ANSWERED)]
    assert one.ended_at == later


def test_a_colleague_answers_for_all_who_were_asked_there(cast: Cast, now: datetime) -> None:
    one = colleague(cast)
    asks(cast, now, cast.partner, one.id, cast.stranger)

    says(cast, now, one.id)

    assert ends() == [(cast.partner, ANSWERED), (one.id, ANSWERED), (cast.stranger, None)]


def test_who_has_left_answers_for_nobody_there(cast: Cast, now: datetime) -> None:
    one = colleague(cast)
    asks(cast, now)
    contact_of(one.id).until_on = TODAY - timedelta(days=1)

    says(cast, now, one.id)

    assert ends() == [(cast.partner, None)]


def test_a_deputy_from_elsewhere_answers_for_whom_they_stand_in(cast: Cast, now: datetime) -> None:
    contact_of(cast.partner).deputy_id = cast.stranger
    asks(cast, now)

    says(cast, now, cast.stranger)

    assert ends() == [(cast.partner, ANSWERED)]


def test_an_answer_about_something_else_ends_nothing(cast: Cast, now: datetime) -> None:
    asks(cast, now)

    says(cast, now, cast.partner, milestone=False)

    assert ends() == [(cast.partner, None)]


def test_what_the_office_says_itself_ends_nothing(cast: Cast, now: datetime) -> None:
    asks(cast, now)

    says(cast, now, cast.coordinator)

    assert ends() == [(cast.partner, None)]


def test_nobody_needs_to_answer_what_is_done(cast: Cast, now: datetime) -> None:
    asks(cast, now, cast.partner, cast.stranger)

    says(cast, now, cast.partner, Said(assessment=Assessment.DONE))

    assert ends() == [(cast.partner, ANSWERED), (cast.stranger, CLOSED)]


# ---- taking back, noting, closing


def test_a_question_is_taken_back_once(cast: Cast, now: datetime) -> None:
    (one,) = asks(cast, now).new

    assert withdraw(one, by_id=cast.coordinator, now=now)
    assert not withdraw(one, by_id=cast.coordinator, now=now)

    assert ends() == [(cast.partner, WITHDRAWN)]
    assert told()[1:] == [
        (
            "REQUEST_WITHDRAWN_ON_MILESTONE",
            f"status_request:{one.id}",
            f"project:{cast.project}",
            {"title": "Künstler benannt"},
        )
    ]


def test_an_answer_on_the_phone_is_noted(cast: Cast, now: datetime) -> None:
    (one,) = asks(cast, now, milestone=False).new

    assert settle(one, by_id=cast.coordinator, now=now)

    assert ends() == [(cast.partner, ANSWERED)]
    assert told()[1:] == [("REQUEST_SETTLED", f"status_request:{one.id}", f"project:{cast.project}", {})]


def test_what_is_cancelled_is_not_asked_again_when_it_is_opened_again(cast: Cast, now: datetime) -> None:
    asks(cast, now)
    _project, promise = things(cast)
    reader = somebody(cast.coordinator, Role.COORDINATOR, cast.office)

    cancel_milestone(promise, by_id=cast.coordinator, now=now)
    assert db.session.scalars(queries.waiting(reader)).all() == []
    assert close_what_is_over(now) == 1
    assert close_what_is_over(now) == 0
    reopen_milestone(promise, by_id=cast.coordinator, now=now)

    assert ends() == [(cast.partner, CLOSED)]
    assert db.session.scalars(queries.waiting(reader)).all() == []


def test_when_a_project_ends_all_its_questions_do(cast: Cast, now: datetime) -> None:
    asks(cast, now)
    asks(cast, now, milestone=False)
    project, _promise = things(cast)

    assert close_what_is_over(now) == 0
    project.status = ProjectStatus.COMPLETED

    assert close_what_is_over(now) == 2
    assert ends() == [(cast.partner, CLOSED), (cast.partner, CLOSED)]


# ---- who sees it


def test_a_question_is_seen_by_the_office_and_by_who_is_asked(cast: Cast, now: datetime) -> None:
    one = colleague(cast, role=Role.PARTNER)
    (asked,) = asks(cast, now).new
    readers = {
        "reader": somebody(cast.reader, Role.READER, cast.office),
        "asked": somebody(cast.partner, Role.PARTNER, cast.here),
        "colleague": somebody(one.id, Role.PARTNER, cast.here),
        "elsewhere": somebody(cast.stranger, Role.PARTNER, cast.elsewhere),
    }

    seen = {name: list(db.session.scalars(queries.waiting(reader))) for name, reader in readers.items()}

    assert seen == {"reader": [asked], "asked": [asked], "colleague": [], "elsewhere": []}


def test_a_deputy_is_asked_when_the_others_steps_are_gone(cast: Cast, now: datetime) -> None:
    one = colleague(cast, role=Role.PARTNER)
    contact_of(cast.partner).deputy_id = one.id
    asks(cast, now)
    db.session.flush()
    seat = office()
    assert seat is not None
    reader = somebody(one.id, Role.PARTNER, cast.here)

    def state(after: int) -> tuple[Step, bool, bool]:
        moment = now + timedelta(days=after)
        asked = queries.together(None, queries.waiting(reader), requests.steps_in)
        _said, (waiting,) = queries.said_and_asked(asked, {}, seat, now=moment, today=TODAY)
        return waiting.stage.step, waiting.is_asked(cast.partner), waiting.is_asked(one.id)

    assert state(1) == (Step.ASKED, True, False)
    assert state(22) == (Step.DEPUTY, True, True)
    assert state(29) == (Step.CALL, True, True)


def test_what_was_said_and_what_was_asked_come_in_one_question(
    cast: Cast, now: datetime, count_queries: Callable[[], Any]
) -> None:
    says(cast, now - timedelta(days=1), cast.stranger)
    says(cast, now, cast.stranger, milestone=False)
    asks(cast, now, cast.partner, colleague(cast).id, answer_by=date(2027, 3, 20))
    asks(cast, now, milestone=False)
    project, _promise = things(cast)
    seat = office()
    assert seat is not None
    db.session.flush()
    reader = somebody(cast.coordinator, Role.COORDINATOR, cast.office)

    with count_queries() as asked:
        said, waiting = queries.said_and_asked(
            queries.together(queries.of_project(project.id), queries.waiting(reader, project.id), requests.steps_in),
            {},
            seat,
            now=now,
            today=TODAY,
        )
        read = [
            (one.request.person.name, one.request.asked_by.name, one.organisation.name if one.organisation else None)
            for one in waiting
        ]

    assert len(asked) == 1
    assert [one.milestone_id for one in said] == [None, cast.milestone]
    assert [(one.request.milestone_id, one.request.answer_by) for one in waiting] == [
        (None, BY),
        (cast.milestone, date(2027, 3, 20)),
        (cast.milestone, date(2027, 3, 20)),
    ]
    place = db.session.get_one(Organisation, cast.here).name
    assert read == [
        ("Radu Partener", "Karla Koordination", place),
        ("Radu Partener", "Karla Koordination", place),
        ("Ioana Colega", "Karla Koordination", place),
    ]


# ---- who can be asked


def test_partners_can_be_asked_and_who_is_responsible(cast: Cast, now: datetime) -> None:
    project, _promise = things(cast)
    seat = office()
    assert seat is not None
    seat.organisation_id = cast.office
    builders.milestone(project, person=person_of(cast.reader))
    one = colleague(cast)
    contact_of(one.id).is_first = False
    colleague(cast, "Longan Lock", locked_at=now)
    colleague(cast, "Arhip Arhivat", archived_at=now)
    db.session.flush()

    known = queries.candidates(project, seat, requests.steps_in, TODAY)

    assert [candidate.person.name for candidate in known] == ["Ioana Colega", "Radu Partener", "Rita Leserin"]
    assert list(queries.partners_of(project, seat)) == [cast.here]
    assert [candidate.person.id for candidate in queries.written_to(cast.here, known)] == [cast.partner]


def test_where_nobody_is_named_first_one_writes_to_all(cast: Cast) -> None:
    project, _promise = things(cast)
    seat = office()
    assert seat is not None
    one = colleague(cast)
    for person_id in (one.id, cast.partner):
        contact_of(person_id).is_first = False
    db.session.flush()

    known = queries.candidates(project, seat, requests.steps_in, TODAY)

    assert [candidate.person.id for candidate in queries.written_to(cast.here, known)] == [one.id, cast.partner]
