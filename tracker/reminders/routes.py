"""The page of what the coming days bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, render_template, request

from tracker import clock
from tracker.people import queries as people
from tracker.projects import queries as projects
from tracker.reminders.actions import upcoming
from tracker.reminders.forms import ReminderFilters
from tracker.reminders.rules import may_see_reminders, told
from tracker.web.access import require, somebody

bp = Blueprint("reminders", __name__)
#: How far ahead the page looks.
DAYS = 30


@dataclass(frozen=True)
class Narrowed:
    """What the macro for filters asks for."""

    filters: ReminderFilters
    kept: Mapping[str, str]


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
        days=[(day, list(rows)) for day, rows in groupby(found, key=lambda one: one.local_date)],
        narrowed=Narrowed(filters, {name: request.args[name] for name in ("lang",) if name in request.args}),
        told=told,
        horizon=DAYS,
        reader_zone=reader.zone,
    )
