"""Where the marks of a timeline stand."""

from datetime import UTC, date, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tracker.db import PartialDate, Translated
from tracker.events.models import EventStatus
from tracker.milestones.models import Milestone, MilestoneState
from tracker.overview.gathered import Occasion
from tracker.overview.timeline import APART, MARGIN, MOST_TICKS, NARROWEST, lettered, numbered, timeline

NOW = datetime(2027, 3, 2, tzinfo=UTC)
TODAY = NOW.date()


def promise(id_: int, due_on: date, *, first: date | None = None, done_on: date | None = None) -> Milestone:
    """Return a milestone that no database has seen."""
    state = MilestoneState.DONE if done_on else MilestoneState.OPEN
    return Milestone(id=id_, due_on=due_on, first_due_on=first or due_on, done_on=done_on, state=state)


def test_one_milestone_is_no_course_of_time() -> None:
    assert timeline([promise(1, date(2027, 4, 1))], TODAY) is None
    assert timeline([promise(1, TODAY), promise(2, TODAY)], TODAY) is None


def test_marks_stand_by_date_and_say_how_things_are() -> None:
    done = promise(3, date(2027, 1, 10), done_on=date(2027, 1, 1))
    late = promise(1, date(2027, 2, 1), first=date(2027, 1, 1))
    ahead = promise(2, date(2027, 5, 2))

    drawn = timeline([late, ahead, done], TODAY)

    assert drawn is not None
    assert [(mark.number, mark.milestone.id, mark.look, mark.moved) for mark in drawn.marks] == [
        (1, 3, "done", True),
        (2, 1, "late", True),
        (3, 2, "open", False),
    ]
    assert (drawn.marks[0].x, drawn.marks[-1].x) == (MARGIN, 100 - MARGIN)
    assert drawn.marks[1].first_x == MARGIN
    assert drawn.today_x is not None
    assert drawn.marks[1].x < drawn.today_x < drawn.marks[2].x


def test_a_past_project_has_no_today() -> None:
    both = [promise(number, date(2012, number, 1), done_on=date(2012, number, 1)) for number in (1, 6)]

    drawn = timeline(both, TODAY)

    assert drawn is not None
    assert drawn.today_x is None
    assert [tick.label for tick in drawn.ticks] == ["Jan 2012", "Mar 2012", "May 2012"]


def gathering(id_: int, begins_on: str, ends_on: str | None = None, **more: EventStatus) -> Occasion:
    """Return an event of the project."""
    ends = PartialDate(ends_on) if ends_on else None
    status = more.get("status", EventStatus.PLANNED)
    return Occasion(id_, Translated.of("de", NOW, de="Fest"), PartialDate(begins_on), ends, status, None)


def test_events_lie_below_the_milestones_by_letter() -> None:
    events = [
        gathering(3, "2027-06-01", "2027-06-30"),
        gathering(1, "2027-03"),
        gathering(2, "2027-04-01", status=EventStatus.CANCELLED),
        gathering(4, "2027-06-10"),
    ]

    drawn = timeline([promise(1, date(2027, 1, 1), done_on=date(2027, 1, 1))], TODAY, events)

    assert drawn is not None
    assert [(one.letter, one.event.id, one.lane) for one in drawn.stretches] == [("A", 1, 0), ("B", 3, 0), ("C", 4, 1)]
    assert (drawn.first_on, drawn.last_on, drawn.lanes, drawn.event_lanes) == (
        date(2027, 1, 1),
        date(2027, 6, 30),
        1,
        2,
    )
    assert round(drawn.stretches[1].x + drawn.stretches[1].width, 2) == 100 - MARGIN
    assert drawn.stretches[2].width == NARROWEST


def test_letters_go_on_after_the_last() -> None:
    letters = lettered([gathering(number, f"{2000 + number}") for number in range(1, 29)])

    assert [letters[number] for number in (1, 26, 27, 28)] == ["A", "Z", "AA", "AB"]


def test_events_alone_are_a_course_of_time() -> None:
    drawn = timeline([], TODAY, [gathering(1, "2027-01-01"), gathering(2, "2027-02-01")])

    assert drawn is not None
    assert (drawn.lanes, drawn.event_lanes) == (0, 1)
    assert timeline([], TODAY, [gathering(1, "2027-01-01")]) is None


def test_a_cancelled_milestone_has_no_number() -> None:
    gone = promise(1, date(2027, 4, 1))
    gone.state = MilestoneState.CANCELLED

    assert numbered([gone, promise(2, date(2027, 5, 1))]) == {2: 1}


@given(st.lists(st.dates(date(1990, 1, 1), date(2060, 1, 1)), min_size=2, max_size=40))
def test_marks_never_cover_one_another(days: list[date]) -> None:
    drawn = timeline([promise(number, day) for number, day in enumerate(days)], TODAY)

    if drawn is None:
        return
    lanes: dict[int, list[float]] = {}
    for mark in drawn.marks:
        assert MARGIN <= mark.x <= 100 - MARGIN
        lanes.setdefault(mark.lane, []).append(mark.x)
    assert all(later - earlier >= APART for xs in lanes.values() for earlier, later in pairwise(xs))
    assert 1 <= len(drawn.ticks) <= MOST_TICKS
