"""The page before a visit."""

from flask import Blueprint, render_template, request

from tracker import clock
from tracker.briefing import queries
from tracker.briefing.forms import VisitForm
from tracker.briefing.rules import days_off, descent, holidays_unknown, hours, local_times
from tracker.events.telling import when_in_short
from tracker.history.rules import key_of
from tracker.log import heard
from tracker.overview.queries import partnership
from tracker.partnerships.models import Side
from tracker.people.rules import may_see_contact_data
from tracker.web.access import found, office, somebody
from tracker.web.kept import kept

bp = Blueprint("briefing", __name__)


@bp.get("/partnerships/<int:partnership_id>/visit")
@kept
def visit(partnership_id: int) -> str:
    """Everybody in the office sees what one has to know of a partnership before a visit."""
    reader, today = somebody(), clock.today(somebody().zone)
    form = VisitForm(request.args)
    on = form.chosen().get("on") or today
    form.on.data = on
    joined = found(partnership(reader, partnership_id, on))
    row = joined.partnership
    near = queries.around(row, reader, today)
    there = [party.organisation for party in row.parties if party.side is Side.THERE]
    return render_template(
        "briefing/visit.html",
        partnership=row,
        form=form,
        on=on,
        today=today,
        people=joined.people,
        continued=joined.continued,
        last=heard.of_partnership(row, today),
        happened=queries.happened(row, reader),
        parts=queries.Part,
        promised=queries.promised(row, reader),
        asked=queries.asked(row, reader),
        visits={side: near.last(side) for side in Side},
        visits_since=near.first_year,
        coming=near.coming,
        event_days=when_in_short,
        sides=Side,
        descent=descent(near.line, key_of(row)),
        local_times=local_times(there, found(office()).zone, on),
        hours=hours,
        days_off=days_off(row.parties, queries.closed_near(row, on), on),
        holidays_unknown=holidays_unknown(row.parties),
        sees_contact_data=may_see_contact_data(reader),
    )
