"""Where the marks of a timeline stand."""

from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tracker.milestones.models import Milestone, MilestoneState
from tracker.overview.timeline import APART, MARGIN, MOST_TICKS, numbered, timeline

TODAY = date(2027, 3, 2)


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
