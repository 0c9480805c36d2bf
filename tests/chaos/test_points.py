"""A worker that is killed exactly there, and what stands in the database; then another one, and what arrives."""

import signal
from functools import partial

import pytest
import sqlalchemy as sa

from tests.chaos.conftest import Place
from tests.chaos.points import POINTS, WITH_THE_SECOND, arrange
from tests.chaos.sizes import size
from tracker.db import db
from tracker.mail.models import MessageState
from tracker.reminders.models import PlannedDay, Reminder

pytestmark = pytest.mark.both

#: State of the message when its worker was killed there; nothing, as long as the plan is not committed.
SHOWN = {
    **dict.fromkeys((name for name in POINTS if name[0] in "PQ"), None),
    "Q5 committed": MessageState.QUEUED,
    **dict.fromkeys((name for name in POINTS if name[0] == "S" and name[1] in "123456"), MessageState.SENDING),
    "S1 claim not committed": MessageState.QUEUED,
    "S7 not committed": MessageState.SENDING,
    **dict.fromkeys(("S7 in data", "S8 half the text", "S9 final dot"), MessageState.IN_DATA),
    **dict.fromkeys(("S11 answer read", "S12 not committed"), MessageState.IN_DATA),
    **dict.fromkeys(("S12 committed", "S13 goodbye"), MessageState.SENT),
}
#: The body had begun: the program counts these, whether or not the server has the letter …
WINDOWS = {"S7 in data", "S8 half the text", "S9 final dot", "S11 answer read", "S12 not committed"}
#: … and of these it has.
COPIED = {"S9 final dot", "S11 answer read", "S12 not committed"}


def planned_rows(place: Place) -> int:
    """Return how much of a plan stands in the database."""
    with place.app.app_context():
        counts = (sa.select(sa.func.count()).select_from(table) for table in (Reminder, PlannedDay))
        return sum(db.session.scalar(count) or 0 for count in counts)


@pytest.mark.parametrize("point", [point for point in POINTS for _turn in range(size(1, 5))])
def test_whoever_dies_there_leaves_what_another_can_finish(place: Place, point: str) -> None:
    if point[0] == "S":
        place.plan()

    dying = place.work(partial(arrange, point))
    dying.join(60)
    shown, rows = place.states(), planned_rows(place)
    place.work()
    place.until(lambda: place.states() == [MessageState.SENT])

    assert dying.exitcode == -signal.SIGKILL
    assert shown == ([SHOWN[point]] if SHOWN[point] else [])
    assert (rows > 0) is (SHOWN[point] is not None)
    assert place.duplicates >= (point in COPIED)
    assert place.has_recorded(windows=point in WINDOWS, duplicates=point in COPIED)
    assert [len(prints) for prints in place.server.taken.fingerprints.values()] == [1]


@pytest.mark.parametrize("point", WITH_THE_SECOND)
def test_whoever_dies_with_a_kept_letter_in_hand_leaves_a_false_alarm_and_no_copy(place: Place, point: str) -> None:
    place.put(3)
    with place.app.app_context():
        is_kept = db.engine.dialect.name == "sqlite"

    dying = place.work(partial(arrange, point, at_the_second=True))
    dying.join(60)
    shown = place.states()
    place.work()
    place.until(lambda: place.is_done)

    assert dying.exitcode == -signal.SIGKILL
    assert shown == [MessageState.SENT, MessageState.IN_DATA if is_kept else MessageState.SENDING, MessageState.QUEUED]
    assert place.has_recorded(windows=is_kept, duplicates=0)
