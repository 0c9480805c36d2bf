"""That the whole office left is written down."""

from datetime import datetime

from tracker.history.actions import record
from tracker.history.rules import Verb
from tracker.organisations.queries import office


def note_export(*, by_id: int | None, now: datetime) -> None:
    """Record who took it away; None: an operator at the command line."""
    here = office()
    if here is not None:
        record(Verb.OFFICE_EXPORTED, here, by_id=by_id, now=now)
