"""What people do with the public page."""

from datetime import datetime

from tracker.db import Translated
from tracker.history.actions import change, record
from tracker.history.rules import Verb
from tracker.organisations.models import Office


def change_page(
    office: Office, *, public_page: bool, introduction: Translated | None, by_id: int, now: datetime
) -> bool:
    """Switch the page on or off and say what it begins with; return whether that changed anything."""
    before = office.introduction
    revised = before.revised(introduction) if before and introduction else introduction
    changes = change(office, {"public_page": public_page, "introduction": revised})
    if changes:
        record(Verb.OFFICE_CHANGED, office, by_id=by_id, now=now, changes=changes)
    return bool(changes)
