"""What follows from what somebody says, on a real database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests import builders
from tests.conftest import Cast
from tracker.accounts.models import Role
from tracker.db import db
from tracker.history.models import HistoryLine
from tracker.language import speaking
from tracker.mail.models import Message, MessageKind, MessageState
from tracker.milestones.models import Assessment, Milestone, MilestoneState
from tracker.organisations.queries import office
from tracker.people.models import Person
from tracker.projects.models import Project
from tracker.refusal import Refused
from tracker.updates import queries
from tracker.updates.actions import submit_update
from tracker.updates.models import StatusUpdate
from tracker.updates.rules import Said
from tracker.web.access import Somebody

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("english")]

TODAY = date(2027, 3, 2)
LATER = date(2027, 4, 1)
URL = "https://partners.example.org"


@pytest.fixture
def english(unit: None) -> Iterator[None]:
    """Stand inside a writing unit that speaks English."""
    with speaking("en"):
        yield


def say(cast: Cast, now: datetime, said: Said, *, milestone: bool = True, by: int | None = None) -> StatusUpdate:
    """Let the partner say something about their milestone, or about the project."""
    project, found = db.session.get(Project, cast.project), db.session.get(Milestone, cast.milestone)
    seat = office()
    assert project is not None
    assert seat is not None
    update = submit_update(
        project,
        found if milestone else None,
        said,
        office=seat,
        public_url=URL,
        by_id=by or cast.partner,
        now=now,
        today=TODAY,
    )
    db.session.flush()
    return update


def row(cast: Cast) -> Milestone:
    """Return the milestone of the cast as the database has it."""
    milestone = db.session.get(Milestone, cast.milestone, populate_existing=True)
    assert milestone is not None
    return milestone


def history() -> list[tuple[str, str, str | None, dict[str, Any]]]:
    """Return verb, subject, what it lies within, and facts of every line."""
    rows = db.session.scalars(sa.select(HistoryLine).order_by(HistoryLine.id))
    return [(line.verb, line.subject, line.within, line.facts) for line in rows]


def messages() -> list[Message]:
    """Return the whole outbox."""
    return list(db.session.scalars(sa.select(Message).order_by(Message.id)))


def coordinate(cast: Cast, name: str, **more: Any) -> Person:
    """Bring in one more who coordinates the project."""
    project = db.session.get(Project, cast.project)
    assert project is not None
    person = builders.person(name, **more)
    project.coordinators.append(person)
    db.session.flush()
    return person


def somebody(person_id: int, role: Role, *organisation_ids: int) -> Somebody:
    """Return a reader as routes hand them in."""
    return Somebody(
        id=person_id,
        name="",
        role=role.value,
        language="en",
        zone="Europe/Berlin",
        organisation_ids=frozenset(organisation_ids),
        sign_in_id=1,
        account_id=1,
        seen_until=None,
        noted_at=datetime(2027, 3, 2, tzinfo=UTC),
    )


def test_a_new_date_moves_the_milestone_and_keeps_the_old_one(cast: Cast, now: datetime) -> None:
    before = row(cast).due_on

    update = say(cast, now, Said(Assessment.DELAYED, LATER, "Întârzie puțin.", "ro"))

    milestone = row(cast)
    assert (update.assessment, update.new_due_on, update.text, update.language, update.at, update.by_id) == (
        Assessment.DELAYED,
        LATER,
        "Întârzie puțin.",
        "ro",
        now,
        cast.partner,
    )
    assert (milestone.first_due_on, milestone.due_on, milestone.due_since) == (before, LATER, now)
    assert [(move.from_on, move.to_on, move.at, move.by_id) for move in milestone.moves] == [
        (before, LATER, now, cast.partner)
    ]
    assert milestone.assessment is Assessment.DELAYED
    within = f"project:{cast.project}"
    assert history() == [
        (
            "UPDATE_SUBMITTED_ON_MILESTONE",
            f"status_update:{update.id}",
            within,
            {"title": "Künstler benannt", "assessment": {"word": "Assessment.delayed"}},
        ),
        (
            "MILESTONE_MOVED",
            f"milestone:{cast.milestone}",
            within,
            {"title": "Künstler benannt", "from_on": {"day": before.isoformat()}, "to_on": {"day": LATER.isoformat()}},
        ),
    ]


def test_done_marks_the_milestone_as_done(cast: Cast, now: datetime) -> None:
    say(cast, now, Said(assessment=Assessment.DONE))

    milestone = row(cast)
    assert (milestone.state, milestone.done_on, milestone.assessment) == (MilestoneState.DONE, TODAY, Assessment.DONE)
    assert [verb for verb, *_rest in history()] == ["UPDATE_SUBMITTED_ON_MILESTONE", "MILESTONE_DONE"]


def test_a_comment_changes_nothing_else(cast: Cast, now: datetime) -> None:
    say(cast, now, Said(text="Mulțumim!", language="ro"))

    milestone = row(cast)
    assert (milestone.assessment, milestone.moves, milestone.version) == (None, [], 1)
    assert [verb for verb, *_rest in history()] == ["COMMENTED_ON_MILESTONE"]


def test_a_new_date_alone_is_told_once(cast: Cast, now: datetime) -> None:
    say(cast, now, Said(new_due_on=LATER))

    assert [verb for verb, *_rest in history()] == ["MILESTONE_MOVED"]


@pytest.mark.parametrize(
    ("said", "verb"),
    [(Said(assessment=Assessment.AT_RISK), "UPDATE_SUBMITTED"), (Said(text="Bine."), "COMMENTED")],
)
def test_something_is_said_about_the_project_as_a_whole(cast: Cast, now: datetime, said: Said, verb: str) -> None:
    update = say(cast, now, said, milestone=False)

    assert (update.project_id, update.milestone_id) == (cast.project, None)
    assert [line[0] for line in history()] == [verb]
    assert row(cast).assessment is None


def test_what_is_refused_leaves_nothing_behind(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused):
        say(cast, now, Said())

    assert db.session.scalars(sa.select(StatusUpdate)).all() == []
    assert (history(), messages()) == ([], [])


def test_those_who_coordinate_are_told_in_their_language(cast: Cast, now: datetime) -> None:
    other = coordinate(cast, "Ed", language="en", zone="America/Chicago", form_of_address="Mr Miller")

    update = say(cast, now, Said(Assessment.DELAYED, LATER, "Întârzie puțin.\n\nNe pare rău.", "ro"))

    partner = db.session.get(Person, cast.partner)
    assert partner is not None
    told = messages()
    assert [(one.person_id, one.key, one.language, one.zone, one.address) for one in told] == [
        (cast.coordinator, f"update|{update.id}|{cast.coordinator}", "de", "Europe/Berlin", told[0].address),
        (other.id, f"update|{update.id}|{other.id}", "en", "America/Chicago", other.email),
    ]
    assert {(one.kind, one.state, one.send_at, one.reply_to, one.subject_key) for one in told} == {
        (MessageKind.UPDATE, MessageState.QUEUED, now, partner.email, f"project:{cast.project}")
    }
    assert told[1].subject == "“Künstler benannt”: delayed"
    assert told[1].text == (
        "Dear Mr Miller,\n"
        "\n"
        "Radu Partener has said something about “Künstler benannt” (German) in the project “Euarca” (German).\n"
        "\n"
        "How it stands: delayed\n"
        "New date: 1 April 2027\n"
        "\n"
        "In their own words (Romanian):\n"
        "\n"
        "> Întârzie puțin.\n"
        ">\n"
        "> Ne pare rău.\n"
        "\n"
        f"{URL}/projects/{cast.project}\n"
        "\n"
        "Kind regards\n"
        "Landkreis Kassel\n"
        "\n"
        "-- \n"
        "You get this letter because you coordinate the project.\n"
    )
    assert '<blockquote lang="ro"' in str(told[1].html)


def test_a_letter_speaks_html_as_text(cast: Cast, now: datetime) -> None:
    say(cast, now, Said(text="<b>fett</b> & mehr", language="de"), milestone=False)

    letter = messages()[0]
    assert "> <b>fett</b> & mehr\n" in str(letter.text)
    assert "&lt;b&gt;fett&lt;/b&gt; &amp; mehr<br>" in str(letter.html)


@pytest.mark.parametrize(
    "more",
    [
        {"email": None},
        {"locked_at": datetime(2027, 1, 1, tzinfo=UTC)},
        {"archived_at": datetime(2027, 1, 1, tzinfo=UTC)},
    ],
)
def test_who_has_no_address_or_has_left_gets_none(cast: Cast, now: datetime, more: dict[str, Any]) -> None:
    coordinate(cast, "Weg", **more)

    say(cast, now, Said(text="Bine."))

    assert [one.person_id for one in messages()] == [cast.coordinator]


def test_nobody_is_told_what_they_said_themselves(cast: Cast, now: datetime) -> None:
    say(cast, now, Said(assessment=Assessment.ON_TRACK), by=cast.coordinator)

    assert messages() == []


def test_a_partner_of_another_project_hears_nothing(cast: Cast, now: datetime) -> None:
    say(cast, now, Said(text="Vorbă secretă"))

    seen = db.session.scalars(queries.matching("vorba secreta", somebody(cast.partner, Role.PARTNER, cast.here)))
    assert [one.text for one in seen] == ["Vorbă secretă"]
    hidden = queries.matching("vorba secreta", somebody(cast.stranger, Role.PARTNER, cast.elsewhere))
    assert db.session.scalars(hidden).all() == []


def test_the_newest_comes_first(cast: Cast, now: datetime) -> None:
    first = say(cast, now - timedelta(hours=1), Said(text="Zuerst."))
    second = say(cast, now, Said(text="Dann."), milestone=False)
    project = db.session.get(Project, cast.project)
    assert project is not None

    assert db.session.scalars(queries.of_project(project.id)).all() == [second, first]
    assert db.session.scalars(queries.of_project(project.id, 1)).all() == [second]
    assert queries.last_said([cast.milestone]) == {cast.milestone: first.at}
