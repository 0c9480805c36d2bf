"""Reminders as files: what comes and does not come, and what came."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

from tracker.language import _, language_name
from tracker.reminders.ledger import Line
from tracker.reminders.models import Reminder
from tracker.reminders.past import by_day
from tracker.reminders.rules import told
from tracker.web.sheets import Sheet, Value


def coming() -> Sheet[Line]:
    """Return what is downloaded of the coming days: a line for each thing that somebody is reminded of, or not."""
    headings = (
        *(_("Day"), _("Person"), _("About what"), _("Project"), _("Kind"), _("Date"), _("Planned for")),
        *(_("Language"), _("State"), _("Why not")),
    )
    return Sheet(_("Reminders"), headings, _coming)


def _coming(rows: Sequence[Line]) -> Iterable[Sequence[Value]]:
    for one in (word for row in rows for word in (*row.letter.said, *row.letter.left_out)):
        about = (one.title or one.subject, one.project_title, one.subject, one.due_on)
        leaves_at = one.send_at if one.is_wanted else None
        reason = told(one.reason, one.reason_facts)
        yield one.local_date, one.person, *about, leaves_at, language_name(one.language), one.state, reason


def past(today: date) -> Sheet[Reminder]:
    """Return what is downloaded of what people were reminded of."""
    headings = (
        *(_("Day"), _("Person"), _("About what"), _("Project"), _("Kind"), _("Date"), _("State"), _("Why not")),
        *(_("Sent"),),
    )
    return Sheet(_("What people were reminded of"), headings, partial(_past, today=today))


def _past(rows: Sequence[Reminder], *, today: date) -> Iterable[Sequence[Value]]:
    for group in by_day(rows, today):
        for one in group.words:
            row = one.reminder
            about = (one.title or row.rule.subject, one.about, row.rule.subject, row.due_on)
            sent_at = one.message.sent_at if one.message else None
            yield group.local_date, group.person, *about, row.state, told(row.reason, row.reason_facts), sent_at
