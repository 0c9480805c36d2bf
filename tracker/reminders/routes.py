"""The page of what the coming days bring."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from tracker import clock
from tracker.people import queries as people
from tracker.projects import queries as projects
from tracker.reminders.actions import Upcoming, upcoming
from tracker.reminders.forms import ReminderFilters
from tracker.reminders.mails import full_day
from tracker.reminders.rules import may_see_reminders, told
from tracker.web.access import require, somebody

bp = Blueprint("reminders", __name__)
#: How far ahead the page looks.
DAYS = 30
PER_PAGE = 100
#: No list has a page number of more digits.
LONGEST_NUMBER = 7


class Narrowed:
    """One page of what was found, for the macros of lists."""

    def __init__(self, found: Sequence[Upcoming], filters: ReminderFilters) -> None:
        """Take everything, in order."""
        asked = request.args.get("page", "1")
        self.filters, self.total = filters, len(found)
        self.pages = max(1, -(-self.total // PER_PAGE))
        self.page = (
            max(1, min(int(asked), self.pages))
            if asked.isascii() and asked.isdigit() and len(asked) < LONGEST_NUMBER
            else 1
        )
        self.rows = found[(self.page - 1) * PER_PAGE : self.page * PER_PAGE]
        self.kept = {name: request.args[name] for name in ("lang",) if name in request.args}

    @property
    def days(self) -> list[tuple[date, list[Upcoming]]]:
        """The rows of this page by their local date."""
        return [(day, list(rows)) for day, rows in groupby(self.rows, key=lambda one: one.local_date)]

    @staticmethod
    def url(**changes: object) -> str:
        """Return this address with changes."""
        return f"{request.path}?{urlencode({**request.args.to_dict(), **changes})}"


@bp.get("/reminders/")
def index() -> str:
    """Coordinators and readers see who will be reminded of what, and who will not and why."""
    reader, now = somebody(), clock.now()
    require(may_see_reminders(reader))
    filters = ReminderFilters(request.args)
    filters.person.offer(people.choices(reader))
    filters.project.offer(projects.choices(reader))
    chosen = filters.chosen()
    found = upcoming(now, DAYS, person_id=chosen.get("person"), project_id=chosen.get("project"))
    return render_template(
        "reminders/index.html",
        listing=Narrowed(found, filters),
        told=told,
        full_day=full_day,
        horizon=DAYS,
        is_elsewhere=lambda one: _is_elsewhere(one, reader.zone),
    )


def _is_elsewhere(one: Upcoming, zone: str) -> bool:
    """Whether their clock shows another time than the reader's."""
    return one.send_at_there.utcoffset() != one.send_at.astimezone(ZoneInfo(zone)).utcoffset()
